//! The embedding table: means of its rows.

/// Rows of 8-bit steps.
#[derive(Clone)]
pub(crate) struct Embeddings {
    table: Vec<u8>,
    /// What a step is worth, in each column.
    steps: Vec<f32>,
}

/// How many rows can be added up in 16 bits: none of their steps is beyond -128 or 127.
const ROWS_IN_16_BITS: usize = 255;

impl Embeddings {
    /// A table of signed bytes, row by row. `None` unless the rows are as wide as the steps.
    pub(crate) fn new(table: Vec<u8>, steps: Vec<f32>) -> Option<Self> {
        let is_whole = !steps.is_empty() && table.len().is_multiple_of(steps.len());
        is_whole.then_some(Self { table, steps })
    }

    /// The number of columns.
    pub(crate) fn width(&self) -> usize {
        self.steps.len()
    }

    /// Writes the mean of some rows. Without any row it stays as it is.
    ///
    /// Sums are whole numbers, so the order of the rows cannot change a bit of the result.
    pub(crate) fn mean(&self, rows: &[u32], mean: &mut [f32]) {
        let width = self.width();
        let mut sums = vec![0_i32; width];
        let mut small_sums = vec![0_i16; width];
        for rows in rows.chunks(ROWS_IN_16_BITS) {
            small_sums.fill(0);
            for &row in rows {
                let start = row as usize * width;
                let row = &self.table[start..start + width];
                for (sum, &step) in small_sums.iter_mut().zip(row) {
                    *sum += i16::from(step.cast_signed());
                }
            }
            for (sum, &small) in sums.iter_mut().zip(&small_sums) {
                *sum += i32::from(small);
            }
        }
        #[expect(clippy::cast_precision_loss, reason = "sums of some thousand bytes are exact")]
        if !rows.is_empty() {
            let weight = 1.0 / rows.len() as f32;
            for ((mean, &sum), &step) in mean.iter_mut().zip(&sums).zip(&self.steps) {
                *mean = sum as f32 * step * weight;
            }
        }
    }
}

impl std::fmt::Debug for Embeddings {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let rows = self.table.len() / self.width();
        write!(formatter, "Embeddings({rows} rows of {})", self.width())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_mean_is_the_rows_sum_over_their_number(
            table in prop::collection::vec(any::<i8>(), 12..=12),
            rows in prop::collection::vec(0..4_u32, 0..700),
        ) {
            let steps = vec![1.0, 0.5, 0.25];
            let bytes = table.iter().map(|step| step.cast_unsigned()).collect();
            let mut mean = [0.0; 3];
            Embeddings::new(bytes, steps.clone()).unwrap().mean(&rows, &mut mean);
            for (column, (&mean, step)) in mean.iter().zip(steps).enumerate() {
                let of_row = |row: &u32| f64::from(table[*row as usize * 3 + column]);
                let sum: f64 = rows.iter().map(of_row).sum();
                let count = u32::try_from(rows.len().max(1)).unwrap();
                let expected = sum * f64::from(step) / f64::from(count);
                prop_assert!((f64::from(mean) - expected).abs() < 1e-4);
            }
        }
    }

    #[test]
    fn a_table_that_ends_within_a_row_is_refused() {
        assert!(Embeddings::new(vec![0; 7], vec![1.0; 3]).is_none());
        assert!(Embeddings::new(Vec::new(), Vec::new()).is_none());
    }
}
