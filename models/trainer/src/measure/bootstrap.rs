//! How far a share may be from the truth, given how few records it was measured on.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

const RESAMPLES: usize = 1000;

/// A measured share with its 95 % interval.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Interval {
    pub share: f64,
    pub low: f64,
    pub high: f64,
}

/// The share of what holds, with the percentile interval of 1,000 bootstrap samples.
#[expect(clippy::cast_precision_loss, reason = "counts of records")]
pub fn interval(holds: &[bool]) -> Interval {
    let all = holds.len().max(1);
    let share = |count: usize| count as f64 / all as f64;
    let right = holds.iter().filter(|&&holds| holds).count();
    let mut random = ChaCha8Rng::seed_from_u64(95);
    let mut sample = || {
        let draw = |_| !holds.is_empty() && holds[random.random_range(0..holds.len())];
        share((0..holds.len()).map(draw).filter(|&holds| holds).count())
    };
    let mut samples: Vec<f64> = (0..RESAMPLES).map(|_| sample()).collect();
    samples.sort_by(f64::total_cmp);
    let (low, high) = (samples[RESAMPLES / 40], samples[RESAMPLES - 1 - RESAMPLES / 40]);
    Interval { share: share(right), low, high }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_is_about_two_standard_errors_wide() {
        let holds: Vec<bool> = (0..1000).map(|number| number % 4 != 0).collect();
        let interval = interval(&holds);
        assert!((interval.share - 0.75).abs() < 1e-9);
        assert!((0.71..0.74).contains(&interval.low), "{interval:?}");
        assert!((0.76..0.79).contains(&interval.high), "{interval:?}");
    }
}
