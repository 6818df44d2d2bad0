//! Refuses a model that is worse than the one in service.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::measure::{Figures, Outcome};

const RESAMPLES: usize = 400;

/// A headline figure, and whether more of it is better.
struct Headline {
    name: &'static str,
    of: fn(&Figures) -> f64,
    more_is_better: bool,
}

const HEADLINES: [Headline; 10] = [
    Headline { name: "occupation right", of: |f| f.top1, more_is_better: true },
    Headline { name: "occupation among the best 3", of: |f| f.top3, more_is_better: true },
    Headline { name: "occupation among the best 5", of: |f| f.top5, more_is_better: true },
    Headline { name: "unit group right", of: |f| f.unit_group, more_is_better: true },
    Headline { name: "major group right", of: |f| f.major, more_is_better: true },
    Headline { name: "calibration error", of: |f| f.ece, more_is_better: false },
    Headline { name: "answered at some level", of: |f| f.coded, more_is_better: true },
    Headline { name: "right among the surest 60 %", of: |f| f.right_at_60, more_is_better: true },
    Headline { name: "right among the surest 75 %", of: |f| f.right_at_75, more_is_better: true },
    Headline { name: "right among the surest 85 %", of: |f| f.right_at_85, more_is_better: true },
];

/// What is worse beyond noise, each as a line; empty if the new model may go into service.
///
/// Both models answered the same records, in the same order. A figure is worse beyond noise if it
/// is worse in 97.5 % of paired bootstrap samples (Efron and Tibshirani 1993, chapter 13).
pub fn worse_beyond_noise(current: &[Outcome], new: &[Outcome]) -> Vec<String> {
    let mut random = ChaCha8Rng::seed_from_u64(975);
    let mut worse = [0_usize; HEADLINES.len()];
    for _ in 0..RESAMPLES {
        let sample: Vec<usize> =
            (0..new.len()).map(|_| random.random_range(0..new.len())).collect();
        let figures = |of: &[Outcome]| {
            Figures::of(&sample.iter().map(|&place| &of[place]).collect::<Vec<_>>())
        };
        let (current, new) = (figures(current), figures(new));
        for (worse, headline) in worse.iter_mut().zip(&HEADLINES) {
            *worse += usize::from(headline.is_worse(&current, &new));
        }
    }
    let all = |of: &[Outcome]| Figures::of(&of.iter().collect::<Vec<_>>());
    let (current, new) = (all(current), all(new));
    let beyond_noise =
        worse.iter().zip(&HEADLINES).filter(|(count, _)| **count * 40 >= RESAMPLES * 39);
    beyond_noise
        .map(|(_, headline)| {
            let per_cent = |figures: &Figures| 100.0 * (headline.of)(figures);
            format!(
                "{}: {:.1} % instead of {:.1} %",
                headline.name,
                per_cent(&new),
                per_cent(&current)
            )
        })
        .collect()
}

impl Headline {
    fn is_worse(&self, current: &Figures, new: &Figures) -> bool {
        let (current, new) = ((self.of)(current), (self.of)(new));
        if self.more_is_better { new < current } else { new > current }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::LevelOutcome;

    /// Outcomes of which so many per cent are right.
    fn outcomes(right: usize) -> Vec<Outcome> {
        let outcome = |place: usize| {
            let is_right = place * 37 % 100 < right;
            let confidence = if is_right { 0.9 } else { 0.4 };
            let level = Some(LevelOutcome { confidence, answer: 0, is_right });
            Outcome {
                levels: [level; 5],
                rank: Some(usize::from(!is_right)),
                occupation: Some(0),
                coded: Some((6, is_right)),
            }
        };
        (0..1000).map(outcome).collect()
    }

    #[test]
    fn a_worse_model_is_refused_and_named() {
        let worse = worse_beyond_noise(&outcomes(80), &outcomes(70));
        assert!(worse.iter().any(|line| line == "occupation right: 70.0 % instead of 80.0 %"));
    }

    #[test]
    fn a_better_or_equal_model_and_noise_pass() {
        for (current, new) in [(70, 80), (75, 75)] {
            assert!(worse_beyond_noise(&outcomes(current), &outcomes(new)).is_empty());
        }
        let current = outcomes(75);
        let mut new = current.clone();
        let first_right = new.iter_mut().find(|outcome| outcome.rank == Some(0)).expect("some are");
        first_right.rank = Some(1);
        assert!(worse_beyond_noise(&current, &new).is_empty());
    }
}
