//! Measures how fast the shipped model codes on one core, beside how often it is right.

use std::path::Path;
use std::time::{Duration, Instant};

use classifier::Input;
use domain::Scores;
use serde::Serialize;

use crate::measure::share;
use crate::records;
use crate::say::print;
use crate::shipped::Shipped;
use crate::topic::Topic;

/// As many records as one request may hold.
const BATCH: usize = 300;
/// Measures at least as long as this, so that a busy moment of the machine does not decide.
const LEAST_TIME: Duration = Duration::from_secs(5);

#[derive(Debug, Serialize)]
struct Speed {
    records: usize,
    top1: f64,
    top5: f64,
    /// With the five best codes of each record picked out, on one core.
    records_per_second: f64,
}

/// Codes a file over and over, and prints the figures as JSON.
pub fn measure(file: &Path, topic: Topic, layer: &Path) -> anyhow::Result<()> {
    let shipped = Shipped::load(topic, layer)?;
    let rows = records::read(file)?;
    let inputs: Vec<Input<'_>> =
        rows.iter().map(|row| Input { title: &row.title, tasks: &row.tasks }).collect();

    let mut best = Vec::with_capacity(inputs.len());
    let mut count = 0;
    let begin = Instant::now();
    while begin.elapsed() < LEAST_TIME {
        best.clear();
        for batch in inputs.chunks(BATCH) {
            let scores = shipped.classifier.classify(batch)?;
            best.extend(scores.iter().map(best_five));
        }
        count += inputs.len();
    }
    let seconds = begin.elapsed().as_secs_f64();

    let occupations = shipped.classification.occupations();
    let place = |of: &[usize], row: usize| {
        of.iter().position(|&occupation| occupations[occupation].code == rows[row].code)
    };
    let places: Vec<Option<usize>> =
        best.iter().enumerate().map(|(row, best)| place(best, row)).collect();
    #[expect(clippy::cast_precision_loss, reason = "a count of records")]
    let records_per_second = count as f64 / seconds;
    let speed = Speed {
        records: rows.len(),
        top1: share(places.iter().map(|place| *place == Some(0))),
        top5: share(places.iter().map(Option::is_some)),
        records_per_second,
    };
    print(&serde_json::to_string(&speed)?);
    Ok(())
}

/// The places of the five likeliest occupations, in one pass over all.
fn best_five(scores: &Scores) -> [usize; 5] {
    let mut best = [(0, f32::NEG_INFINITY); 5];
    for (place, &probability) in scores.occupations().iter().enumerate() {
        if probability > best[4].1 {
            let rank = best.partition_point(|&(_, better)| better >= probability);
            best[rank..].rotate_right(1);
            best[rank] = (place, probability);
        }
    }
    best.map(|(place, _)| place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_five_come_in_order() {
        let scores = Scores::new(vec![0.1, 0.3, 0.05, 0.3, 0.0, 0.2, 0.15]);
        assert_eq!(best_five(&scores), [1, 3, 5, 6, 0]);
    }
}
