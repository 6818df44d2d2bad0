//! Gathers what a topic's model learns from.

use std::collections::HashSet;
use std::path::Path;

use anyhow::Context;
use classifier::Input;
use domain::{Classification, Code};

use crate::corpus::Record;
use crate::data::DataFolder;
use crate::records::{self, Coded};
use crate::split::{Part, Split, key};
use crate::titles;
use crate::topic::Topic;

/// How much a title of the label table counts: the service must know all of them.
const OFFICIAL_WEIGHT: f32 = 2.0;

/// The place of an occupation in the label table, with its share of a text.
pub type Share = (usize, f32);

/// A text with the occupations that it stands for.
#[derive(Debug, Clone)]
pub struct Example {
    pub title: String,
    pub tasks: String,
    /// What it is to be taken for, likeliest first. The shares sum to 1, or to less where a teacher
    /// leaves a rest.
    pub targets: Vec<Share>,
    /// The occupation that its code names; `None` if it has no code or several.
    pub occupation: Option<usize>,
    /// Whether it is a title of the label table, of which there are no two opinions.
    pub is_official: bool,
    /// How much it counts in training; a record of the corpus counts 1.
    pub weight: f32,
}

impl Example {
    /// The texts, as the classifier takes them.
    pub fn input(&self) -> Input<'_> {
        Input { title: &self.title, tasks: &self.tasks }
    }
}

/// The examples of one topic, by part.
#[derive(Debug, Default)]
pub struct Examples {
    pub train: Vec<Example>,
    pub calibrate: Vec<Example>,
    pub test: Vec<Example>,
    /// Titles of the foreign lists that nothing is fitted on: words that the corpus never saw.
    pub foreign: Vec<Example>,
}

impl Examples {
    /// Splits the corpus and adds the official titles of the label table.
    pub fn new(topic: Topic, corpus: &[Record], classification: &Classification) -> Self {
        let split = split_of(classification);
        let mut examples = Self::default();
        for record in corpus {
            let codes = match topic {
                Topic::Osca => std::slice::from_ref(&record.osca),
                Topic::Anzsco => &record.anzsco,
            };
            let Some(example) = example(&record.title, &record.tasks, codes, classification) else {
                continue;
            };
            match split.part(&record.title, &record.tasks) {
                Part::Train => examples.train.push(example),
                // Where the code is open there is nothing to compare an answer with.
                _ if codes.len() > 1 => {}
                Part::Calibrate => examples.calibrate.push(example),
                Part::Test => examples.test.push(example),
            }
        }
        for group in classification.occupations() {
            let codes = std::slice::from_ref(&group.code);
            let official = example(&group.title, "", codes, classification);
            examples.train.extend(official.map(|official| Example {
                is_official: true,
                weight: OFFICIAL_WEIGHT,
                ..official
            }));
        }
        examples
    }

    /// Adds titles of the data folder.
    pub fn add_titles(
        &mut self,
        topic: Topic,
        data: &DataFolder,
        classification: &Classification,
    ) -> anyhow::Result<()> {
        let (mut known, mut foreign) = (Vec::new(), Vec::new());
        for title in titles::read(topic, data)? {
            let into = if title.is_held_out() { &mut foreign } else { &mut known };
            into.extend(title.example(classification));
        }
        // A title that an official index has as well is known, and with a code that is open between
        // several there is nothing to compare an answer with.
        let keys = keys(&known);
        foreign.retain(|example| {
            !keys.contains(&key(&example.title, ""))
                && example.targets.is_sorted_by(|a, b| a.1 > b.1)
        });
        self.foreign = foreign;
        self.add(known);
        Ok(())
    }

    /// Adds records of one's own: a CSV file with the columns `code,occp_text,tasks_text`.
    pub fn add_extra(
        &mut self,
        file: &Path,
        classification: &Classification,
    ) -> anyhow::Result<()> {
        let records = records::read(file)?;
        let mut extra = Vec::with_capacity(records.len());
        for Coded { line, code, title, tasks } in records {
            let codes = std::slice::from_ref(&code);
            let example = example(&title, &tasks, codes, classification);
            extra.push(example.with_context(|| {
                format!(
                    "in line {line} of `{}`: the topic has no occupation {code}",
                    file.display()
                )
            })?);
        }
        self.add(extra);
        Ok(())
    }

    /// Adds texts to train on, but for those that are held out.
    fn add(&mut self, mut further: Vec<Example>) {
        let held_out = keys(self.calibrate.iter().chain(&self.test).chain(&self.foreign));
        further.retain(|example| !held_out.contains(&key(&example.title, &example.tasks)));
        self.train.extend(further);
    }

    /// Adds texts to train on, but for those that are held out or known already.
    pub fn add_unknown(&mut self, mut further: Vec<Example>) {
        let known = keys(&self.train);
        further.retain(|example| !known.contains(&key(&example.title, &example.tasks)));
        self.add(further);
    }
}

fn keys<'a>(examples: impl IntoIterator<Item = &'a Example>) -> HashSet<String> {
    examples.into_iter().map(|example| key(&example.title, &example.tasks)).collect()
}

/// The split of a topic's corpus.
pub fn split_of(classification: &Classification) -> Split {
    Split::with_official(classification.occupations().iter().map(|group| group.title.as_str()))
}

/// An example that shares its weight evenly among the codes; `None` if the topic has none of them.
pub fn example(
    title: &str,
    tasks: &str,
    codes: &[Code],
    classification: &Classification,
) -> Option<Example> {
    let known: Vec<usize> =
        codes.iter().filter_map(|code| classification.occupation_index(code)).collect();
    #[expect(clippy::cast_precision_loss, reason = "a handful of codes")]
    let share = 1.0 / known.len().max(1) as f32;
    let occupation = if let [only] = known[..] { Some(only) } else { None };
    let targets: Vec<Share> = known.into_iter().map(|index| (index, share)).collect();
    (!targets.is_empty()).then(|| Example {
        title: title.to_owned(),
        tasks: tasks.to_owned(),
        targets,
        occupation,
        is_official: false,
        weight: 1.0,
    })
}
