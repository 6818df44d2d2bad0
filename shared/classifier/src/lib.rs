#![doc = include_str!("../README.md")]

mod calibration;
mod classifier;
mod embeddings;
mod error;
mod explain;
mod features;
mod folder;
mod manifest;
mod models;
mod network;
mod onnx;
mod text;
mod titles;
mod vocabulary;

pub use calibration::{Calibration, Doubt, Shape, calibrated};
pub use classifier::{Classifier, Input};
pub use error::{ClassifyError, LoadError};
pub use explain::Reasons;
pub use features::{Feature, for_each_feature, hash_of_word};
pub use manifest::{FeatureParameters, Manifest, digest, occupations_digest};
pub use models::{LoadedModel, Models, ModelsError};
pub use network::{Network, Rows};
pub use onnx::{Dense, Table, Weights};
pub use text::Words;
pub use vocabulary::{Hashes, Vocabulary};
