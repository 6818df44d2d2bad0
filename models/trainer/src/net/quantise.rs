//! From the weights in training to the weights that ship.

use classifier::{Dense, Table, Weights};

use super::network::{Layer, TrainedNetwork};

/// The largest step of an 8-bit number that has as many steps below zero as above.
const MOST_STEPS: f32 = 127.0;

impl TrainedNetwork {
    /// The weights as they ship: the table in 8 bits a number, with one scale for each column.
    pub fn to_weights(&self) -> Weights {
        let table = &self.table;
        let mut widest = vec![f32::MIN_POSITIVE; table.width];
        for row in 0..table.rows() {
            for (widest, number) in widest.iter_mut().zip(table.row(row)) {
                *widest = widest.max(number.abs());
            }
        }
        let steps: Vec<f32> = widest.iter().map(|widest| widest / MOST_STEPS).collect();
        let mut embedding = Vec::with_capacity(table.rows() * table.width);
        for row in 0..table.rows() {
            let numbers = table.row(row).iter().zip(&steps);
            #[expect(clippy::cast_possible_truncation, reason = "at most 127 steps, by the scale")]
            embedding.extend(numbers.map(|(number, step)| (number / step).round() as i8));
        }
        Weights {
            features: Table { numbers: embedding, steps },
            words: self.words.as_ref().map(|words| words.table.clone()),
            hidden: dense(&self.hidden),
            output: dense(&self.output),
        }
    }
}

fn dense(layer: &Layer) -> Dense {
    Dense {
        weights: layer.weights.value.iter().copied().collect(),
        bias: layer.bias.value.iter().copied().collect(),
    }
}
