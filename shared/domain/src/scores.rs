//! What a model says of one record: a probability for each occupation, and so for each group.

use crate::classification::Classification;
use crate::code::Level;

/// Calibrated probabilities of one record's occupations, in the order of
/// [`Classification::occupations`]. They sum to 1 (up to rounding).
///
/// The probability of a group is the sum of its occupations', so that the levels never contradict
/// one another.
#[derive(Debug, Clone, PartialEq)]
pub struct Scores(Vec<f32>);

impl Scores {
    /// Takes the probabilities of all occupations, in order.
    #[must_use]
    pub fn new(occupations: Vec<f32>) -> Self {
        Self(occupations)
    }

    /// The probabilities of the occupations, in order.
    #[must_use]
    pub fn occupations(&self) -> &[f32] {
        &self.0
    }

    /// The probabilities of the groups of a level, in the order of [`Classification::groups`].
    #[must_use]
    pub fn at(&self, level: Level, classification: &Classification) -> Vec<f32> {
        let mut sums = vec![0.0_f32; classification.groups(level).len()];
        for (probability, &group) in self.0.iter().zip(classification.groups_of_occupations(level))
        {
            sums[group] += probability;
        }
        sums
    }

    /// The `count` likeliest groups of a level, as `(index, probability)`, likeliest first.
    /// Equal probabilities are ordered by code, so that the answer is always the same.
    #[must_use]
    pub fn best(
        &self,
        level: Level,
        count: usize,
        classification: &Classification,
    ) -> Vec<(usize, f32)> {
        let mut ranked: Vec<(usize, f32)> =
            self.at(level, classification).into_iter().enumerate().collect();
        let by_rank = |a: &(usize, f32), b: &(usize, f32)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
        if count < ranked.len() {
            ranked.select_nth_unstable_by(count, by_rank);
            ranked.truncate(count);
        }
        ranked.sort_unstable_by(by_rank);
        ranked
    }
}
