//! The vocabulary: which features a model knows, and in which row of its table each one is.

use crate::features::for_each_feature;
use crate::network::Rows;

/// The features that a model knows, by hash. Features outside it are ignored.
///
/// Row 0 of the embedding table belongs to no feature: it is zero, and fills up short texts.
#[derive(Debug, Clone)]
pub struct Vocabulary {
    /// In ascending order; the feature at place `i` has row `i + 1`.
    hashes: Vec<u32>,
    /// For each value of a hash's upper 16 bits, where such hashes begin. The search for a feature
    /// then looks at a handful of neighbours, and loading costs a single pass.
    starts: Vec<u32>,
}

const BUCKETS: usize = 1 << 16;

impl Vocabulary {
    /// Makes a vocabulary of these features, in any order.
    #[must_use]
    pub fn new(mut hashes: Vec<u32>) -> Self {
        hashes.sort_unstable();
        hashes.dedup();
        let mut starts = vec![0; BUCKETS + 1];
        for &hash in &hashes {
            starts[bucket(hash) + 1] += 1;
        }
        for place in 0..BUCKETS {
            starts[place + 1] += starts[place];
        }
        Self { hashes, starts }
    }

    /// Reads a vocabulary file: hashes as 32-bit little-endian numbers.
    /// `None` if the bytes are not a whole number of hashes.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (hashes, rest) = bytes.as_chunks::<4>();
        rest.is_empty().then(|| Self::new(hashes.iter().copied().map(u32::from_le_bytes).collect()))
    }

    /// The content of the vocabulary file.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.hashes.iter().flat_map(|hash| hash.to_le_bytes()).collect()
    }

    /// The number of rows of the embedding table: one for each feature, and the empty one.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.hashes.len() + 1
    }

    /// The row of a feature, if the model knows it.
    #[must_use]
    pub fn row(&self, hash: u32) -> Option<u32> {
        let start = self.starts[bucket(hash)];
        let end = self.starts[bucket(hash) + 1];
        let place = self.hashes[start as usize..end as usize].iter().position(|&h| h == hash)?;
        u32::try_from(start as usize + place + 1).ok()
    }

    /// The rows of a record's known features, repetitions included.
    #[must_use]
    pub fn rows_of(&self, title: &str, tasks: &str) -> Rows {
        let mut rows = Rows::default();
        let Rows { title: title_rows, tasks: tasks_rows, unknown } = &mut rows;
        for (text, known) in [(title, title_rows), (tasks, tasks_rows)] {
            for_each_feature(text, |hash| match self.row(hash) {
                Some(row) => known.push(row),
                None => *unknown += 1,
            });
        }
        rows
    }
}

fn bucket(hash: u32) -> usize {
    (hash >> 16) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_feature_has_its_own_row_and_no_other_has_one(
            known in prop::collection::btree_set(any::<u32>(), 0..500),
            other in any::<u32>(),
        ) {
            let bytes = Vocabulary::new(known.iter().rev().copied().collect()).to_bytes();
            let vocabulary = Vocabulary::from_bytes(&bytes).expect("written by ourselves");
            for (place, &hash) in (1..).zip(&known) {
                prop_assert_eq!(vocabulary.row(hash), Some(place));
            }
            prop_assert_eq!(vocabulary.row(other).is_some(), known.contains(&other));
        }
    }
}
