//! Measures the shipped model on a file of texts with their true codes.

use std::path::Path;

use anyhow::Context;
use classifier::Input;
use domain::Classification;

use crate::measure::{Figures, Outcome, Truth, print_columns};
use crate::records::{self, Coded};
use crate::say::{print, say};
use crate::shipped::Shipped;
use crate::topic::Topic;

/// Prints a table of figures and, as the last line, the same as JSON.
pub fn evaluate(file: &Path, topic: Topic, layer: &Path) -> anyhow::Result<()> {
    let rows = records::read(file)?;
    let shipped = Shipped::load(topic, layer)?;
    let truths = truths(&rows, file, &shipped.classification)?;
    let model = &shipped.model;
    say(&format!(
        "{} records through model {} (version {} of {}, threshold {})",
        rows.len(),
        model.model_id,
        model.model_version,
        model.topic,
        model.threshold
    ));
    let inputs: Vec<Input<'_>> =
        rows.iter().map(|row| Input { title: &row.title, tasks: &row.tasks }).collect();
    let outcomes = shipped.outcomes(&inputs, &truths)?;
    print_table(&outcomes, &rows);
    let figures = Figures::of(&outcomes.iter().collect::<Vec<_>>());
    print(&serde_json::to_string(&figures)?);
    Ok(())
}

/// A column for all records and one for each kind.
fn print_table(outcomes: &[Outcome], rows: &[Coded]) {
    let of_kind = |has_tasks: bool| {
        let pairs = outcomes.iter().zip(rows);
        let kind = pairs.filter(|(_, row)| row.tasks.is_empty() != has_tasks);
        Figures::of(&kind.map(|(outcome, _)| outcome).collect::<Vec<_>>())
    };
    let all = Figures::of(&outcomes.iter().collect::<Vec<_>>());
    print_columns([&all, &of_kind(false), &of_kind(true)]);
}

fn truths(
    rows: &[Coded],
    file: &Path,
    classification: &Classification,
) -> anyhow::Result<Vec<Truth>> {
    let truth = |row: &Coded| {
        Truth::new(row.code.clone(), classification)
            .with_context(|| format!("in line {} of `{}`", row.line, file.display()))
    };
    rows.iter().map(truth).collect()
}
