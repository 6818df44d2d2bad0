//! A look at a network in training.

use classifier::{Rows, Vocabulary};

use super::TrainedNetwork;
use crate::examples::Example;
use crate::measure::share;

/// The share of some examples whose first occupation is the network's likeliest.
pub fn share_right(network: &TrainedNetwork, examples: &[Example], vocabulary: &Vocabulary) -> f64 {
    let mut right = Vec::with_capacity(examples.len());
    for chunk in examples.chunks(256) {
        let rows: Vec<Rows> = chunk
            .iter()
            .map(|example| vocabulary.rows_of(&example.title, &example.tasks))
            .collect();
        for (example, logits) in chunk.iter().zip(network.logits(&rows).rows()) {
            let best = logits.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
            right.push(best.map(|(place, _)| place) == Some(example.targets[0].0));
        }
    }
    share(right.into_iter())
}
