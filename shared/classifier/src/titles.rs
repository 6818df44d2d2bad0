//! How like the official titles a text is.

use std::collections::{BTreeSet, HashMap};

use domain::{Classification, Code, Explanation, NearTitle};

use crate::classifier::Input;
use crate::features::for_each_feature;

/// Below this, two texts hardly share more than a few letters.
const LEAST_LIKENESS: f32 = 0.25;

/// The titles of a classification's occupations, by the features that stand in them.
///
/// The likeness of two texts is the cosine of their sets of features, each weighted by its rarity
/// among the titles (Spärck Jones 1972, *A Statistical Interpretation of Term Specificity*): the
/// logarithm of one more than the number of titles over one more than the number that have it.
#[derive(Debug)]
pub(crate) struct TitleIndex {
    features: HashMap<u32, Entry>,
    /// For each title, in the order of the occupations, the square root of its squared weights' sum.
    lengths: Vec<f32>,
}

#[derive(Debug, Default)]
struct Entry {
    weight: f32,
    /// The places of the titles that have the feature.
    titles: Vec<usize>,
}

impl TitleIndex {
    pub(crate) fn of(classification: &Classification) -> Self {
        let titles: Vec<BTreeSet<u32>> =
            classification.occupations().iter().map(|group| features(&group.title)).collect();
        let mut features: HashMap<u32, Entry> = HashMap::new();
        for (place, title) in titles.iter().enumerate() {
            for &feature in title {
                features.entry(feature).or_default().titles.push(place);
            }
        }
        for entry in features.values_mut() {
            entry.weight = rarity(titles.len(), entry.titles.len());
        }
        let mut index = Self { features, lengths: vec![0.0; titles.len()] };
        index.lengths = titles.iter().map(|title| index.length(title)).collect();
        index
    }

    /// How like the title or the tasks of a record, whichever is liker, each title is: from 0 to 1,
    /// in the order of the occupations.
    pub(crate) fn similarities(&self, record: &Input<'_>) -> Vec<f32> {
        let mut best = vec![0.0_f32; self.lengths.len()];
        for text in [record.title, record.tasks] {
            let text = features(text);
            let mut shared = vec![0.0_f32; self.lengths.len()];
            for entry in text.iter().filter_map(|feature| self.features.get(feature)) {
                for &title in &entry.titles {
                    shared[title] += entry.weight * entry.weight;
                }
            }
            let length = self.length(&text);
            for ((best, shared), own) in best.iter_mut().zip(shared).zip(&self.lengths) {
                let cosine = shared / (length * own).max(f32::MIN_POSITIVE);
                *best = best.max(cosine.min(1.0));
            }
        }
        best
    }

    /// The likest titles. The likest of those under the code is among them if it is like at all.
    pub(crate) fn nearest(
        &self,
        similarities: &[f32],
        code: &Code,
        classification: &Classification,
    ) -> Vec<NearTitle> {
        let likest_first =
            |&a: &usize, &b: &usize| similarities[b].total_cmp(&similarities[a]).then(a.cmp(&b));
        let under_code = classification.occupations_in(code).min_by(likest_first);
        let mut places: Vec<usize> = (0..self.lengths.len())
            .filter(|&place| similarities[place] >= LEAST_LIKENESS && Some(place) != under_code)
            .collect();
        let others = Explanation::MOST_TITLES - usize::from(under_code.is_some());
        if places.len() > others {
            places.select_nth_unstable_by(others, likest_first);
            places.truncate(others);
        }
        places.extend(under_code.filter(|&place| similarities[place] > 0.0));
        places.sort_by(likest_first);
        let occupations = classification.occupations();
        let near = places.into_iter().map(|place| NearTitle {
            code: occupations[place].code.clone(),
            title: occupations[place].title.clone(),
            similarity: (f64::from(similarities[place]) * 10_000.0).round() / 10_000.0,
        });
        near.filter(|near| near.similarity > 0.0).collect()
    }

    fn length(&self, features: &BTreeSet<u32>) -> f32 {
        let unseen = rarity(self.lengths.len(), 0);
        let weight = |feature| self.features.get(feature).map_or(unseen, |entry| entry.weight);
        features.iter().map(|feature| weight(feature).powi(2)).sum::<f32>().sqrt()
    }
}

#[expect(clippy::cast_precision_loss, reason = "about a thousand titles")]
fn rarity(titles: usize, having: usize) -> f32 {
    ((titles + 1) as f32 / (having + 1) as f32).ln()
}

fn features(text: &str) -> BTreeSet<u32> {
    let mut features = BTreeSet::new();
    for_each_feature(text, |_, feature| {
        features.insert(feature);
    });
    features
}

#[cfg(test)]
mod tests {
    use domain::Group;

    use super::*;

    fn nearest(title: &str, tasks: &str, code: &str) -> Vec<(String, f64)> {
        let groups = [
            ("3", "Trades"),
            ("37", "Building"),
            ("371", "Building"),
            ("3711", "Bricklayers and Stonemasons"),
            ("371111", "Bricklayer"),
            ("371112", "Stonemason"),
            ("371113", "Brick Cleaner"),
            ("371114", "Window Cleaner"),
        ];
        let group = |(code, title): (&str, &str)| Group {
            code: code.parse().unwrap(),
            title: title.to_owned(),
        };
        let classification = Classification::new(groups.map(group).to_vec()).unwrap();
        let index = TitleIndex::of(&classification);
        let similarities = index.similarities(&Input { title, tasks });
        index
            .nearest(&similarities, &code.parse().unwrap(), &classification)
            .into_iter()
            .map(|near| (near.title, near.similarity))
            .collect()
    }

    #[test]
    fn a_title_itself_is_the_nearest_whatever_else_is_said() {
        for (title, tasks) in
            [("BRICKLAYERS!", ""), ("I am a", "bricklayer"), ("Bricklayer", "walls")]
        {
            let near = nearest(title, tasks, "3711");
            assert_eq!(near[0], ("Bricklayer".to_owned(), 1.0), "{title}, {tasks}");
            assert!(near.is_sorted_by(|a, b| a.1 >= b.1), "{near:?}");
        }
    }

    #[test]
    fn the_title_of_the_code_is_among_the_nearest_if_it_is_like_at_all() {
        let near = nearest("window cleaner", "brick cleaner, stones", "371112");
        assert_eq!(near.len(), 3);
        assert_eq!(near[2].0, "Stonemason", "{near:?}");
        assert!(nearest("zqxv", "", "371112").is_empty());
    }
}
