//! A model's folder: which files it holds, how they are written, and how they are checked.

use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::error::LoadError;
use crate::manifest::{Manifest, digest};
use crate::network::Network;
use crate::onnx::Weights;
use crate::vocabulary::{Hashes, Vocabulary};

const MANIFEST_FILE: &str = "manifest.json";
const NETWORK_FILE: &str = "network.onnx";
const VOCABULARY_FILE: &str = "vocabulary.bin";
const WORDS_FILE: &str = "words.bin";

impl Manifest {
    /// Writes the network and the vocabulary of a model into its folder, and enters their digests.
    /// The manifest itself is written by [`Self::save`], once it is complete.
    pub fn save_files(
        &mut self,
        folder: &Path,
        weights: &Weights,
        vocabulary: &Vocabulary,
    ) -> io::Result<()> {
        fs::create_dir_all(folder)?;
        let mut files = vec![
            (NETWORK_FILE, weights.to_onnx()),
            (VOCABULARY_FILE, vocabulary.features.to_bytes()),
        ];
        if weights.words.is_some() {
            files.push((WORDS_FILE, vocabulary.words.to_bytes()));
        }
        for (name, bytes) in files {
            fs::write(folder.join(name), &bytes)?;
            self.files.insert(name.to_owned(), digest(&bytes));
        }
        Ok(())
    }

    /// Writes the manifest into its model's folder.
    pub fn save(&self, folder: &Path) -> io::Result<()> {
        let json = serde_json::to_string_pretty(self)?;
        fs::write(folder.join(MANIFEST_FILE), json + "\n")
    }

    /// Reads the manifest of a model's folder.
    pub fn load(folder: &Path) -> Result<Self, LoadError> {
        let path = folder.join(MANIFEST_FILE);
        let manifest: Self = serde_json::from_slice(&read(&path)?)
            .map_err(|source| LoadError::Manifest { path: path.clone(), source })?;
        if manifest.features.are_present() {
            Ok(manifest)
        } else {
            Err(LoadError::Features { path, version: manifest.features.version })
        }
    }

    pub(crate) fn load_vocabulary(&self, folder: &Path) -> Result<Vocabulary, LoadError> {
        let features = self.load_hashes(folder, VOCABULARY_FILE, self.features.known)?;
        let words = match self.features.words {
            0 => Hashes::new(Vec::new()),
            known => self.load_hashes(folder, WORDS_FILE, known)?,
        };
        Ok(Vocabulary { features, words })
    }

    fn load_hashes(
        &self,
        folder: &Path,
        name: &'static str,
        known: usize,
    ) -> Result<Hashes, LoadError> {
        let (path, bytes) = self.read_listed(folder, name)?;
        Hashes::from_bytes(&bytes)
            .filter(|hashes| hashes.rows() == known + 1)
            .ok_or(LoadError::Vocabulary { path })
    }

    pub(crate) fn load_network(&self, folder: &Path) -> Result<Network, LoadError> {
        let (path, bytes) = self.read_listed(folder, NETWORK_FILE)?;
        Network::from_onnx(&bytes).map_err(|source| LoadError::Network { path, source })
    }

    fn read_listed(
        &self,
        folder: &Path,
        name: &'static str,
    ) -> Result<(PathBuf, Vec<u8>), LoadError> {
        let Some(expected) = self.files.get(name) else {
            return Err(LoadError::Unlisted { path: folder.join(MANIFEST_FILE), name });
        };
        let path = folder.join(name);
        let bytes = read(&path)?;
        let found = digest(&bytes);
        if found == *expected {
            Ok((path, bytes))
        } else {
            Err(LoadError::Digest { path, expected: expected.clone(), found })
        }
    }
}

fn read(path: &Path) -> Result<Vec<u8>, LoadError> {
    fs::read(path).map_err(|source| LoadError::Read { path: path.to_owned(), source })
}
