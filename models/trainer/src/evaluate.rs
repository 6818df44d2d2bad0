//! Measures the shipped model on a file of texts with their true codes.

use std::path::Path;

use anyhow::Context;
use classifier::Input;
use domain::{Classification, Model};
use serde::Serialize;

use crate::measure::Truth;
use crate::plot;
use crate::records::{self, Coded};
use crate::release::write_json;
use crate::report::Measured;
use crate::say::{print, say};
use crate::shipped::Shipped;
use crate::topic::Topic;

/// The content of `report.json`, as it stands beside a shipped model but for what training adds.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Evaluation<'a> {
    model: &'a Model,
    #[serde(flatten)]
    measured: &'a Measured,
}

/// Prints a table of figures and, as the last line, the same as JSON. With a folder, the whole
/// report and its plots are written there.
pub fn evaluate(
    file: &Path,
    topic: Topic,
    layer: &Path,
    folder: Option<&Path>,
) -> anyhow::Result<()> {
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
    let has_tasks = rows.iter().map(|row| !row.tasks.is_empty());
    let measured = Measured::of(&shipped, &outcomes, has_tasks);
    measured.print();
    if let Some(folder) = folder {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("cannot make the folder `{}`", folder.display()))?;
        write_json(&folder.join("report.json"), &Evaluation { model, measured: &measured })?;
        plot::draw(&measured, topic, folder)?;
        say(&format!("report and plots in `{}`", folder.display()));
    }
    print(&serde_json::to_string(&measured.all.figures)?);
    Ok(())
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
