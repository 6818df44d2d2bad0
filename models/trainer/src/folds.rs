//! How well official titles are coded by a model that has not seen them.

use std::collections::HashSet;
use std::path::Path;

use anyhow::Context;
use classifier::Vocabulary;
use domain::Classification;

use crate::corpus::Record;
use crate::data::DataFolder;
use crate::examples::{Example, Examples, example};
use crate::net::{Settings, WordVectors, features_of, share_right, train};
use crate::say::{print, say};
use crate::split::key;
use crate::topic::Topic;

/// Trains a model for each fold without the fold's titles, however else they stand in the training
/// text, and prints the share of them that it codes right.
///
/// The models have the vectors of words, and no opinions of the teacher, as it has read the titles.
pub fn measure(
    topic: Topic,
    corpus: &[Record],
    data: &DataFolder,
    teacher: &Path,
    layer: &Path,
    folds: usize,
    settings: &Settings,
) -> anyhow::Result<()> {
    let classification = topic.classification(layer)?;
    let words = WordVectors::read(teacher)?;
    let titles = official(topic, data, &classification)?;
    let mut examples = Examples::new(topic, corpus, &classification);
    examples.add_titles(topic, data, &classification)?;
    let (mut right, mut all) = (0.0, 0.0);
    for fold in 0..folds {
        let left_out: Vec<Example> = titles.iter().skip(fold).step_by(folds).cloned().collect();
        let keys: HashSet<String> = left_out.iter().map(|title| key(&title.title, "")).collect();
        let mut kept = examples.train.clone();
        kept.retain(|example| !keys.contains(&key(&example.title, "")));
        let vocabulary =
            Vocabulary { features: features_of(&kept, settings), words: words.hashes.clone() };
        let outputs = classification.occupations().len();
        let network = train(&kept, &left_out, &vocabulary, Some(words.clone()), outputs, settings)?;
        let share = share_right(&network, &left_out, &vocabulary);
        say(&format!("fold {}: {:.1} % of {} titles", fold + 1, 100.0 * share, left_out.len()));
        #[expect(clippy::cast_precision_loss, reason = "a count of titles")]
        let count = left_out.len() as f64;
        right += share * count;
        all += count;
    }
    print(&format!("official titles left out, right: {:.1} % of {all}", 100.0 * right / all));
    Ok(())
}

/// The titles of the topic's official index.
fn official(
    topic: Topic,
    data: &DataFolder,
    classification: &Classification,
) -> anyhow::Result<Vec<Example>> {
    let rows = match topic {
        Topic::Osca => data.osca_index()?,
        Topic::Anzsco => data.anzsco_index()?,
    };
    let examples = rows.iter().map(|row| {
        example(&row.title, "", std::slice::from_ref(&row.code), classification)
            .with_context(|| format!("the topic has no occupation {}", row.code))
    });
    examples.collect()
}
