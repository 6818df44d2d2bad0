#![doc = include_str!("../README.md")]

mod calibration;
mod classifier;
mod error;
mod features;
mod manifest;
mod network;
mod onnx;
mod text;
mod vocabulary;

pub use calibration::{Calibration, Shape, softmax};
pub use classifier::{Classifier, Input, MANIFEST_FILE, NETWORK_FILE, VOCABULARY_FILE};
pub use error::{ClassifyError, LoadError};
pub use features::for_each_feature;
pub use manifest::{FeatureParameters, Manifest, digest, occupations_digest};
pub use network::{Network, Rows};
pub use onnx::{Dense, Weights};
pub use text::Words;
pub use vocabulary::Vocabulary;
