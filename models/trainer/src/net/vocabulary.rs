//! Chooses the features that get a row of the table.

use std::collections::{HashMap, HashSet};

use classifier::{Hashes, for_each_feature};

use super::Settings;
use crate::examples::Example;

/// The features that enough examples have, the commonest first if there are too many.
pub fn features_of(examples: &[Example], settings: &Settings) -> Hashes {
    let mut counts: HashMap<u32, u32> = HashMap::new();
    let mut features = HashSet::new();
    for example in examples {
        features.clear();
        for text in [&example.title, &example.tasks] {
            for_each_feature(text, |_, feature| {
                features.insert(feature);
            });
        }
        for &feature in &features {
            *counts.entry(feature).or_default() += 1;
        }
    }
    let mut kept: Vec<(u32, u32)> =
        counts.into_iter().filter(|&(_, count)| count >= settings.least_count).collect();
    // By count and then by hash, so that the choice does not hang on the order of a hash map.
    kept.sort_unstable_by_key(|&(feature, count)| (std::cmp::Reverse(count), feature));
    kept.truncate(settings.most_features);
    Hashes::new(kept.into_iter().map(|(feature, _)| feature).collect())
}
