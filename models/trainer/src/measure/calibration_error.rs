//! Whether confidence comes true.

use serde::{Deserialize, Serialize};

use super::LevelOutcome;

const BINS: usize = 15;

/// Some answers of about the same confidence.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ReliabilityBin {
    pub records: usize,
    /// Their mean confidence.
    pub claimed: f64,
    /// The share of them that is right.
    pub right: f64,
}

/// The answers in 15 bins of equal mass, from the least sure to the surest; empty bins left out.
#[expect(clippy::cast_precision_loss, reason = "counts of records")]
pub fn reliability(answers: impl Iterator<Item = LevelOutcome>) -> Vec<ReliabilityBin> {
    let mut sorted: Vec<LevelOutcome> = answers.collect();
    sorted.sort_by(|a, b| a.confidence.total_cmp(&b.confidence));
    let all = sorted.len();
    let bins = (0..BINS).map(|bin| &sorted[all * bin / BINS..all * (bin + 1) / BINS]);
    bins.filter(|members| !members.is_empty())
        .map(|members| {
            let claimed: f64 = members.iter().map(|answer| f64::from(answer.confidence)).sum();
            let right = members.iter().filter(|answer| answer.is_right).count() as f64;
            let records = members.len() as f64;
            ReliabilityBin {
                records: members.len(),
                claimed: claimed / records,
                right: right / records,
            }
        })
        .collect()
}

/// The expected calibration error (Guo and others 2017) of some answers, in 15 bins of equal mass:
/// the mean distance between what the model claims and what comes true.
#[expect(clippy::cast_precision_loss, reason = "counts of records")]
pub fn calibration_error(answers: impl Iterator<Item = LevelOutcome>) -> f64 {
    let bins = reliability(answers);
    let all: usize = bins.iter().map(|bin| bin.records).sum();
    let distance = |bin: &ReliabilityBin| (bin.claimed - bin.right).abs() * bin.records as f64;
    bins.iter().map(distance).sum::<f64>() / all.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_that_claims_too_much_errs_by_as_much() {
        let answers =
            (0..3000).map(|n| LevelOutcome { confidence: 0.8, answer: 0, is_right: n % 2 == 0 });
        assert!((calibration_error(answers) - 0.3).abs() < 1e-3);
    }
}
