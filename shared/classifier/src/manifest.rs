//! The manifest: what a model's folder says about itself.

use std::collections::BTreeMap;

use domain::Classification;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::calibration::Calibration;
use crate::features::FEATURES_VERSION;
use crate::vocabulary::Vocabulary;

/// The content of a model's `manifest.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Manifest {
    /// The identifier that callers name the model by.
    pub model_id: Uuid,
    /// Counts up within a topic.
    pub model_version: u32,
    /// When it was released.
    pub model_release_date: Timestamp,
    /// What kind of model it is, in a few words.
    pub model_type: String,
    /// The topic that it codes to.
    pub topic: String,
    /// The edition of the topic.
    pub topic_version: String,
    /// The names of a record's text fields, in order.
    pub input_format: Vec<String>,
    /// The features that it reads.
    pub features: FeatureParameters,
    /// The confidence from which an answer counts as successful, by default.
    pub threshold: f32,
    /// How its logits become probabilities.
    pub calibration: Calibration,
    /// The digest of the codes of its outputs, in order: see [`occupations_digest`].
    pub occupations: String,
    /// The SHA-256 of every other file that it consists of, by name.
    pub files: BTreeMap<String, String>,
}

/// Which features a model reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct FeatureParameters {
    /// The version of the featuriser: see [`crate::for_each_feature`].
    pub version: u32,
    /// How many features the vocabulary holds.
    pub known: usize,
    /// How many words it has vectors of.
    #[serde(default)]
    pub words: usize,
}

impl FeatureParameters {
    /// The present features, with this vocabulary.
    #[must_use]
    pub fn present(vocabulary: &Vocabulary) -> Self {
        Self {
            version: FEATURES_VERSION,
            known: vocabulary.features.rows() - 1,
            words: vocabulary.words.rows() - 1,
        }
    }

    /// Whether this build of the crate computes these features.
    #[must_use]
    pub fn are_present(&self) -> bool {
        self.version == FEATURES_VERSION
    }
}

/// The SHA-256 of some bytes, in hexadecimal digits.
#[must_use]
pub fn digest(bytes: &[u8]) -> String {
    use std::fmt::Write;
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The digest of the occupations' codes, a line each, in order. It ties a model's outputs to the
/// label table: a table with other occupations is refused instead of mislabelling every answer.
#[must_use]
pub fn occupations_digest(classification: &Classification) -> String {
    let codes = classification.occupations().iter().map(|group| group.code.as_str());
    digest(codes.collect::<Vec<_>>().join("\n").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_the_usual_one() {
        assert_eq!(
            digest(b"abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
