//! Runs a network: rows of the embedding table in, one logit for each occupation out.

use std::io::Cursor;
use std::sync::Arc;

use tract_onnx::prelude::*;
use tract_onnx::tract_hir::internal::DimLike;

use crate::error::Cause;

/// The rows of one record's features.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rows {
    /// Those of the title.
    pub title: Vec<u32>,
    /// Those of the tasks.
    pub tasks: Vec<u32>,
    /// How many features of both have no row.
    pub unknown: usize,
}

impl Rows {
    /// The share of the record's features that the model knows: 0 for an empty record.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a record has at most some thousand features")]
    pub fn known_share(&self) -> f32 {
        let known = self.title.len() + self.tasks.len();
        let all = known + self.unknown;
        known as f32 / all.max(1) as f32
    }
}

/// A network, ready to run. It knows nothing of words, codes or calibration.
#[derive(Debug)]
pub struct Network {
    plan: Arc<TypedRunnableModel>,
    outputs: usize,
}

impl Network {
    /// Reads an ONNX file of the form that [`crate::Weights::to_onnx`] writes.
    pub fn from_onnx(onnx: &[u8]) -> Result<Self, Cause> {
        Ok(Self::read(onnx)?)
    }

    fn read(onnx: &[u8]) -> TractResult<Self> {
        let model = tract_onnx::onnx().model_for_read(&mut Cursor::new(onnx))?.into_optimized()?;
        let outputs = model.output_fact(0)?.shape[1].to_usize()?;
        Ok(Self { plan: model.into_runnable()?, outputs })
    }

    /// The number of logits for each record.
    #[must_use]
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// The logits of all records, one record after the other.
    pub fn logits(&self, records: &[&Rows]) -> Result<Vec<f32>, Cause> {
        Ok(self.run(records)?)
    }

    fn run(&self, records: &[&Rows]) -> TractResult<Vec<f32>> {
        let (title_rows, title_weight) = bags(records, |rows| &rows.title)?;
        let (tasks_rows, tasks_weight) = bags(records, |rows| &rows.tasks)?;
        let inputs: TVec<TValue> =
            tvec!(title_rows.into(), title_weight.into(), tasks_rows.into(), tasks_weight.into());
        let mut outputs = self.plan.run(inputs)?;
        let logits = outputs.remove(0).into_tensor();
        Ok(logits.try_as_plain_ram()?.as_slice::<f32>()?.to_vec())
    }
}

/// The rows of one field, slot by slot and filled up with row 0, and what makes a mean of a sum.
fn bags(records: &[&Rows], field: impl Fn(&Rows) -> &[u32]) -> TractResult<(Tensor, Tensor)> {
    let longest = records.iter().map(|record| field(record).len()).max().unwrap_or(0);
    // Never without a slot: the arithmetic of empty axes is a corner that nobody tests.
    let slots = longest.max(1);
    let count = records.len();
    let mut rows = vec![0_i64; slots * count];
    let mut weights = vec![0.0_f32; count];
    for (place, record) in records.iter().enumerate() {
        let known = field(record);
        for (slot, &row) in known.iter().enumerate() {
            rows[slot * count + place] = i64::from(row);
        }
        #[expect(clippy::cast_precision_loss, reason = "a text has at most some thousand features")]
        if !known.is_empty() {
            weights[place] = 1.0 / known.len() as f32;
        }
    }
    Ok((Tensor::from_shape(&[slots, count], &rows)?, Tensor::from_shape(&[count, 1], &weights)?))
}
