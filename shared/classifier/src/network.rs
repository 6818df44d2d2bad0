//! Runs a network: rows of the embedding table in, one logit for each occupation out.

use std::io::Cursor;
use std::sync::Arc;

use tract_onnx::prelude::*;
use tract_onnx::tract_hir::internal::DimLike;

use crate::embeddings::Embeddings;
use crate::error::Cause;
use crate::onnx::take_embeddings;

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
///
/// The file is a whole ONNX graph. Its first part, the means of embeddings, is run here: as separate
/// steps over gathered rows, it takes an inference engine about as long as all the rest.
#[derive(Debug)]
pub struct Network {
    embeddings: Embeddings,
    /// From the means, side by side, to the logits.
    dense: Arc<TypedRunnableModel>,
    outputs: usize,
}

impl Network {
    /// Reads an ONNX file of the form that [`crate::Weights::to_onnx`] writes.
    pub fn from_onnx(onnx: &[u8]) -> Result<Self, Cause> {
        let (embeddings, dense) = take_embeddings(onnx)?;
        Ok(Self::read(embeddings, &dense)?)
    }

    fn read(embeddings: Embeddings, dense: &[u8]) -> TractResult<Self> {
        let model = tract_onnx::onnx().model_for_read(&mut Cursor::new(dense))?.into_optimized()?;
        let outputs = model.output_fact(0)?.shape[1].to_usize()?;
        Ok(Self { embeddings, dense: model.into_runnable()?, outputs })
    }

    /// The number of logits for each record.
    #[must_use]
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// The logits of all records, one record after the other.
    pub fn logits(&self, records: &[Rows]) -> Result<Vec<f32>, Cause> {
        Ok(self.run(records)?)
    }

    fn run(&self, records: &[Rows]) -> TractResult<Vec<f32>> {
        let width = self.embeddings.width();
        let shape = [records.len(), width];
        let mut title_means = vec![0.0_f32; records.len() * width];
        let mut tasks_means = title_means.clone();
        for (place, record) in records.iter().enumerate() {
            let columns = place * width..(place + 1) * width;
            self.embeddings.mean(&record.title, &mut title_means[columns.clone()]);
            self.embeddings.mean(&record.tasks, &mut tasks_means[columns]);
        }
        let inputs: TVec<TValue> = tvec!(
            Tensor::from_shape(&shape, &title_means)?.into(),
            Tensor::from_shape(&shape, &tasks_means)?.into()
        );
        let mut outputs = self.dense.run(inputs)?;
        let logits = outputs.remove(0).into_tensor();
        Ok(logits.try_as_plain_ram()?.as_slice::<f32>()?.to_vec())
    }
}
