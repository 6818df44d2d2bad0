//! The classifications that models are made for.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::ValueEnum;
use domain::Classification;

/// A classification that models are made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, ValueEnum)]
pub enum Topic {
    /// Occupation Standard Classification for Australia.
    Osca,
    /// Australian and New Zealand Standard Classification of Occupations.
    Anzsco,
}

impl Topic {
    /// Every topic, in the order in which the registry lists them.
    pub const ALL: [Self; 2] = [Self::Osca, Self::Anzsco];

    /// The name in paths and folders.
    pub fn name(self) -> &'static str {
        match self {
            Self::Osca => "osca",
            Self::Anzsco => "anzsco",
        }
    }

    /// The full name, as callers see it.
    pub fn full_name(self) -> &'static str {
        match self {
            Self::Osca => "OSCA - Occupation Standard Classification for Australia",
            Self::Anzsco => {
                "ANZSCO - Australian and New Zealand Standard Classification of Occupations"
            }
        }
    }

    /// The edition.
    pub fn version(self) -> &'static str {
        match self {
            Self::Osca => "2024 v1.0",
            Self::Anzsco => "2022 Australian Update",
        }
    }

    /// The data folder's file with the whole hierarchy.
    pub fn structure_file(self) -> &'static str {
        match self {
            Self::Osca => "osca_2024_structure.csv",
            Self::Anzsco => "anzsco_2022_structure.csv",
        }
    }

    /// The label table in the layer.
    pub fn labels_path(self, layer: &Path) -> PathBuf {
        layer.join(self.name()).join("labels.json")
    }

    /// Reads the label table.
    pub fn classification(self, layer: &Path) -> anyhow::Result<Classification> {
        let path = self.labels_path(layer);
        let json = std::fs::read(&path)
            .with_context(|| format!("cannot read the label table `{}`", path.display()))?;
        Classification::from_json(&json)
            .with_context(|| format!("`{}` is not a label table", path.display()))
    }
}
