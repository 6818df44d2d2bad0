//! Fits the calibration and the threshold on the records set aside for it.

use std::collections::HashMap;

use classifier::{Calibration, Classifier, Doubt, Rows, Shape, calibrated};
use domain::{Classification, Code, Scores};
use rayon::prelude::*;

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

/// The temperature and the doubt of each shape that make the records' true occupations likeliest.
pub fn fit(records: &[Calibrated]) -> Calibration {
    let mut by_shape: HashMap<Shape, Vec<&Calibrated>> = HashMap::new();
    for record in records {
        by_shape.entry(Calibration::NONE.shape(&record.rows)).or_default().push(record);
    }
    let of_all = fit_scale(&records.iter().collect::<Vec<_>>());
    let fit = |shape| match by_shape.get(&shape) {
        Some(records) if records.len() >= LEAST_RECORDS => fit_scale(records),
        _ => of_all,
    };
    let [title_only, with_tasks, unfamiliar] =
        [Shape::TitleOnly, Shape::WithTasks, Shape::Unfamiliar].map(fit);
    Calibration {
        title_only: title_only.temperature,
        with_tasks: with_tasks.temperature,
        unfamiliar: unfamiliar.temperature,
        doubt: Doubt {
            title_only: title_only.doubt,
            with_tasks: with_tasks.doubt,
            unfamiliar: unfamiliar.doubt,
        },
        ..Calibration::NONE
    }
}

#[derive(Debug, Clone, Copy)]
struct Scale {
    temperature: f32,
    doubt: f32,
}

/// The temperature with the lowest loss for each share of doubt in turn, and the best of these pairs.
fn fit_scale(records: &[&Calibrated]) -> Scale {
    const STEPS: u8 = 16;
    let pairs = (0..STEPS).into_par_iter().map(|step| {
        let doubt = f32::from(step) / 16.0;
        let temperature = fit_temperature(records, doubt);
        let scale = Scale { temperature, doubt };
        (log_loss(records, scale), scale)
    });
    let best = pairs.min_by(|(loss, _), (other, _)| loss.total_cmp(other));
    best.map_or(Scale { temperature: 1.0, doubt: 0.0 }, |(_, scale)| scale)
}

/// Golden-section search for the lowest mean log loss, which has a single valley.
fn fit_temperature(records: &[&Calibrated], doubt: f32) -> f32 {
    const GOLDEN: f32 = 0.618_034;
    let (mut low, mut high) = (0.3_f32, 4.0_f32);
    let loss = |temperature| log_loss(records, Scale { temperature, doubt });
    for _ in 0..20 {
        let span = GOLDEN * (high - low);
        if loss(high - span) < loss(low + span) {
            high = low + span;
        } else {
            low = high - span;
        }
    }
    f32::midpoint(low, high)
}

fn log_loss(records: &[&Calibrated], scale: Scale) -> f64 {
    let loss = |record: &&Calibrated| {
        let probabilities = calibrated(&record.logits, scale.temperature, scale.doubt);
        -f64::from(probabilities[record.target].max(f32::MIN_POSITIVE)).ln()
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
