//! Measures how fast the shipped model codes on one core, beside how often it is right.

use std::path::Path;
use std::time::{Duration, Instant};

use classifier::Input;
use domain::Level;
use serde::Serialize;

use crate::measure::share;
use crate::records;
use crate::say::print;
use crate::shipped::Shipped;
use crate::topic::Topic;

/// As many records as bulk coding codes together.
const BATCH: usize = 64;
/// How many codes of each record are picked out.
const BEST: usize = 5;
/// Passes over the file are repeated for at least as long as this.
const LEAST_TIME: Duration = Duration::from_secs(5);

#[derive(Debug, Serialize)]
struct Speed {
    records: usize,
    top1: f64,
    top5: f64,
    /// In the median pass, with the best codes of each record picked out, on one core.
    records_per_second: f64,
}

/// Codes a file over and over, and prints the figures as JSON.
pub fn measure(file: &Path, topic: Topic, layer: &Path) -> anyhow::Result<()> {
    let shipped = Shipped::load(topic, layer)?;
    let rows = records::read(file)?;
    let inputs: Vec<Input<'_>> =
        rows.iter().map(|row| Input { title: &row.title, tasks: &row.tasks }).collect();

    let classification = &shipped.classification;
    let mut best = Vec::with_capacity(inputs.len());
    let mut passes = Vec::new();
    let begin = Instant::now();
    while begin.elapsed() < LEAST_TIME {
        best.clear();
        let pass = Instant::now();
        for batch in inputs.chunks(BATCH) {
            let scores = shipped.classifier.classify(batch)?;
            best.extend(
                scores.iter().map(|scores| scores.best(Level::Occupation, BEST, classification)),
            );
        }
        passes.push(pass.elapsed());
    }

    let occupations = classification.occupations();
    let place = |of: &[(usize, f32)], row: usize| {
        of.iter().position(|&(occupation, _)| occupations[occupation].code == rows[row].code)
    };
    let places: Vec<Option<usize>> =
        best.iter().enumerate().map(|(row, best)| place(best, row)).collect();
    #[expect(clippy::cast_precision_loss, reason = "a count of records")]
    let records_per_second = rows.len() as f64 / median(&mut passes).as_secs_f64();
    let speed = Speed {
        records: rows.len(),
        top1: share(places.iter().map(|place| *place == Some(0))),
        top5: share(places.iter().map(Option::is_some)),
        records_per_second,
    };
    print(&serde_json::to_string(&speed)?);
    Ok(())
}

/// The middle one, so that a busy moment of the machine does not decide.
fn median(passes: &mut [Duration]) -> Duration {
    passes.sort_unstable();
    passes[passes.len() / 2]
}
