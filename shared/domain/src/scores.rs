//! What a model says of one record: a probability for each occupation, and so for each group.

use std::borrow::Cow;

use crate::classification::Classification;
use crate::code::{Code, Level};

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

    /// The scores once everything but these occupations is ruled out: these keep their shares of
    /// what they have together, and all others have none.
    #[must_use]
    pub fn given(&self, occupations: impl IntoIterator<Item = usize>) -> Self {
        let mut given = vec![0.0; self.0.len()];
        for place in occupations {
            given[place] = self.0[place];
        }
        let sum: f64 = given.iter().copied().map(f64::from).sum();
        if sum > 0.0 {
            for probability in &mut given {
                #[expect(clippy::cast_possible_truncation, reason = "a share between 0 and 1")]
                let share = (f64::from(*probability) / sum) as f32;
                *probability = share;
            }
        }
        Self(given)
    }

    /// The natural logarithm of the odds of a code: of its probability over all others'. Both are
    /// summed by themselves, so that it is exact even next to certainty.
    #[must_use]
    pub fn log_odds(&self, code: &Code, classification: &Classification) -> f64 {
        let inside = classification.occupations_in(code);
        let sum = |shares: &[f32]| shares.iter().copied().map(f64::from).sum::<f64>();
        let outside = sum(&self.0[..inside.start]) + sum(&self.0[inside.end..]);
        // The logarithm of nothing would be no number.
        let ln = |sum: f64| sum.max(f64::MIN_POSITIVE).ln();
        ln(sum(&self.0[inside])) - ln(outside)
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

    #[test]
    fn log_odds_are_those_of_the_group() {
        let classification = classification(4);
        let scores = Scores::new(vec![0.1, 0.6, 0.2, 0.1]);
        let log_odds = |code: &str| scores.log_odds(&code.parse().unwrap(), &classification);
        assert!((log_odds("111101") - (0.6_f64 / 0.4).ln()).abs() < 1e-6);
        assert!(log_odds("1111") > 100.0 && log_odds("1111").is_finite());
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

        #[test]
        fn what_is_given_keeps_its_proportions(
            probabilities in prop::collection::vec(0.001_f32..1.0, 2..40),
            kept in any::<prop::sample::Index>(),
        ) {
            let kept = 0..=kept.index(probabilities.len());
            let given = Scores::new(probabilities.clone()).given(kept.clone());
            let given = given.occupations();
            prop_assert!((given.iter().sum::<f32>() - 1.0).abs() < 1e-5);
            for (place, share) in given.iter().enumerate() {
                let expected = if kept.contains(&place) {
                    probabilities[place] / probabilities[kept.clone()].iter().sum::<f32>()
                } else {
                    0.0
                };
                prop_assert!((share - expected).abs() < 1e-5);
            }
        }
    }
}
