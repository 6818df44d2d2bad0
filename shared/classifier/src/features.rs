//! Features of a text, as hashes: what the network knows a text by.

use crate::text::Words;

/// The multiplier of the 64-bit FNV-1a hash. The hash is written out here because it is part of the
/// model's file format: no library may change it.
const PRIME: u64 = 0x0000_0100_0000_01b3;
const BASIS: u64 = 0xcbf2_9ce4_8422_2325;

/// Marks where a word begins and ends, within character n-grams. Never part of a normalised word.
const BEGIN: u8 = b'<';
const END: u8 = b'>';

/// Lengths of the character n-grams, in bytes, with the marks counted.
const GRAM_LENGTHS: std::ops::RangeInclusive<usize> = 3..=5;

/// Texts are cut after so many words, which bounds the work that one record can cause.
/// The longest texts that the service takes have about 100.
const MOST_WORDS: usize = 160;

/// The version of the features. A model names the one it was trained with; it changes whenever
/// any text would get other features than before.
pub(crate) const FEATURES_VERSION: u32 = 1;

/// What a feature is made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Feature {
    /// A word, or two neighbouring words as if they were one.
    Word = 1,
    /// Two neighbouring words, in alphabetical order.
    Pair = 2,
    /// A piece of a word.
    Gram = 3,
}

/// Calls `emit` with the kind and the hash of every feature of a text, in order, repetitions
/// included: the words, the pairs of neighbouring words, and the character 3- to 5-grams inside
/// the words.
///
/// A pair counts twice: once as if it were one word, so that `brick layer` and `bricklayer` meet,
/// and once in alphabetical order, so that `pastry chef` and `chef, pastry` meet.
pub fn for_each_feature(text: &str, mut emit: impl FnMut(Feature, u32)) {
    let words = Words::of(text);
    let mut marked = Vec::new();
    let mut grams = Vec::new();
    let mut before: Option<&str> = None;
    for word in words.iter().take(MOST_WORDS) {
        emit(Feature::Word, hash(Feature::Word, &[word.as_bytes()]));
        if let Some(before) = before {
            emit(Feature::Word, hash(Feature::Word, &[before.as_bytes(), word.as_bytes()]));
            let (first, second) = if before <= word { (before, word) } else { (word, before) };
            emit(Feature::Pair, hash(Feature::Pair, &[first.as_bytes(), b" ", second.as_bytes()]));
        }
        before = Some(word);

        marked.clear();
        marked.push(BEGIN);
        marked.extend_from_slice(word.as_bytes());
        marked.push(END);
        grams.clear();
        grams.resize(marked.len(), begin(Feature::Gram));
        for length in 1..=*GRAM_LENGTHS.end() {
            // Each gram goes on from the one that is a byte shorter and begins at the same place.
            let ends = marked.get(length - 1..).unwrap_or_default();
            for (gram, &byte) in grams.iter_mut().zip(ends) {
                *gram = hash_on(*gram, byte);
            }
            if GRAM_LENGTHS.contains(&length) {
                grams[..ends.len()].iter().for_each(|&gram| emit(Feature::Gram, end(gram)));
            }
        }
    }
}

/// The hash of a normalised word, as [`for_each_feature`] gives it.
#[must_use]
pub fn hash_of_word(word: &str) -> u32 {
    hash(Feature::Word, &[word.as_bytes()])
}

fn hash(kind: Feature, parts: &[&[u8]]) -> u32 {
    let bytes = parts.iter().flat_map(|part| part.iter());
    end(bytes.fold(begin(kind), |hash, &byte| hash_on(hash, byte)))
}

fn begin(kind: Feature) -> u64 {
    (BASIS ^ kind as u64).wrapping_mul(PRIME)
}

fn hash_on(hash: u64, byte: u8) -> u64 {
    (hash ^ u64::from(byte)).wrapping_mul(PRIME)
}

fn end(mut hash: u64) -> u32 {
    // FNV mixes poorly into its upper bits: fold the halves together after a last stir.
    hash ^= hash >> 29;
    hash = hash.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    u32::try_from(hash >> 32).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn features(text: &str) -> Vec<u32> {
        let mut features = Vec::new();
        for_each_feature(text, |_, feature| features.push(feature));
        features
    }

    /// The features are part of every released model: these numbers must never change
    /// without a new version of the features.
    #[test]
    fn features_are_pinned() {
        assert_eq!(FEATURES_VERSION, 1);
        assert_eq!(features("RN"), PINNED_RN);
        assert_eq!(features("a-b Bricklayers").len(), 1 + 1 + 2 + 3 + 27);
    }

    const PINNED_RN: [u32; 4] = [2_187_700_504, 379_316_500, 264_962_302, 1_889_845_864];

    #[test]
    fn a_compound_meets_its_parts_and_a_pair_its_reverse() {
        let compound = features("bricklayer");
        assert!(features("brick layer").contains(&compound[0]));
        let pair = features("pastry chef")[features("pastry").len() + 2];
        assert!(features("chef, pastry").contains(&pair));
    }

    #[test]
    fn endless_texts_are_cut() {
        assert_eq!(features(&"word ".repeat(100_000)), features(&"word ".repeat(MOST_WORDS)));
    }

    proptest! {
        #[test]
        fn any_text_has_features_unless_it_has_no_words(text in any::<String>()) {
            prop_assert_eq!(features(&text).is_empty(), Words::of(&text).is_empty());
        }
    }
}
