//! Gives records with an OSCA code their ANZSCO code.

use std::collections::{HashMap, HashSet};

use anyhow::Context;
use classifier::Words;
use domain::Code;

use crate::data::DataFolder;

/// How much better than the second the best candidate must fit to be taken alone.
const MARGIN: f32 = 0.1;
/// How much the words of descriptions and tasks count beside those of the index's titles.
const WEAK: f32 = 0.5;

/// The official links from OSCA to ANZSCO, and the words by which linked occupations differ.
pub struct Correspondence {
    candidates: HashMap<Code, Vec<Code>>,
    profiles: HashMap<Code, Profile>,
    /// In how many profiles a word stands, from which follows how much it tells.
    spread: HashMap<String, usize>,
}

/// The words of one ANZSCO occupation.
#[derive(Default)]
struct Profile {
    /// Those of each of its index titles.
    titles: Vec<HashSet<String>>,
    /// Those of everything that is said of it.
    words: HashSet<String>,
}

impl Correspondence {
    /// Reads the links, the title index and the descriptions.
    pub fn read(data: &DataFolder) -> anyhow::Result<Self> {
        let mut candidates: HashMap<Code, Vec<Code>> = HashMap::new();
        for link in data.links()? {
            candidates.entry(link.osca_code).or_default().push(link.anzsco_code);
        }
        let mut profiles: HashMap<Code, Profile> = HashMap::new();
        for row in data.anzsco_index()? {
            let title = words(&row.title);
            let profile = profiles.entry(row.code).or_default();
            profile.words.extend(title.iter().cloned());
            profile.titles.push(title);
        }
        for row in data.anzsco_descriptions()? {
            let profile = profiles.entry(row.code).or_default();
            for text in
                [row.occupation_description, row.unit_group_description, row.unit_group_tasks]
            {
                profile.words.extend(words(&text));
            }
        }
        let mut spread: HashMap<String, usize> = HashMap::new();
        for word in profiles.values().flat_map(|profile| &profile.words) {
            *spread.entry(word.clone()).or_default() += 1;
        }
        Ok(Self { candidates, profiles, spread })
    }

    /// The ANZSCO occupations of a record: the single link, the candidate that fits clearly best,
    /// or those that fit about equally well.
    pub fn anzsco(&self, osca: &Code, title: &str, tasks: &str) -> anyhow::Result<Vec<Code>> {
        let candidates = self
            .candidates
            .get(osca)
            .with_context(|| format!("OSCA {osca} has no link to ANZSCO"))?;
        let title = words(title);
        let all: HashSet<String> = title.iter().cloned().chain(words(tasks)).collect();
        let fits: Vec<f32> = candidates
            .iter()
            .map(|code| {
                self.profiles.get(code).map_or(0.0, |profile| self.fit(profile, &title, &all))
            })
            .collect();
        let best = fits.iter().copied().fold(0.0, f32::max);
        let near = candidates.iter().zip(&fits).filter(|&(_, fit)| best - fit < MARGIN);
        Ok(near.map(|(code, _)| code.clone()).collect())
    }

    /// How well the words of a record fit an occupation.
    fn fit(&self, profile: &Profile, title: &HashSet<String>, all: &HashSet<String>) -> f32 {
        let likeness = |other: &HashSet<String>| {
            let shared = self.weigh(title.intersection(other));
            shared / self.weigh(title.union(other)).max(f32::MIN_POSITIVE)
        };
        let best_title = profile.titles.iter().map(likeness).fold(0.0, f32::max);
        let known = self.weigh(all.intersection(&profile.words));
        best_title + WEAK * known / self.weigh(all.iter()).max(f32::MIN_POSITIVE)
    }

    /// The more occupations use a word, the less it counts.
    fn weigh<'a>(&self, words: impl Iterator<Item = &'a String>) -> f32 {
        #[expect(clippy::cast_precision_loss, reason = "about a thousand occupations")]
        let weight = |word: &String| {
            let spread = self.spread.get(word).copied().unwrap_or(0);
            ((self.profiles.len() + 1) as f32 / (spread + 1) as f32).ln()
        };
        words.map(weight).sum()
    }
}

fn words(text: &str) -> HashSet<String> {
    Words::of(text).iter().map(str::to_owned).collect()
}
