//! The embedding table in training.

use ndarray::{ArrayView1, ArrayViewMut1};
use rand::Rng;

/// The table, dealt out to two halves by the parity of the row, so that two threads can change it
/// at once and the result does not hang on which of them is faster.
#[derive(Debug, Clone)]
pub struct Table {
    pub width: usize,
    halves: [Half; 2],
}

#[derive(Debug, Clone)]
struct Half {
    embeddings: Vec<f32>,
    /// For each row, the sum of the mean squares of its gradients: Adagrad's memory, one number a
    /// row instead of one a column.
    memory: Vec<f32>,
}

/// The gradient of one field of one example: the same for each of its features.
pub struct FieldGradient<'a> {
    pub rows: &'a [u32],
    pub gradient: ArrayView1<'a, f32>,
}

impl Table {
    /// A table of small random numbers; row 0 is zero.
    pub fn new(rows: usize, width: usize, random: &mut impl Rng) -> Self {
        let mut table = Self {
            width,
            halves: [rows.div_ceil(2), rows / 2]
                .map(|rows| Half { embeddings: vec![0.0; rows * width], memory: vec![0.0; rows] }),
        };
        for row in 1..rows {
            table
                .row_mut(row)
                .iter_mut()
                .for_each(|number| *number = random.random_range(-0.05..0.05));
        }
        table
    }

    pub fn rows(&self) -> usize {
        self.halves.iter().map(|half| half.memory.len()).sum()
    }

    pub fn row(&self, row: usize) -> &[f32] {
        let start = row / 2 * self.width;
        &self.halves[row % 2].embeddings[start..start + self.width]
    }

    fn row_mut(&mut self, row: usize) -> &mut [f32] {
        let start = row / 2 * self.width;
        &mut self.halves[row % 2].embeddings[start..start + self.width]
    }

    /// Writes the mean of some rows.
    pub fn mean(&self, rows: &[u32], mut into: ArrayViewMut1<'_, f32>) {
        let Some(mean) = into.as_slice_mut() else { return };
        mean.fill(0.0);
        for &row in rows {
            add(mean, self.row(row as usize), 1.0);
        }
        let share = share_of_each(rows);
        for number in mean {
            *number *= share;
        }
    }

    /// One step of Adagrad along the gradients of some means, in their order.
    pub fn learn(&mut self, fields: &[FieldGradient<'_>], rate: f32) {
        let width = self.width;
        let [even, odd] = &mut self.halves;
        rayon::join(|| even.learn(0, fields, rate, width), || odd.learn(1, fields, rate, width));
    }
}

impl Half {
    fn learn(&mut self, parity: u32, fields: &[FieldGradient<'_>], rate: f32, width: usize) {
        for field in fields {
            let Some(gradient) = field.gradient.as_slice() else { continue };
            let share = share_of_each(field.rows);
            let square = gradient.iter().map(|g| g * g).sum::<f32>() * share * share;
            #[expect(clippy::cast_precision_loss, reason = "a width of about a hundred")]
            let mean_square = square / width as f32;
            for &row in field.rows.iter().filter(|&&row| row % 2 == parity) {
                let place = row as usize / 2;
                self.memory[place] += mean_square;
                let step = rate * share / (self.memory[place].sqrt() + 1e-8);
                add(&mut self.embeddings[place * width..][..width], gradient, -step);
            }
        }
    }
}

/// What each of so many rows contributes to their mean.
#[expect(clippy::cast_precision_loss, reason = "a text has some thousand features at most")]
fn share_of_each(rows: &[u32]) -> f32 {
    1.0 / rows.len().max(1) as f32
}

fn add(into: &mut [f32], from: &[f32], factor: f32) {
    for (number, other) in into.iter_mut().zip(from) {
        *number += factor * other;
    }
}
