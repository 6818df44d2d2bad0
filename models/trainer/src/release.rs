//! Puts a trained network into the layer, as the service loads it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use classifier::{Calibration, FeatureParameters, Manifest, Vocabulary, occupations_digest};
use domain::{Classification, Model, ModelStatus, Registry};
use jiff::Timestamp;
use uuid::Uuid;

use crate::net::TrainedNetwork;
use crate::topic::Topic;

/// The namespace of the models' identifiers (a random one, fixed for good).
const NAMESPACE: Uuid = Uuid::from_u128(0x5f0c_1f0e_63a7_4c0b_9a52_7d0e_44b1_c3d8);
const MODEL_TYPE: &str = "hashed n-gram network";
const REGISTRY_FILE: &str = "registry.json";

/// The place of a model in the layer.
#[derive(Debug, Clone)]
pub struct Place {
    pub topic: Topic,
    pub version: u32,
    pub layer: PathBuf,
}

impl Place {
    /// The model's folder, relative to the layer.
    pub fn relative(&self) -> String {
        format!("{}/{}", self.topic.name(), self.version)
    }

    /// The model's folder.
    pub fn folder(&self) -> PathBuf {
        self.layer.join(self.relative())
    }
}

/// Writes network and vocabulary with a manifest that does not calibrate yet.
pub fn write_model(
    place: &Place,
    network: &TrainedNetwork,
    vocabulary: &Vocabulary,
    classification: &Classification,
    released: Timestamp,
) -> anyhow::Result<Manifest> {
    let mut manifest = Manifest {
        model_id: Uuid::nil(),
        model_version: place.version,
        model_release_date: released,
        model_type: MODEL_TYPE.to_owned(),
        topic: place.topic.name().to_owned(),
        topic_version: place.topic.version().to_owned(),
        input_format: input_format(),
        features: FeatureParameters::present(vocabulary),
        threshold: 1.0,
        calibration: Calibration::NONE,
        occupations: occupations_digest(classification),
        files: BTreeMap::new(),
    };
    manifest.save_files(&place.folder(), &network.to_weights(), vocabulary)?;
    // The same content gets the same identifier again; any change of it gets another.
    let content = format!("{} {:?}", place.relative(), manifest.files);
    manifest.model_id = Uuid::new_v5(&NAMESPACE, content.as_bytes());
    manifest.save(&place.folder())?;
    Ok(manifest)
}

/// What the registry says of a model in service.
pub fn entry(place: &Place, manifest: &Manifest) -> Model {
    Model {
        model_id: manifest.model_id,
        model_version: manifest.model_version,
        model_release_date: manifest.model_release_date,
        model_type: manifest.model_type.clone(),
        topic: manifest.topic.clone(),
        topic_version: manifest.topic_version.clone(),
        input_format: manifest.input_format.clone(),
        threshold: manifest.threshold,
        status: ModelStatus::Released,
        superseded_date: None,
        retirement_date: None,
        withdrawal_date: None,
        folder: place.relative(),
    }
}

/// Enters a model into the registry; an older one of the topic is superseded.
pub fn register(place: &Place, manifest: &Manifest) -> anyhow::Result<()> {
    let mut registry = read_registry(&place.layer)?;
    registry.models.retain(|model| {
        model.topic != manifest.topic || model.model_version != manifest.model_version
    });
    for older in registry.models.iter_mut().filter(|model| model.topic == manifest.topic) {
        if older.status == ModelStatus::Released {
            older.status = ModelStatus::Superseded;
            older.superseded_date = Some(manifest.model_release_date);
        }
    }
    registry.models.push(entry(place, manifest));
    registry.models.sort_by_key(|model| {
        (
            registry.topics.iter().position(|topic| topic.uri_name == model.topic),
            model.model_version,
        )
    });
    write_json(&place.layer.join(REGISTRY_FILE), &registry)
}

/// Reads the registry of a layer, or makes an empty one that lists the topics.
pub fn read_registry(layer: &Path) -> anyhow::Result<Registry> {
    let path = layer.join(REGISTRY_FILE);
    if !path.is_file() {
        return Ok(Registry { topics: Topic::ALL.map(describe).to_vec(), models: Vec::new() });
    }
    let json = fs::read(&path).with_context(|| format!("cannot read `{}`", path.display()))?;
    Registry::from_json(&json).with_context(|| format!("`{}` is not a registry", path.display()))
}

fn describe(topic: Topic) -> domain::Topic {
    domain::Topic {
        uri_name: topic.name().to_owned(),
        full_name: topic.full_name().to_owned(),
        version: topic.version().to_owned(),
        input_format: input_format(),
    }
}

fn input_format() -> Vec<String> {
    ["occp_text", "tasks_text"].map(str::to_owned).to_vec()
}

/// Writes indented JSON with a line end.
pub fn write_json(path: &Path, value: &impl serde::Serialize) -> anyhow::Result<()> {
    let json = serde_json::to_string_pretty(value)?;
    fs::write(path, json + "\n").with_context(|| format!("cannot write `{}`", path.display()))
}
