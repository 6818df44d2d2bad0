//! The vocabulary: what a model knows, and in which row of its tables each of it is.

use crate::features::{Feature, for_each_feature};
use crate::network::Rows;

/// What a model knows: features, which it has learnt, and words, whose meaning it was given.
/// What is in neither is ignored.
#[derive(Debug, Clone)]
pub struct Vocabulary {
    /// Features of every kind.
    pub features: Hashes,
    /// Words, by their hashes as features; none in a model without vectors of words.
    pub words: Hashes,
}

/// A set of hashes, each of which has a row of a table.
///
/// Row 0 belongs to none of them: it is zero.
#[derive(Debug, Clone)]
pub struct Hashes {
    /// In ascending order; the hash at place `i` has row `i + 1`.
    hashes: Vec<u32>,
    /// For each value of a hash's upper 16 bits, where such hashes begin. The search for a hash
    /// then looks at a handful of neighbours, and loading costs a single pass.
    starts: Vec<u32>,
}

const BUCKETS: usize = 1 << 16;

impl Vocabulary {
    /// The rows of a record's known features and words, repetitions included.
    #[must_use]
    pub fn rows_of(&self, title: &str, tasks: &str) -> Rows {
        let mut rows = Rows::default();
        let Rows { title: title_rows, tasks: tasks_rows, title_words, tasks_words, unknown } =
            &mut rows;
        for (text, known, words) in
            [(title, title_rows, title_words), (tasks, tasks_rows, tasks_words)]
        {
            for_each_feature(text, |kind, hash| {
                match self.features.row(hash) {
                    Some(row) => known.push(row),
                    None => *unknown += 1,
                }
                if kind == Feature::Word {
                    words.extend(self.words.row(hash));
                }
            });
        }
        rows
    }
}

impl Hashes {
    /// Makes a set of these hashes, in any order.
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

    /// Reads a file of hashes, each a 32-bit little-endian number.
    /// `None` if the bytes are not a whole number of hashes.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (hashes, rest) = bytes.as_chunks::<4>();
        rest.is_empty().then(|| Self::new(hashes.iter().copied().map(u32::from_le_bytes).collect()))
    }

    /// The content of the file.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.hashes.iter().flat_map(|hash| hash.to_le_bytes()).collect()
    }

    /// The number of rows of the table: one for each hash, and the empty one.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.hashes.len() + 1
    }

    /// The row of a hash, if the model knows it.
    #[must_use]
    pub fn row(&self, hash: u32) -> Option<u32> {
        let start = self.starts[bucket(hash)];
        let end = self.starts[bucket(hash) + 1];
        let place = self.hashes[start as usize..end as usize].iter().position(|&h| h == hash)?;
        u32::try_from(start as usize + place + 1).ok()
    }
}

fn bucket(hash: u32) -> usize {
    (hash >> 16) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::hash_of_word;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_hash_has_its_own_row_and_no_other_has_one(
            known in prop::collection::btree_set(any::<u32>(), 0..500),
            other in any::<u32>(),
        ) {
            let bytes = Hashes::new(known.iter().rev().copied().collect()).to_bytes();
            let hashes = Hashes::from_bytes(&bytes).expect("written by ourselves");
            for (place, &hash) in (1..).zip(&known) {
                prop_assert_eq!(hashes.row(hash), Some(place));
            }
            prop_assert_eq!(hashes.row(other).is_some(), known.contains(&other));
        }
    }

    #[test]
    fn words_are_found_by_themselves_and_as_parts_of_a_compound() {
        let words = Hashes::new(["brick", "layer", "bricklayer"].map(hash_of_word).to_vec());
        let vocabulary = Vocabulary { features: Hashes::new(Vec::new()), words };
        let rows = vocabulary.rows_of("Brick-layers", "bricklayer");
        assert_eq!((rows.title_words.len(), rows.tasks_words.len()), (3, 1));
        assert!(rows.title.is_empty() && rows.unknown > 0);
    }
}
