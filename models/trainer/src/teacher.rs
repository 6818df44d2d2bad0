//! What the teacher says of texts: `models/teacher` makes it, a network learns from it.

use std::collections::HashMap;
use std::path::Path;

use anyhow::{Context, ensure};
use classifier::{Rows, Vocabulary, calibrated, digest};
use rayon::prelude::*;

use crate::examples::{Example, Examples, Share};
use crate::net::TrainedNetwork;
use crate::pool::Text;
use crate::split::key;
use crate::topic::Topic;

/// How many occupations the teacher names of each text.
const NAMED: usize = 5;
/// The bytes of an opinion: the text's hash, and an occupation and a share for each named.
const OPINION: usize = size_of::<u64>() + NAMED * (size_of::<u16>() + 1);

/// A network in training is less sure than it is right; this is about what calibration finds.
const OWN_TEMPERATURE: f32 = 0.75;

/// The share of the teacher in what is learnt of a text that has a code of its own.
const BESIDE_A_CODE: f32 = 0.5;
/// How much a text counts of which only the teacher's opinion is known.
const UNCODED_WEIGHT: f32 = 0.6;

/// The teacher's opinions for one topic, by the hash of the normalised text.
pub struct Opinions(HashMap<u64, Vec<Share>>);

impl Opinions {
    /// Reads a topic's file: for each text, the hash of [`hash`] as a 64-bit little-endian number,
    /// and then five occupations, each as its 16-bit place in the label table and its share in
    /// 255ths. What is left of the share is the other occupations'.
    pub fn read(folder: &Path, topic: Topic, occupations: usize) -> anyhow::Result<Self> {
        let path = folder.join(format!("{}.bin", topic.name()));
        let bytes =
            std::fs::read(&path).with_context(|| format!("cannot read `{}`", path.display()))?;
        let (opinions, rest) = bytes.as_chunks::<OPINION>();
        ensure!(rest.is_empty(), "`{}` ends within an opinion", path.display());
        let mut all = HashMap::with_capacity(opinions.len());
        for opinion in opinions {
            let (text, named) = opinion.split_at(size_of::<u64>());
            let (named, _) = named.as_chunks::<3>();
            let shares: Vec<Share> = named
                .iter()
                .map(|&[low, high, share]| {
                    (usize::from(u16::from_le_bytes([low, high])), f32::from(share) / 255.0)
                })
                .filter(|&(_, share)| share > 0.0)
                .collect();
            let is_known = shares.iter().all(|&(occupation, _)| occupation < occupations);
            ensure!(is_known, "`{}` is of another label table", path.display());
            let mut number = [0; 8];
            number.copy_from_slice(text);
            all.insert(u64::from_le_bytes(number), shares);
        }
        Ok(Self(all))
    }

    /// Averages the opinions with what a network of our own says of the texts: the two know
    /// different things, and are right more often together than each by itself.
    pub fn average_with(
        &mut self,
        network: &TrainedNetwork,
        vocabulary: &Vocabulary,
        texts: &[Text],
    ) {
        let of_chunk = |chunk: &[Text]| -> Vec<(u64, Vec<Share>)> {
            let rows: Vec<Rows> =
                chunk.iter().map(|(title, tasks)| vocabulary.rows_of(title, tasks)).collect();
            let logits = network.logits(&rows);
            let named = logits.rows().into_iter().map(|logits| likeliest(&logits.to_vec()));
            chunk.iter().map(|(title, tasks)| hash(title, tasks)).zip(named).collect()
        };
        let own: Vec<_> = texts.par_chunks(256).flat_map_iter(of_chunk).collect();
        for (text, own) in own {
            if let Some(opinion) = self.0.get_mut(&text) {
                mix(opinion, &own, 0.5);
            }
        }
    }

    fn of(&self, title: &str, tasks: &str) -> Option<&Vec<Share>> {
        self.0.get(&hash(title, tasks))
    }
}

/// The first half of the SHA-256 of a text as the featuriser sees it, by which opinions are kept.
pub fn hash(title: &str, tasks: &str) -> u64 {
    u64::from_str_radix(&digest(key(title, tasks).as_bytes())[..16], 16).unwrap_or_default()
}

impl Examples {
    /// Mixes the teacher's opinions into the examples' targets, and adds the texts of which there
    /// is nothing but an opinion.
    pub fn add_opinions(&mut self, opinions: &Opinions, texts: Vec<Text>) {
        for example in self.train.iter_mut().filter(|example| !example.is_official) {
            let Some(opinion) = opinions.of(&example.title, &example.tasks) else { continue };
            mix(&mut example.targets, opinion, BESIDE_A_CODE);
        }
        let opined = texts.into_iter().filter_map(|(title, tasks)| {
            let targets = opinions.of(&title, &tasks)?.clone();
            Some(Example {
                title,
                tasks,
                targets,
                occupation: None,
                is_official: false,
                weight: UNCODED_WEIGHT,
            })
        });
        self.add_unknown(opined.collect());
    }
}

/// The likeliest occupations with their probabilities.
fn likeliest(logits: &[f32]) -> Vec<Share> {
    let probabilities = calibrated(logits, OWN_TEMPERATURE, 0.0);
    let mut shares: Vec<Share> = probabilities.into_iter().enumerate().collect();
    shares.select_nth_unstable_by(NAMED, |a, b| b.1.total_cmp(&a.1));
    shares.truncate(NAMED);
    shares
}

/// Gives the opinion a share of the targets.
fn mix(targets: &mut Vec<Share>, opinion: &[Share], share: f32) {
    for (_, part) in &mut *targets {
        *part *= 1.0 - share;
    }
    for &(occupation, part) in opinion {
        match targets.iter_mut().find(|(known, _)| *known == occupation) {
            Some((_, own)) => *own += share * part,
            None => targets.push((occupation, share * part)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_opinion_is_mixed_into_what_is_known() {
        let mut targets = vec![(3, 1.0)];
        mix(&mut targets, &[(7, 0.5), (3, 0.25)], 0.5);
        assert_eq!(targets, [(3, 0.625), (7, 0.25)]);
    }

    #[test]
    fn an_opinion_is_found_however_a_text_is_written() {
        assert_eq!(hash("Brick-layers", ""), hash("brick layer", " "));
        assert_ne!(hash("brick", "layer"), hash("brick layer", ""));
    }

    #[test]
    fn what_is_no_file_of_opinions_is_refused() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("osca.bin");
        let read = || Opinions::read(folder.path(), Topic::Osca, 3);
        std::fs::write(&file, [0; OPINION + 1])?;
        assert!(read().is_err());
        let mut opinion = hash("nurse", "").to_le_bytes().to_vec();
        opinion.extend([2, 0, 255].iter().chain(&[0; 12]));
        std::fs::write(&file, &opinion)?;
        assert_eq!(read()?.of("Nurses", ""), Some(&vec![(2, 1.0)]));
        opinion[8] = 3;
        std::fs::write(&file, &opinion)?;
        assert!(read().is_err());
        Ok(())
    }
}
