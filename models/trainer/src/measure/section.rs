//! The figures of some records, as reports have them.

use std::collections::BTreeMap;

use domain::Level;
use serde::{Deserialize, Serialize};

use super::{
    CoveragePoint, Figures, Interval, LevelOutcome, Outcome, ReliabilityBin, calibration_error,
    interval, reliability, risk_coverage,
};

/// The figures of some records.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Section {
    pub figures: Figures,
    /// With 95 % bootstrap intervals.
    pub intervals: BTreeMap<String, Interval>,
    /// By the number of digits of the level.
    pub levels: BTreeMap<String, LevelFigures>,
    /// Of the occupations.
    pub risk_coverage: Vec<CoveragePoint>,
}

/// The figures of one level.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LevelFigures {
    pub right: Interval,
    pub calibration_error: f64,
    /// What was claimed and what came true, from the least sure answers to the surest.
    pub reliability: Vec<ReliabilityBin>,
}

impl Section {
    /// Measures some outcomes.
    pub fn of(outcomes: &[&Outcome]) -> Self {
        let ranks = || outcomes.iter().filter_map(|outcome| outcome.rank);
        let among = |most| interval(&ranks().map(|rank| rank < most).collect::<Vec<_>>());
        let coded: Vec<bool> =
            outcomes.iter().filter_map(|outcome| outcome.coded).map(|(_, right)| right).collect();
        let level = |place: usize| -> Vec<LevelOutcome> {
            outcomes.iter().filter_map(|outcome| outcome.levels[place]).collect()
        };
        let levels = Level::FINEST_FIRST.iter().enumerate().map(|(place, of)| {
            let answers = level(place);
            let right: Vec<bool> = answers.iter().map(|answer| answer.is_right).collect();
            let figures = LevelFigures {
                right: interval(&right),
                calibration_error: calibration_error(answers.iter().copied()),
                reliability: reliability(answers.into_iter()),
            };
            (of.digits().to_string(), figures)
        });
        let intervals = [
            ("top1", among(1)),
            ("top3", among(3)),
            ("top5", among(5)),
            ("coded_right", interval(&coded)),
        ];
        Self {
            figures: Figures::of(outcomes),
            intervals: intervals.map(|(name, interval)| (name.to_owned(), interval)).into(),
            levels: levels.collect(),
            risk_coverage: risk_coverage(&level(0)),
        }
    }
}
