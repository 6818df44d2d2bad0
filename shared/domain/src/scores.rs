//! What a model says of one record: a probability for each occupation, and so for each group.

use std::borrow::Cow;

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
        let probabilities = match level {
            Level::Occupation => Cow::Borrowed(&self.0),
            _ => Cow::Owned(self.at(level, classification)),
        };
        // A few of many: one pass that keeps the best so far is quicker than sorting them all.
        let mut best: Vec<(usize, f32)> = Vec::with_capacity(count + 1);
        for (index, &probability) in probabilities.iter().enumerate() {
            let is_full = best.len() == count;
            if is_full && best.last().is_none_or(|&(_, least)| probability <= least) {
                continue;
            }
            let place = best.partition_point(|&(_, other)| other >= probability);
            best.insert(place, (index, probability));
            best.truncate(count);
        }
        best
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::classification::Group;

    /// A hierarchy of one group at each level but the last, which has `count` occupations.
    fn classification(count: usize) -> Classification {
        let groups = ["1", "11", "111", "1111"].map(str::to_owned);
        let occupations = (0..count).map(|number| format!("1111{number:02}"));
        let group = |code: String| Group { code: code.parse().unwrap(), title: code };
        Classification::new(groups.into_iter().chain(occupations).map(group).collect()).unwrap()
    }

    proptest! {
        #[test]
        fn the_best_are_those_that_sorting_finds(
            probabilities in prop::collection::vec((0..9_u8).prop_map(f32::from), 1..40),
            count in 0..20_usize,
        ) {
            let mut sorted: Vec<_> = probabilities.iter().copied().enumerate().collect();
            sorted.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            sorted.truncate(count);
            let classification = classification(probabilities.len());
            let found = Scores::new(probabilities).best(Level::Occupation, count, &classification);
            prop_assert_eq!(found, sorted);
        }
    }
}
