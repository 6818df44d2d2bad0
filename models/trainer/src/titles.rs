//! Titles of the data folder: official indexes, and foreign lists with their codes.

use std::collections::BTreeMap;

use classifier::digest;
use domain::{Classification, Code};

use crate::corpus::Correspondence;
use crate::data::DataFolder;
use crate::examples::{Example, Share};
use crate::topic::Topic;

/// How much a foreign title counts, by how sure its code is (3 sure, 2 likely, 1 not settled).
/// Below 1 throughout: they are British, American and European, and coded by their title alone.
const FOREIGN_WEIGHTS: [f32; 4] = [0.0, 0.15, 0.4, 0.7];
/// The share of the second choice, by how sure the code is.
const SECOND_SHARES: [f32; 4] = [0.5, 0.4, 0.25, 0.1];
/// How much a title of the topic's own index counts.
const OFFICIAL_WEIGHT: f32 = 1.0;
/// How much a title counts that is official in the other classification.
const LINKED_WEIGHT: f32 = 0.7;

/// A title with the codes that it stands for.
pub struct Title {
    text: String,
    /// How sure the language model was that coded it, if it is of a foreign list.
    sure: Option<u8>,
    shares: Vec<(Code, f32)>,
    weight: f32,
}

/// Reads all titles that a topic can learn from.
pub fn read(topic: Topic, data: &DataFolder) -> anyhow::Result<Vec<Title>> {
    match topic {
        Topic::Osca => osca(data),
        Topic::Anzsco => anzsco(data),
    }
}

fn osca(data: &DataFolder) -> anyhow::Result<Vec<Title>> {
    let mut titles = foreign(data)?;
    for row in data.osca_index()? {
        titles.push(Title::sure(row.title, row.code, OFFICIAL_WEIGHT));
    }
    for row in data.linked_titles()?.into_iter().filter(|row| row.in_osca_index == 0) {
        titles.extend(row.osca_code.map(|code| Title::sure(row.title, code, LINKED_WEIGHT)));
    }
    Ok(titles)
}

/// ANZSCO's own index, and OSCA's titles by way of the correspondence.
fn anzsco(data: &DataFolder) -> anyhow::Result<Vec<Title>> {
    let correspondence = Correspondence::read(data)?;
    let mut titles = foreign(data)?;
    for row in data.osca_index()? {
        titles.push(Title::sure(row.title, row.code, LINKED_WEIGHT));
    }
    for title in &mut titles {
        title.shares = to_anzsco(title, &correspondence)?;
    }
    for row in data.anzsco_index()? {
        titles.push(Title::sure(row.title, row.code, OFFICIAL_WEIGHT));
    }
    Ok(titles)
}

fn to_anzsco(title: &Title, correspondence: &Correspondence) -> anyhow::Result<Vec<(Code, f32)>> {
    let mut shares: BTreeMap<Code, f32> = BTreeMap::new();
    for (osca, share) in &title.shares {
        let codes = correspondence.anzsco(osca, &title.text, "")?;
        #[expect(clippy::cast_precision_loss, reason = "a handful of codes")]
        let part = share / codes.len().max(1) as f32;
        for code in codes {
            *shares.entry(code).or_default() += part;
        }
    }
    Ok(shares.into_iter().collect())
}

fn foreign(data: &DataFolder) -> anyhow::Result<Vec<Title>> {
    let rows = data.coded_titles()?.into_iter();
    let titles = rows.map(|row| {
        let sure = usize::from(row.sure.min(3));
        let mut shares = vec![(row.code, 1.0)];
        if let Some(second) = row.alt {
            shares[0].1 -= SECOND_SHARES[sure];
            shares.push((second, SECOND_SHARES[sure]));
        }
        Title { text: row.title, sure: Some(row.sure), shares, weight: FOREIGN_WEIGHTS[sure] }
    });
    Ok(titles.collect())
}

impl Title {
    fn sure(text: String, code: Code, weight: f32) -> Self {
        Self { text, sure: None, shares: vec![(code, 1.0)], weight }
    }

    /// Whether the title is one that nothing is fitted on: a tenth, by a hash of the title, of the
    /// foreign titles that are coded well enough to be compared with.
    pub fn is_held_out(&self) -> bool {
        let hash = &digest(self.text.to_lowercase().as_bytes())[..8];
        let hash = u32::from_str_radix(hash, 16).unwrap_or_default();
        self.sure.is_some_and(|sure| sure >= 2) && hash % 100 < 10
    }

    /// The title as an example; `None` if the topic has none of its codes.
    pub fn example(self, classification: &Classification) -> Option<Example> {
        let place = |(code, share): &(Code, f32)| {
            classification.occupation_index(code).map(|place| (place, *share))
        };
        let mut targets: Vec<Share> = self.shares.iter().filter_map(place).collect();
        targets.sort_by(|(_, one), (_, other)| other.total_cmp(one));
        let known: f32 = targets.iter().map(|(_, share)| share).sum();
        for (_, share) in &mut targets {
            *share /= known;
        }
        (!targets.is_empty()).then(|| Example {
            title: self.text,
            tasks: String::new(),
            occupation: if let [(only, _)] = targets[..] { Some(only) } else { None },
            targets,
            is_official: false,
            weight: self.weight,
        })
    }
}
