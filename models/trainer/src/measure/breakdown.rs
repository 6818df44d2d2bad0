//! Where the answers go wrong.

use std::collections::BTreeMap;

use domain::{Classification, Level};
use serde::{Deserialize, Serialize};

use super::{Outcome, share};

/// Two occupations that are taken for one another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Confusion {
    pub truth: String,
    pub truth_title: String,
    pub answer: String,
    pub answer_title: String,
    pub records: usize,
}

/// How right the best occupation is within a major group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MajorGroup {
    pub code: String,
    pub title: String,
    pub records: usize,
    pub occupation_right: f64,
}

/// The commonest confusions, most records first.
pub fn confusions(
    outcomes: &[Outcome],
    classification: &Classification,
    most: usize,
) -> Vec<Confusion> {
    let occupations = classification.occupations();
    let mut counts: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    for outcome in outcomes {
        if let (Some(truth), Some(answer)) = (outcome.occupation, outcome.levels[0])
            && !answer.is_right
        {
            *counts.entry((truth, answer.answer)).or_default() += 1;
        }
    }
    let mut pairs: Vec<_> = counts.into_iter().collect();
    pairs.sort_by_key(|&(pair, records)| (std::cmp::Reverse(records), pair));
    pairs.truncate(most);
    let name =
        |place: usize| (occupations[place].code.to_string(), occupations[place].title.clone());
    pairs
        .into_iter()
        .map(|((truth, answer), records)| {
            let ((truth, truth_title), (answer, answer_title)) = (name(truth), name(answer));
            Confusion { truth, truth_title, answer, answer_title, records }
        })
        .collect()
}

/// The figures by the true major group.
pub fn by_major_group(outcomes: &[Outcome], classification: &Classification) -> Vec<MajorGroup> {
    let groups_of = classification.groups_of_occupations(Level::Major);
    let mut right: BTreeMap<usize, Vec<bool>> = BTreeMap::new();
    for outcome in outcomes {
        if let (Some(truth), Some(rank)) = (outcome.occupation, outcome.rank) {
            right.entry(groups_of[truth]).or_default().push(rank == 0);
        }
    }
    let groups = classification.groups(Level::Major);
    right
        .into_iter()
        .map(|(group, right)| MajorGroup {
            code: groups[group].code.to_string(),
            title: groups[group].title.clone(),
            records: right.len(),
            occupation_right: share(right.into_iter()),
        })
        .collect()
}
