//! Fits the temperatures and the threshold on the records set aside for it.

use std::collections::HashMap;

use classifier::{Calibration, Classifier, Rows, Shape, softmax};
use domain::{Classification, Code, Scores};

use crate::examples::Example;
use crate::measure::{Outcome, Truth, share};

/// The share of the service's answers, at the level that it chooses, that should be right.
const AIM: f64 = 0.95;
/// No answer that is more likely wrong than right.
const LOWEST_THRESHOLD: f32 = 0.5;
/// With fewer records of a shape than this, the shape's temperature is that of all records.
const LEAST_RECORDS: usize = 50;

/// A record set aside, with what the network says of it.
pub struct Calibrated {
    rows: Rows,
    logits: Vec<f32>,
    target: usize,
}

/// Runs the network over the examples set aside.
pub fn run(classifier: &Classifier, examples: &[Example]) -> anyhow::Result<Vec<Calibrated>> {
    let rows: Vec<Rows> =
        examples.iter().map(|example| classifier.rows(&example.input())).collect();
    let mut logits = vec![Vec::new(); rows.len()];
    classifier.for_each_logits(&rows, |place, row| logits[place] = row.to_vec())?;
    let records = rows.into_iter().zip(logits).zip(examples);
    Ok(records
        .map(|((rows, logits), example)| Calibrated { rows, logits, target: example.targets[0].0 })
        .collect())
}

/// The temperature of each shape that makes the records' true occupations likeliest.
pub fn fit_temperatures(records: &[Calibrated]) -> Calibration {
    let mut by_shape: HashMap<Shape, Vec<&Calibrated>> = HashMap::new();
    for record in records {
        by_shape.entry(Calibration::NONE.shape(&record.rows)).or_default().push(record);
    }
    let of_all = fit_temperature(&records.iter().collect::<Vec<_>>());
    let fit = |shape| match by_shape.get(&shape) {
        Some(records) if records.len() >= LEAST_RECORDS => fit_temperature(records),
        _ => of_all,
    };
    Calibration {
        title_only: fit(Shape::TitleOnly),
        with_tasks: fit(Shape::WithTasks),
        unfamiliar: fit(Shape::Unfamiliar),
        ..Calibration::NONE
    }
}

/// Golden-section search for the lowest mean log loss, which has a single valley.
fn fit_temperature(records: &[&Calibrated]) -> f32 {
    const GOLDEN: f32 = 0.618_034;
    let (mut low, mut high) = (0.3_f32, 4.0_f32);
    for _ in 0..24 {
        let span = GOLDEN * (high - low);
        if log_loss(records, high - span) < log_loss(records, low + span) {
            high = low + span;
        } else {
            low = high - span;
        }
    }
    f32::midpoint(low, high)
}

fn log_loss(records: &[&Calibrated], temperature: f32) -> f64 {
    let loss = |record: &&Calibrated| {
        let probability = softmax(&record.logits, temperature)[record.target];
        -f64::from(probability.max(f32::MIN_POSITIVE)).ln()
    };
    records.iter().map(loss).sum()
}

/// The lowest threshold, in hundredths, from which on the answers are right often enough.
pub fn choose_threshold(
    records: &[Calibrated],
    calibration: &Calibration,
    classification: &Classification,
) -> anyhow::Result<f32> {
    let mut scored = Vec::with_capacity(records.len());
    for record in records {
        let code: Code = classification.occupations()[record.target].code.clone();
        let probabilities = calibration.probabilities(&record.logits, &record.rows);
        scored.push((Scores::new(probabilities), Truth::new(code, classification)?));
    }
    for hundredths in 50_u8..=99 {
        let threshold = f32::from(hundredths) / 100.0;
        let mut right = Vec::new();
        for (scores, truth) in &scored {
            let outcome = Outcome::of(scores, truth, classification, threshold)?;
            right.extend(outcome.coded.map(|(_, is_right)| is_right));
        }
        if !right.is_empty() && share(right.into_iter()) >= AIM {
            return Ok(threshold.max(LOWEST_THRESHOLD));
        }
    }
    Ok(0.99)
}
