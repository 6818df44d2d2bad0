use std::path::{Path, PathBuf};

use domain::{Registry, RegistryError};

use crate::settings::{SettingError, setting};

/// The registry of the models cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RegistryFileError {
    /// Its folder is not set.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// Its file cannot be read.
    #[error("cannot read {}", file.display())]
    File {
        /// Which.
        file: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// It contradicts itself.
    #[error(transparent)]
    Registry(#[from] RegistryError),
}

/// The topics and models of the folder `MODEL_DIR`, for functions that code nothing themselves.
pub fn registry() -> Result<Registry, RegistryFileError> {
    let file = Path::new(&setting("MODEL_DIR")?).join("registry.json");
    let json = std::fs::read(&file).map_err(|source| RegistryFileError::File { file, source })?;
    Ok(Registry::from_json(&json)?)
}
