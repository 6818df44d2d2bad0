//! What can go wrong with a model.

use std::path::PathBuf;

use domain::{Failure, Kind};

/// The cause inside tract, whose own error type is no `std::error::Error`.
pub(crate) type Cause = Box<dyn std::error::Error + Send + Sync>;

/// A model cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A file is missing or cannot be read.
    #[error("cannot read `{}`", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The manifest is not JSON of the expected shape.
    #[error("`{}` is not a manifest", path.display())]
    Manifest {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: serde_json::Error,
    },
    /// The manifest does not list a file that every model has.
    #[error("`{}` does not list the file `{name}`", path.display())]
    Unlisted {
        /// The manifest.
        path: PathBuf,
        /// The file that it should list.
        name: &'static str,
    },
    /// A file is not the one that the manifest was written for.
    #[error("`{}` has the SHA-256 {found}, and the manifest says {expected}", path.display())]
    Digest {
        /// The file.
        path: PathBuf,
        /// What the manifest says.
        expected: String,
        /// What the file has.
        found: String,
    },
    /// The model was trained on other features than this build computes.
    #[error("`{}` asks for version {version} of the features, which this build does not have", path.display())]
    Features {
        /// The manifest.
        path: PathBuf,
        /// The version that it asks for.
        version: u32,
    },
    /// The model's outputs are not the label table's occupations.
    #[error("the model in `{}` codes to other occupations than the label table's", folder.display())]
    Occupations {
        /// The model's folder.
        folder: PathBuf,
    },
    /// The vocabulary is not a whole number of features, or not as many as the manifest says.
    #[error("`{}` is not the vocabulary that the manifest describes", path.display())]
    Vocabulary {
        /// The file.
        path: PathBuf,
    },
    /// The network cannot be run.
    #[error("`{}` is not a network that can be run", path.display())]
    Network {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: Cause,
    },
}

/// The network failed on a batch. It is a fault of the model, not of the records.
#[derive(Debug, thiserror::Error)]
#[error("the network failed")]
pub struct ClassifyError(#[source] pub(crate) Cause);

impl Failure for ClassifyError {
    fn kind(&self) -> Kind {
        Kind::Internal
    }
}
