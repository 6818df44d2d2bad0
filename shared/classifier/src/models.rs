//! The models, each loaded when a request first asks for it.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use domain::{
    Classification, Correspondence, CorrespondenceError, Failure, Kind, LabelTableError, Model,
    Registry, RegistryError,
};
use uuid::Uuid;

use crate::classifier::Classifier;
use crate::error::LoadError;
use crate::titles::TitleIndex;

/// The registry and the models of a folder.
#[derive(Debug)]
pub struct Models {
    registry: Registry,
    folder: PathBuf,
    slots: HashMap<Uuid, Slot>,
    correspondence: OnceLock<Correspondence>,
}

#[derive(Debug, Default)]
struct Slot {
    loaded: OnceLock<LoadedModel>,
    /// Held while loading, so that two requests do not load the same model.
    loading: Mutex<()>,
}

/// A model ready to code.
#[derive(Debug)]
pub struct LoadedModel {
    /// Its topic's label table.
    pub classification: Classification,
    /// The model itself.
    pub classifier: Classifier,
    titles: OnceLock<TitleIndex>,
}

impl LoadedModel {
    /// The index of the official titles, made when an explanation is first asked for.
    pub(crate) fn titles(&self) -> &TitleIndex {
        self.titles.get_or_init(|| TitleIndex::of(&self.classification))
    }
}

/// The models cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ModelsError {
    /// A file cannot be read.
    #[error("cannot read {file}")]
    File {
        /// Which.
        file: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The registry is wrong.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// A label table is wrong.
    #[error(transparent)]
    Labels(#[from] LabelTableError),
    /// The correspondence is wrong.
    #[error(transparent)]
    Correspondence(#[from] CorrespondenceError),
    /// A model's files are wrong.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The model is not in the registry.
    #[error("model {0} is not in the registry")]
    Unlisted(Uuid),
}

impl Failure for ModelsError {
    fn kind(&self) -> Kind {
        Kind::Internal
    }
}

impl Models {
    /// Reads the registry of a folder; the models stay on disk for now.
    pub fn open(folder: impl Into<PathBuf>) -> Result<Self, ModelsError> {
        let folder = folder.into();
        let registry = Registry::from_json(&read(&folder.join("registry.json"))?)?;
        let slots = registry.models.iter().map(|model| (model.model_id, Slot::default())).collect();
        Ok(Self { registry, folder, slots, correspondence: OnceLock::new() })
    }

    /// The topics and models.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// A model of the registry, loaded if it was not yet.
    pub fn get(&self, model: &Model) -> Result<&LoadedModel, ModelsError> {
        let slot = self.slots.get(&model.model_id).ok_or(ModelsError::Unlisted(model.model_id))?;
        if let Some(loaded) = slot.loaded.get() {
            return Ok(loaded);
        }
        let _alone: MutexGuard<'_, ()> =
            slot.loading.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(loaded) = slot.loaded.get() {
            return Ok(loaded);
        }
        let loaded = self.load(model)?;
        Ok(slot.loaded.get_or_init(|| loaded))
    }

    /// The official correspondence of the topics, read when it is first asked for.
    pub fn correspondence(&self) -> Result<&Correspondence, ModelsError> {
        if let Some(correspondence) = self.correspondence.get() {
            return Ok(correspondence);
        }
        let json = read(&self.folder.join("correspondence.json"))?;
        let correspondence = Correspondence::from_json(&json)?;
        Ok(self.correspondence.get_or_init(|| correspondence))
    }

    fn load(&self, model: &Model) -> Result<LoadedModel, ModelsError> {
        let labels = read(&self.folder.join(&model.topic).join("labels.json"))?;
        let classification = Classification::from_json(&labels)?;
        let classifier = Classifier::load(&self.folder.join(&model.folder), &classification)?;
        Ok(LoadedModel { classification, classifier, titles: OnceLock::new() })
    }
}

fn read(file: &Path) -> Result<Vec<u8>, ModelsError> {
    fs::read(file).map_err(|source| ModelsError::File { file: file.to_owned(), source })
}
