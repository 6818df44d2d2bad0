//! The report beside a model: every figure on the held-out records, and how it came about.

use std::collections::BTreeMap;

use classifier::Input;
use domain::Model;
use serde::{Deserialize, Serialize};

use crate::examples::{Example, Examples};
use crate::measure::{
    Confusion, MajorGroup, Outcome, Section, Truth, WAYS, by_major_group, confusions,
    print_columns, share,
};
use crate::say::{print, say};
use crate::shipped::Shipped;

/// How many pairs of confused occupations a report lists.
const CONFUSIONS: usize = 30;

/// The content of a model's `report.json`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    pub model: Model,
    pub records: Sizes,
    #[serde(flatten)]
    pub held_out: Measured,
    /// Titles of the foreign lists that were held out; without the data folder there are none.
    pub foreign_titles: Option<Section>,
    /// The share of the label table's own titles that are coded right, by how they are written;
    /// the titles are trained on.
    pub official_titles: BTreeMap<String, f64>,
}

/// How many records each part has.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sizes {
    /// Further titles and texts with a teacher's opinion included.
    pub train: usize,
    pub calibrate: usize,
    pub test: usize,
}

/// The figures of some records, in sections, and where the answers go wrong.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Measured {
    pub all: Section,
    pub title_only: Section,
    pub with_tasks: Section,
    pub by_major_group: Vec<MajorGroup>,
    /// The commonest, most records first.
    pub confusions: Vec<Confusion>,
}

impl Report {
    /// Measures a shipped model; `outcomes` are those of the held-out records.
    pub fn of(
        shipped: &Shipped,
        examples: &Examples,
        outcomes: &[Outcome],
    ) -> anyhow::Result<Self> {
        let has_tasks = examples.test.iter().map(|example| !example.tasks.is_empty());
        let foreign = outcomes_of(shipped, &examples.foreign)?;
        let foreign: Vec<&Outcome> = foreign.iter().collect();
        Ok(Self {
            model: shipped.model.clone(),
            records: Sizes {
                train: examples.train.len(),
                calibrate: examples.calibrate.len(),
                test: examples.test.len(),
            },
            held_out: Measured::of(shipped, outcomes, has_tasks),
            foreign_titles: (!foreign.is_empty()).then(|| Section::of(&foreign)),
            official_titles: official_titles(shipped)?,
        })
    }

    /// Prints the figures as a table.
    pub fn print(&self) {
        self.held_out.print();
        if let Some(foreign) = &self.foreign_titles {
            let right = 100.0 * foreign.figures.top1;
            let records = foreign.figures.records;
            say(&format!("foreign titles right: {right:.1} % of {records}"));
        }
        for (way, right) in &self.official_titles {
            say(&format!("official titles right, {way}: {:.2} %", 100.0 * right));
        }
    }
}

impl Measured {
    /// Sorts outcomes into sections. `has_tasks` says of each record whether it has tasks.
    pub fn of(
        shipped: &Shipped,
        outcomes: &[Outcome],
        has_tasks: impl Iterator<Item = bool>,
    ) -> Self {
        let has_tasks: Vec<bool> = has_tasks.collect();
        let of_kind = |wanted: bool| {
            let kind = outcomes.iter().zip(&has_tasks);
            let kind = kind.filter(|&(_, &has_tasks)| has_tasks == wanted);
            Section::of(&kind.map(|(outcome, _)| outcome).collect::<Vec<_>>())
        };
        Self {
            all: Section::of(&outcomes.iter().collect::<Vec<_>>()),
            title_only: of_kind(false),
            with_tasks: of_kind(true),
            by_major_group: by_major_group(outcomes, &shipped.classification),
            confusions: confusions(outcomes, &shipped.classification, CONFUSIONS),
        }
    }

    /// Prints the figures as a table.
    pub fn print(&self) {
        let sections = [&self.all, &self.title_only, &self.with_tasks];
        print_columns(sections.map(|section| &section.figures));
        let errors = |section: &Section| {
            let levels = section.levels.values().rev();
            let errors = levels.map(|level| format!("{:.1}", 100.0 * level.calibration_error));
            errors.collect::<Vec<_>>().join(" / ")
        };
        print(&format!("calibration error at 6 / 4 / 3 / 2 / 1 digits, %: {}", errors(&self.all)));
    }
}

/// Codes examples and compares each answer with the example's first target.
pub fn outcomes_of(shipped: &Shipped, examples: &[Example]) -> anyhow::Result<Vec<Outcome>> {
    let inputs: Vec<Input<'_>> = examples.iter().map(Example::input).collect();
    let occupations = shipped.classification.occupations();
    let truth = |example: &Example| {
        Truth::new(occupations[example.targets[0].0].code.clone(), &shipped.classification)
    };
    let truths = examples.iter().map(truth).collect::<anyhow::Result<Vec<_>>>()?;
    shipped.outcomes(&inputs, &truths)
}

fn official_titles(shipped: &Shipped) -> anyhow::Result<BTreeMap<String, f64>> {
    let occupations = shipped.classification.occupations();
    let truth = |group: &domain::Group| Truth::new(group.code.clone(), &shipped.classification);
    let truths = occupations.iter().map(truth).collect::<anyhow::Result<Vec<_>>>()?;
    let mut right = BTreeMap::new();
    for (name, written) in WAYS {
        let titles = occupations.iter().enumerate();
        let titles: Vec<String> =
            titles.map(|(place, group)| written(&group.title, place)).collect();
        let inputs: Vec<Input<'_>> =
            titles.iter().map(|title| Input { title, tasks: "" }).collect();
        let outcomes = shipped.outcomes(&inputs, &truths)?;
        right.insert(name.to_owned(), share(outcomes.iter().map(|one| one.rank == Some(0))));
    }
    Ok(right)
}
