//! The expected calibration error.

use super::LevelOutcome;

const BINS: usize = 15;

/// The expected calibration error (Guo and others 2017) of some answers, in 15 bins of equal mass:
/// the mean distance between what the model claims and what comes true.
#[expect(clippy::cast_precision_loss, reason = "counts of records")]
pub fn calibration_error(answers: impl Iterator<Item = LevelOutcome>) -> f64 {
    let mut sorted: Vec<LevelOutcome> = answers.collect();
    sorted.sort_by(|a, b| a.confidence.total_cmp(&b.confidence));
    let all = sorted.len();
    let mut error = 0.0;
    for bin in 0..BINS {
        let members = &sorted[all * bin / BINS..all * (bin + 1) / BINS];
        let claimed: f64 = members.iter().map(|answer| f64::from(answer.confidence)).sum();
        let right = members.iter().filter(|answer| answer.is_right).count() as f64;
        error += (claimed - right).abs();
    }
    error / all.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_that_claims_too_much_errs_by_as_much() {
        let answers = (0..3000).map(|n| LevelOutcome { confidence: 0.8, is_right: n % 2 == 0 });
        assert!((calibration_error(answers) - 0.3).abs() < 1e-3);
    }
}
