//! A model, ready to code: texts in, probabilities of all occupations out.

use std::path::Path;

use domain::{Classification, Record, Scores};

use crate::error::{ClassifyError, LoadError};
use crate::manifest::{Manifest, occupations_digest};
use crate::network::{Network, Rows};
use crate::vocabulary::Vocabulary;

/// How many records go through the network at once: enough to use the matrix kernels fully, few
/// enough for what passes between them to stay in the cache.
const BATCH: usize = 32;

/// The texts of one record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Input<'a> {
    /// What the occupation is called.
    pub title: &'a str,
    /// What is done in it; may be empty.
    pub tasks: &'a str,
}

impl<'a> From<&'a Record> for Input<'a> {
    fn from(record: &'a Record) -> Self {
        Self { title: record.occp_text(), tasks: record.tasks_text() }
    }
}

/// A loaded model. Cheap to share between threads; coding takes no lock.
#[derive(Debug)]
pub struct Classifier {
    manifest: Manifest,
    vocabulary: Vocabulary,
    network: Network,
}

impl Classifier {
    /// Loads the model of a folder and checks it against its manifest and the label table.
    pub fn load(folder: &Path, classification: &Classification) -> Result<Self, LoadError> {
        let manifest = Manifest::load(folder)?;
        let vocabulary = manifest.load_vocabulary(folder)?;
        let network = manifest.load_network(folder)?;
        let outputs_fit = network.outputs() == classification.occupations().len();
        if !outputs_fit || manifest.occupations != occupations_digest(classification) {
            return Err(LoadError::Occupations { folder: folder.to_owned() });
        }
        Ok(Self { manifest, vocabulary, network })
    }

    /// What the model says about itself.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The calibrated probabilities of all occupations, for any number of records, in their order.
    ///
    /// A record gets the same bits whatever records stand beside it. One without a single known
    /// feature gets what the network has learnt to say of an empty text: about the shares of the
    /// occupations in its training text, none of them high.
    pub fn classify(&self, inputs: &[Input<'_>]) -> Result<Vec<Scores>, ClassifyError> {
        let rows: Vec<Rows> = inputs.iter().map(|input| self.rows(input)).collect();
        let mut scores = Vec::with_capacity(inputs.len());
        self.for_each_logits(&rows, |record, logits| {
            let probabilities = self.manifest.calibration.probabilities(logits, &rows[record]);
            scores.push(Scores::new(probabilities));
        })?;
        Ok(scores)
    }

    /// The rows of a record's known features.
    #[must_use]
    pub fn rows(&self, input: &Input<'_>) -> Rows {
        self.vocabulary.rows_of(input.title, input.tasks)
    }

    /// Calls `take` with the place of each record, in order, and its logits before any calibration.
    pub fn for_each_logits(
        &self,
        rows: &[Rows],
        mut take: impl FnMut(usize, &[f32]),
    ) -> Result<(), ClassifyError> {
        for (place, batch) in rows.chunks(BATCH).enumerate() {
            let logits = self.network.logits(batch).map_err(ClassifyError)?;
            for (record, logits) in logits.chunks_exact(self.network.outputs()).enumerate() {
                take(place * BATCH + record, logits);
            }
        }
        Ok(())
    }
}
