//! The label table of a topic: every group of the hierarchy with its code, title and parent.

use std::collections::HashMap;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::code::{Code, Level};

/// One group of a classification, at any level.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// The group's code; its length tells the level.
    pub code: Code,
    /// The official title.
    pub title: String,
}

/// A whole classification: the groups of all five levels, each level in ascending order of code.
///
/// The occupations, numbered from 0 in that order, are the outputs of every model of the topic.
#[derive(Debug, Clone)]
pub struct Classification {
    levels: [Vec<Group>; 5],
    /// For each level, for each occupation, the index of the group that it lies in.
    groups_of_occupations: [Vec<usize>; 5],
    occupations: HashMap<Code, usize>,
}

/// The label table is not a whole hierarchy.
#[derive(Debug, thiserror::Error)]
pub enum LabelTableError {
    /// Not JSON of the expected shape.
    #[error("the label table is not an array of groups")]
    Shape(#[from] serde_json::Error),
    /// The same code twice.
    #[error("the label table lists {0} twice")]
    Twice(Code),
    /// A code whose parent is not in the table.
    #[error("the label table lists {0} and no group of level {1:?} that holds it")]
    Orphan(Code, Level),
    /// A table without a single occupation.
    #[error("the label table lists no occupation")]
    Empty,
}

impl Classification {
    /// Reads a label table: a JSON array of `{"code", "title"}`, in any order.
    pub fn from_json(json: &[u8]) -> Result<Self, LabelTableError> {
        Self::new(serde_json::from_slice(json)?)
    }

    /// Builds the hierarchy from its groups, in any order.
    pub fn new(mut groups: Vec<Group>) -> Result<Self, LabelTableError> {
        groups.sort_by(|a, b| a.code.cmp(&b.code));
        if let Some(pair) = groups.windows(2).find(|pair| pair[0].code == pair[1].code) {
            return Err(LabelTableError::Twice(pair[0].code.clone()));
        }
        let mut levels: [Vec<Group>; 5] = Default::default();
        for group in groups {
            levels[group.code.level() as usize].push(group);
        }
        let occupations = levels[Level::Occupation as usize]
            .iter()
            .enumerate()
            .map(|(index, group)| (group.code.clone(), index))
            .collect::<HashMap<_, _>>();
        if occupations.is_empty() {
            return Err(LabelTableError::Empty);
        }
        let mut groups_of_occupations: [Vec<usize>; 5] = Default::default();
        for level in Level::FINEST_FIRST {
            groups_of_occupations[level as usize] = parents(&levels, level)?;
        }
        Ok(Self { levels, groups_of_occupations, occupations })
    }

    /// The groups of a level, in ascending order of code.
    #[must_use]
    pub fn groups(&self, level: Level) -> &[Group] {
        &self.levels[level as usize]
    }

    /// The occupations (six digits), in ascending order of code: the order of a model's outputs.
    #[must_use]
    pub fn occupations(&self) -> &[Group] {
        self.groups(Level::Occupation)
    }

    /// The place of an occupation among [`Self::occupations`].
    #[must_use]
    pub fn occupation_index(&self, code: &Code) -> Option<usize> {
        self.occupations.get(code).copied()
    }

    /// The group of a code, at whatever level.
    #[must_use]
    pub fn group(&self, code: &Code) -> Option<&Group> {
        let groups = self.groups(code.level());
        let place = groups.binary_search_by(|group| group.code.cmp(code)).ok()?;
        groups.get(place)
    }

    /// The places among [`Self::occupations`] of those that lie in a group, or of the one that the
    /// code is of.
    #[must_use]
    pub fn occupations_in(&self, code: &Code) -> Range<usize> {
        let occupations = self.occupations();
        let start = occupations.partition_point(|group| group.code < *code);
        let count = occupations[start..].partition_point(|group| group.code.lies_in(code));
        start..start + count
    }

    /// For every occupation, in order, the index among [`Self::groups`] of the group of `level` it lies in.
    #[must_use]
    pub fn groups_of_occupations(&self, level: Level) -> &[usize] {
        &self.groups_of_occupations[level as usize]
    }
}

fn parents(levels: &[Vec<Group>; 5], level: Level) -> Result<Vec<usize>, LabelTableError> {
    let groups = &levels[level as usize];
    let mut parents = Vec::with_capacity(levels[Level::Occupation as usize].len());
    for occupation in &levels[Level::Occupation as usize] {
        let orphan = || LabelTableError::Orphan(occupation.code.clone(), level);
        let code = occupation.code.at(level).ok_or_else(orphan)?;
        let index = groups.binary_search_by(|group| group.code.cmp(&code)).map_err(|_| orphan())?;
        parents.push(index);
    }
    Ok(parents)
}
