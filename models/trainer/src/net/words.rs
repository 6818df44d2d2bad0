//! Vectors of words, made by a language model (`models/teacher`): they take no part in training.

use std::path::Path;

use anyhow::{Context, ensure};
use classifier::{Hashes, Table, hash_of_word};
use ndarray::ArrayViewMut1;

/// The vectors, in the rows that the shipped model has them in.
#[derive(Debug, Clone)]
pub struct WordVectors {
    pub hashes: Hashes,
    pub table: Table,
}

impl WordVectors {
    /// Reads `words.txt`, a normalised word a line, and `vectors.bin`: the worth of a step in each
    /// column as 32-bit little-endian floats, then one row of signed bytes for each word.
    pub fn read(folder: &Path) -> anyhow::Result<Self> {
        let read = |name: &str| {
            let path = folder.join(name);
            std::fs::read(&path).with_context(|| format!("cannot read `{}`", path.display()))
        };
        let text = String::from_utf8(read("words.txt")?)?;
        let words: Vec<&str> = text.lines().collect();
        let bytes = read("vectors.bin")?;
        let width = bytes.len() / (words.len() + size_of::<f32>());
        ensure!(
            width > 0 && bytes.len() == width * (words.len() + size_of::<f32>()),
            "the vectors in `{}` are not one for each of {} words",
            folder.display(),
            words.len()
        );
        let (steps, rows) = bytes.split_at(width * size_of::<f32>());
        let (steps, _) = steps.as_chunks::<4>();
        let steps = steps.iter().copied().map(f32::from_le_bytes).collect();

        let hashes = Hashes::new(words.iter().map(|word| hash_of_word(word)).collect());
        let mut numbers = vec![0; hashes.rows() * width];
        for (word, vector) in words.iter().zip(rows.chunks_exact(width)) {
            let Some(row) = hashes.row(hash_of_word(word)) else { continue };
            let row = &mut numbers[row as usize * width..][..width];
            row.iter_mut().zip(vector).for_each(|(number, &byte)| *number = byte.cast_signed());
        }
        Ok(Self { hashes, table: Table { numbers, steps } })
    }

    /// The number of columns.
    pub fn width(&self) -> usize {
        self.table.steps.len()
    }

    /// Writes the mean vector of some rows, as the classifier does.
    #[expect(clippy::cast_precision_loss, reason = "a text has some hundred words at most")]
    pub fn mean(&self, rows: &[u32], into: &mut ArrayViewMut1<'_, f32>) {
        let width = self.width();
        let share = 1.0 / rows.len().max(1) as f32;
        for &row in rows {
            let row = &self.table.numbers[row as usize * width..][..width];
            for ((sum, &number), step) in into.iter_mut().zip(row).zip(&self.table.steps) {
                *sum += f32::from(number) * step * share;
            }
        }
    }
}
