//! How right a model is on the records that it is surest of.

use serde::{Deserialize, Serialize};

use super::{LevelOutcome, share};

/// A point of the risk-coverage curve.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CoveragePoint {
    /// The share of the records that are answered, the surest first.
    pub coverage: f64,
    /// The share of these answers that are right.
    pub right: f64,
    /// The lowest confidence among them.
    pub confidence: f32,
}

/// The share right among the surest per cent of the answers.
pub fn right_among_surest(answers: &[LevelOutcome], per_cent: usize) -> f64 {
    point(&surest_first(answers), per_cent).map_or(0.0, |point| point.right)
}

/// The whole curve, in steps of 5 %.
pub fn risk_coverage(answers: &[LevelOutcome]) -> Vec<CoveragePoint> {
    let sorted = surest_first(answers);
    (5..=100).step_by(5).filter_map(|per_cent| point(&sorted, per_cent)).collect()
}

fn surest_first(answers: &[LevelOutcome]) -> Vec<LevelOutcome> {
    let mut sorted = answers.to_vec();
    sorted.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
    sorted
}

#[expect(clippy::cast_precision_loss, reason = "a percentage")]
fn point(sorted: &[LevelOutcome], per_cent: usize) -> Option<CoveragePoint> {
    let surest = &sorted[..(sorted.len() * per_cent).div_ceil(100)];
    let last = surest.last()?;
    Some(CoveragePoint {
        coverage: per_cent as f64 / 100.0,
        right: share(surest.iter().map(|answer| answer.is_right)),
        confidence: last.confidence,
    })
}
