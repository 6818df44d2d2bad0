//! Texts for a teacher to give its opinion on: the corpus' texts as they are and recombined, and
//! titles and tasks of foreign lists. What the teacher says of them is what a network learns from
//! beside the codes; see `models/teacher`.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::Path;

use anyhow::Context;
use classifier::Words;
use domain::Code;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::corpus::Record;
use crate::data::DataFolder;
use crate::say::say;
use crate::split::{Part, Split, key};
use crate::teacher::hash;

/// A title and tasks.
pub type Text = (String, String);

/// As long as the two texts of a synchronous record may be together.
const LONGEST: usize = 100;
/// A word of the foreign lists gets a vector if it stands in so many of their texts.
const LEAST_COUNT: u32 = 1;

/// All texts, each once, none of which is held out.
pub fn texts(
    corpus: &[Record],
    split: &Split,
    data: Option<&DataFolder>,
) -> anyhow::Result<Vec<Text>> {
    let trained: Vec<&Record> = corpus
        .iter()
        .filter(|record| split.part(&record.title, &record.tasks) == Part::Train)
        .collect();
    let mut texts: Vec<Text> =
        trained.iter().map(|record| (record.title.clone(), record.tasks.clone())).collect();
    texts.extend(recombined(&trained));
    if let Some(data) = data {
        texts.extend(titles(data)?.into_iter().map(|title| (title, String::new())));
        texts.extend(tasks(data)?);
    }
    let mut seen = HashSet::new();
    texts.retain(|(title, tasks)| {
        let key = key(title, tasks);
        key.len() > 1 && split.part(title, tasks) == Part::Train && seen.insert(key)
    });
    Ok(texts)
}

/// Titles without their tasks, and with the tasks of another record of the same occupation.
fn recombined(records: &[&Record]) -> Vec<Text> {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let mut tasks: BTreeMap<&Code, Vec<&str>> = BTreeMap::new();
    for record in records.iter().filter(|record| !record.tasks.is_empty()) {
        tasks.entry(&record.osca).or_default().push(&record.tasks);
    }
    let mut texts = Vec::new();
    for record in records {
        if !record.tasks.is_empty() {
            texts.push((record.title.clone(), String::new()));
        }
        let other = tasks.get(&record.osca).and_then(|tasks| tasks.choose(&mut random));
        texts.extend(other.map(|&other| (record.title.clone(), other.to_owned())));
    }
    texts
}

/// The distinct titles of all lists.
fn titles(data: &DataFolder) -> anyhow::Result<BTreeSet<String>> {
    let mut titles = data.foreign_titles()?;
    titles.extend(data.osca_index()?.into_iter().map(|row| row.title));
    titles.extend(data.anzsco_index()?.into_iter().map(|row| row.title));
    titles.extend(data.coded_titles()?.into_iter().map(|row| row.title));
    titles.retain(|title| title.is_ascii() && title.len() <= LONGEST);
    Ok(titles)
}

/// Task statements, half of them with a title of their occupation.
fn tasks(data: &DataFolder) -> anyhow::Result<Vec<Text>> {
    let mut random = ChaCha8Rng::seed_from_u64(2);
    let statements = data.foreign_tasks()?.into_iter().filter(|(_, task)| task.is_ascii());
    Ok(statements
        .map(|(title, task)| {
            let title = if random.random_bool(0.5) { title } else { String::new() };
            let task = clipped(&task, LONGEST - title.len().min(LONGEST / 2));
            (title, task)
        })
        .collect())
}

/// The beginning of an ASCII text, to the end of a word.
fn clipped(text: &str, length: usize) -> String {
    let Some(start) = text.get(..length) else { return text.to_owned() };
    start.rsplit_once(' ').map_or(start, |(whole, _)| whole).to_owned()
}

/// Writes the texts as CSV and the words that deserve a vector, a line each.
pub fn write(
    corpus: &[Record],
    split: &Split,
    data: &DataFolder,
    folder: &Path,
) -> anyhow::Result<()> {
    let texts = texts(corpus, split, Some(data))?;
    std::fs::create_dir_all(folder)?;
    let path = folder.join("texts.csv");
    let mut writer = csv::Writer::from_path(&path)
        .with_context(|| format!("cannot write `{}`", path.display()))?;
    writer.write_record(["hash", "occp_text", "tasks_text"])?;
    for (title, tasks) in &texts {
        writer.write_record([&format!("{:016x}", hash(title, tasks)), title, tasks])?;
    }
    writer.flush()?;
    let words = words(&texts, data)?;
    std::fs::write(folder.join("words.txt"), words.join("\n") + "\n")?;
    say(&format!("{} texts and {} words in `{}`", texts.len(), words.len(), folder.display()));
    Ok(())
}

/// Normalised words of the texts and of longer descriptions, in alphabetical order.
fn words(texts: &[Text], data: &DataFolder) -> anyhow::Result<Vec<String>> {
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    let descriptions = data.descriptions()?;
    let all = texts.iter().flat_map(|(title, tasks)| [title, tasks]).chain(&descriptions);
    for text in all {
        for word in Words::of(text).iter() {
            *counts.entry(word.to_owned()).or_default() += 1;
        }
    }
    counts.retain(|word, count| {
        *count >= LEAST_COUNT && word.len() > 1 && word.bytes().all(|b| b.is_ascii_alphanumeric())
    });
    Ok(counts.into_keys().collect())
}
