//! Runs a network: rows of the embedding table in, one logit for each occupation out.

use std::io::Cursor;
use std::sync::Arc;

use tract_onnx::prelude::*;
use tract_onnx::tract_hir::internal::DimLike;

use crate::embeddings::Embeddings;
use crate::error::Cause;
use crate::onnx::{Parts, take_apart};

/// The rows of one record's features and words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rows {
    /// Those of the title's features.
    pub title: Vec<u32>,
    /// Those of the tasks' features.
    pub tasks: Vec<u32>,
    /// Those of the title's words.
    pub title_words: Vec<u32>,
    /// Those of the tasks' words.
    pub tasks_words: Vec<u32>,
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
/// The file is a whole ONNX graph. Its first part, the means of table rows, is run here: as separate
/// steps over gathered rows, it takes an inference engine about as long as all the rest.
#[derive(Debug)]
pub struct Network {
    features: Embeddings,
    /// `None` in a model without vectors of words.
    words: Option<Embeddings>,
    /// From the means, in the order of the files' inputs, to the logits.
    dense: Arc<TypedRunnableModel>,
    outputs: usize,
}

impl Network {
    /// Reads an ONNX file of the form that [`crate::Weights::to_onnx`] writes.
    pub fn from_onnx(onnx: &[u8]) -> Result<Self, Cause> {
        let Parts { features, words, dense } = take_apart(onnx)?;
        let (dense, outputs) = read(&dense)?;
        Ok(Self { features, words, dense, outputs })
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
        let mut inputs = means(&self.features, records, |record| [&record.title, &record.tasks])?;
        if let Some(words) = &self.words {
            inputs.extend(means(words, records, |record| {
                [&record.title_words, &record.tasks_words]
            })?);
        }
        let mut outputs = self.dense.run(inputs)?;
        let logits = outputs.remove(0).into_tensor();
        Ok(logits.try_as_plain_ram()?.as_slice::<f32>()?.to_vec())
    }
}

/// The means of a table's rows in the title and in the tasks of each record.
fn means(
    table: &Embeddings,
    records: &[Rows],
    fields: impl Fn(&Rows) -> [&Vec<u32>; 2],
) -> TractResult<TVec<TValue>> {
    let shape = [records.len(), table.width()];
    let mut means = [0, 1].map(|_| vec![0.0_f32; records.len() * table.width()]);
    for (place, record) in records.iter().enumerate() {
        let columns = place * table.width()..(place + 1) * table.width();
        for (rows, mean) in fields(record).into_iter().zip(&mut means) {
            table.mean(rows, &mut mean[columns.clone()]);
        }
    }
    means.iter().map(|mean| Ok(Tensor::from_shape(&shape, mean)?.into())).collect()
}

fn read(dense: &[u8]) -> TractResult<(Arc<TypedRunnableModel>, usize)> {
    let model = tract_onnx::onnx().model_for_read(&mut Cursor::new(dense))?.into_optimized()?;
    let outputs = model.output_fact(0)?.shape[1].to_usize()?;
    Ok((model.into_runnable()?, outputs))
}
