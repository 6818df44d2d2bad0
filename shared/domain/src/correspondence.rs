//! The official correspondence of two classifications: which occupations of one share work with
//! which of the other.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::code::{Code, Level};

/// A correspondence as it stands in its file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    /// The topic of each link's first code.
    from: String,
    /// The topic of each link's second code.
    to: String,
    /// Pairs of occupations that share work. A link is partial exactly if its second occupation has
    /// others as well, so that the table need not say which ones are.
    links: Vec<(Code, Code)>,
}

/// A correspondence, to be asked in both directions.
#[derive(Debug, Clone)]
pub struct Correspondence {
    topics: [String; 2],
    /// For each topic, the occupations of the other one that each of its occupations is linked with.
    links: [BTreeMap<Code, BTreeSet<Code>>; 2],
}

/// The table is not a correspondence.
#[derive(Debug, thiserror::Error)]
pub enum CorrespondenceError {
    /// Not JSON of the expected shape.
    #[error("the correspondence is not of the expected shape")]
    Shape(#[from] serde_json::Error),
    /// A link of a group.
    #[error("the correspondence links {0}, which is no occupation")]
    Group(Code),
}

impl Correspondence {
    /// Reads a correspondence: `{"from": "osca", "to": "anzsco", "links": [["111131", "132111"], …]}`.
    pub fn from_json(json: &[u8]) -> Result<Self, CorrespondenceError> {
        let table: Table = serde_json::from_slice(json)?;
        let mut links: [BTreeMap<Code, BTreeSet<Code>>; 2] = Default::default();
        for (from, to) in table.links {
            for code in [&from, &to] {
                if code.level() != Level::Occupation {
                    return Err(CorrespondenceError::Group(code.clone()));
                }
            }
            links[0].entry(from.clone()).or_default().insert(to.clone());
            links[1].entry(to).or_default().insert(from);
        }
        Ok(Self { topics: [table.from, table.to], links })
    }

    /// Whether these are its two topics, in either order.
    #[must_use]
    pub fn joins(&self, one: &str, other: &str) -> bool {
        let [from, to] = &self.topics;
        (from == one && to == other) || (from == other && to == one)
    }

    /// The other topic's occupations that are linked with an occupation of `topic`, or with any
    /// beneath a group of it; in ascending order.
    #[must_use]
    pub fn linked(&self, topic: &str, code: &Code) -> BTreeSet<&Code> {
        let Some(side) = self.topics.iter().position(|name| name == topic) else {
            return BTreeSet::new();
        };
        self.links[side]
            .range(code..)
            .take_while(|(occupation, _)| occupation.lies_in(code))
            .flat_map(|(_, linked)| linked)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classification::Classification;

    const LAYER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/layer");

    fn shipped() -> Correspondence {
        let json = std::fs::read(format!("{LAYER}/correspondence.json")).unwrap();
        Correspondence::from_json(&json).unwrap()
    }

    fn classification(topic: &str) -> Classification {
        let json = std::fs::read(format!("{LAYER}/{topic}/labels.json")).unwrap();
        Classification::from_json(&json).unwrap()
    }

    fn linked(correspondence: &Correspondence, topic: &str, code: &str) -> Vec<String> {
        let linked = correspondence.linked(topic, &code.parse().unwrap());
        linked.into_iter().map(Code::to_string).collect()
    }

    #[test]
    fn every_occupation_of_both_topics_is_linked_and_no_other_code_is_named() {
        let correspondence = shipped();
        assert!(correspondence.joins("anzsco", "osca") && !correspondence.joins("osca", "osca"));
        for (topic, other) in [("osca", "anzsco"), ("anzsco", "osca")] {
            let (classification, others) = (classification(topic), classification(other));
            for occupation in classification.occupations() {
                let linked = correspondence.linked(topic, &occupation.code);
                assert!(!linked.is_empty(), "{topic} {} has no link", occupation.code);
                for code in linked {
                    assert!(others.occupation_index(code).is_some(), "{other} {code} is unknown");
                    assert!(correspondence.linked(other, code).contains(&occupation.code));
                }
            }
            assert_eq!(
                correspondence.links[usize::from(topic == "anzsco")].len(),
                classification.occupations().len()
            );
        }
    }

    #[test]
    fn a_group_is_linked_with_all_that_its_occupations_are_linked_with() {
        let read = |links: &str| {
            let json = format!(r#"{{"from": "a", "to": "b", "links": {links}}}"#);
            Correspondence::from_json(json.as_bytes())
        };
        let links = r#"[["111111", "222222"], ["111112", "222221"], ["112111", "222222"]]"#;
        let correspondence = read(links).unwrap();
        assert_eq!(linked(&correspondence, "a", "1111"), ["222221", "222222"]);
        assert_eq!(linked(&correspondence, "a", "112"), ["222222"]);
        assert_eq!(linked(&correspondence, "b", "222222"), ["111111", "112111"]);
        assert!(linked(&correspondence, "a", "3").is_empty());
        assert!(linked(&correspondence, "c", "1").is_empty());
        let group = read(r#"[["1111", "222222"]]"#);
        assert!(matches!(group, Err(CorrespondenceError::Group(_))));
    }
}
