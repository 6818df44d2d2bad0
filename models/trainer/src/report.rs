//! The report beside a model: every figure on the held-out records, and how it came about.

use std::collections::BTreeMap;

use classifier::Input;
use domain::{Level, Model};
use serde::Serialize;

use crate::examples::{Example, Examples};
use crate::measure::{
    CoveragePoint, Figures, Interval, LevelOutcome, Outcome, Truth, calibration_error, interval,
    print_columns, risk_coverage, share,
};
use crate::say::say;
use crate::shipped::Shipped;

/// The content of `report.json`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    model: Model,
    records: Sizes,
    all: Section,
    title_only: Section,
    with_tasks: Section,
    /// The share of the label table's own titles that are coded right; they are trained on.
    official_titles_right: f64,
}

/// How many records each part has.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Sizes {
    /// Further titles included.
    train: usize,
    calibrate: usize,
    test: usize,
}

/// The figures of some held-out records.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Section {
    figures: Figures,
    /// With 95 % bootstrap intervals.
    intervals: BTreeMap<&'static str, Interval>,
    /// By the number of digits of the level.
    levels: BTreeMap<usize, LevelFigures>,
    risk_coverage: Vec<CoveragePoint>,
}

/// The figures of one level.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct LevelFigures {
    right: Interval,
    calibration_error: f64,
}

impl Report {
    /// Measures a shipped model on the records held out.
    pub fn of(shipped: &Shipped, examples: &Examples) -> anyhow::Result<Self> {
        let outcomes = outcomes(shipped, &examples.test)?;
        let of_kind = |has_tasks: bool| {
            let pairs = outcomes.iter().zip(&examples.test);
            let kind = pairs.filter(|(_, example)| example.tasks.is_empty() != has_tasks);
            Section::of(&kind.map(|(outcome, _)| outcome).collect::<Vec<_>>())
        };
        Ok(Self {
            model: shipped.model.clone(),
            records: Sizes {
                train: examples.train.len(),
                calibrate: examples.calibrate.len(),
                test: examples.test.len(),
            },
            all: Section::of(&outcomes.iter().collect::<Vec<_>>()),
            title_only: of_kind(false),
            with_tasks: of_kind(true),
            official_titles_right: official_titles_right(shipped)?,
        })
    }

    /// Prints the figures as a table.
    pub fn print(&self) {
        let columns =
            [&self.all, &self.title_only, &self.with_tasks].map(|section| &section.figures);
        print_columns(columns);
        say(&format!("official titles right: {:.2} %", 100.0 * self.official_titles_right));
    }
}

impl Section {
    fn of(outcomes: &[&Outcome]) -> Self {
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
            let calibration_error = calibration_error(answers.into_iter());
            (of.digits(), LevelFigures { right: interval(&right), calibration_error })
        });
        Self {
            figures: Figures::of(outcomes),
            intervals: BTreeMap::from([
                ("top1", among(1)),
                ("top3", among(3)),
                ("top5", among(5)),
                ("coded_right", interval(&coded)),
            ]),
            levels: levels.collect(),
            risk_coverage: risk_coverage(&level(0)),
        }
    }
}

fn outcomes(shipped: &Shipped, examples: &[Example]) -> anyhow::Result<Vec<Outcome>> {
    let inputs: Vec<Input<'_>> = examples.iter().map(Example::input).collect();
    let occupations = shipped.classification.occupations();
    let truth = |example: &Example| {
        Truth::new(occupations[example.targets[0].0].code.clone(), &shipped.classification)
    };
    let truths = examples.iter().map(truth).collect::<anyhow::Result<Vec<_>>>()?;
    shipped.outcomes(&inputs, &truths)
}

fn official_titles_right(shipped: &Shipped) -> anyhow::Result<f64> {
    let occupations = shipped.classification.occupations();
    let inputs: Vec<Input<'_>> =
        occupations.iter().map(|group| Input { title: &group.title, tasks: "" }).collect();
    let truth = |group: &domain::Group| Truth::new(group.code.clone(), &shipped.classification);
    let truths = occupations.iter().map(truth).collect::<anyhow::Result<Vec<_>>>()?;
    let outcomes = shipped.outcomes(&inputs, &truths)?;
    Ok(share(outcomes.iter().map(|outcome| outcome.rank == Some(0))))
}
