//! From scores to an answer: thresholds, the fall-back up the hierarchy, suggestions.

use serde::{Deserialize, Serialize};

use crate::classification::Classification;
use crate::code::{Code, Level};
use crate::explanation::Explanation;
use crate::scores::Scores;

/// Whether a record could be coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CodeStatus {
    /// A code reached the model's threshold.
    Successful,
    /// None did.
    Unsuccessful,
}

/// One code that an answer gives or suggests.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Candidate {
    /// The code, unpadded.
    pub code_category: Code,
    /// Its official title.
    pub code_label: String,
    /// The calibrated probability that it is right, from 0 to 1, rounded to four places.
    pub code_confidence: f64,
    /// Why, where that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub explanation: Option<Box<Explanation>>,
}

/// How many candidates the caller wants: 1 to 16.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Suggestions(usize);

/// The number is out of range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("numberOfSuggestions must be a whole number from 1 to {}", Suggestions::MOST)]
pub struct SuggestionsError;

impl Suggestions {
    /// The most that can be asked for.
    pub const MOST: usize = 16;
    /// What a single record is answered with unless the caller says otherwise.
    pub const SINGLE_DEFAULT: Self = Self(5);
    /// What each record of a batch is answered with unless the caller says otherwise.
    pub const BATCH_DEFAULT: Self = Self(1);
    /// What an unsuccessful record of a batch is answered with.
    pub const UNSUCCESSFUL: Self = Self(3);

    /// Takes a number from 1 to 16.
    pub fn new(count: u64) -> Result<Self, SuggestionsError> {
        match usize::try_from(count) {
            Ok(count @ 1..=Self::MOST) => Ok(Self(count)),
            _ => Err(SuggestionsError),
        }
    }

    /// The number.
    #[must_use]
    pub const fn count(self) -> usize {
        self.0
    }
}

/// What the service says of one record.
#[derive(Debug, Clone, PartialEq)]
pub struct Coding {
    /// Whether a code reached the threshold.
    pub status: CodeStatus,
    /// The codes, best first.
    pub result: Vec<Candidate>,
}

/// A model's scores for one record together with what is needed to turn them into codes.
#[derive(Debug, Clone, Copy)]
pub struct Scored<'a> {
    /// The scores.
    pub scores: &'a Scores,
    /// The label table of the model's topic.
    pub classification: &'a Classification,
    /// The confidence, from 0 to 1, from which an answer counts as successful.
    pub threshold: f32,
}

impl Scored<'_> {
    /// The answer for a single record: the best occupations, if the best of them is sure enough.
    #[must_use]
    pub fn code_single(&self, suggestions: Suggestions) -> Coding {
        let candidates = self.candidates(Level::Occupation, suggestions);
        if self.is_sure(&candidates) {
            Coding { status: CodeStatus::Successful, result: candidates }
        } else {
            Coding { status: CodeStatus::Unsuccessful, result: Vec::new() }
        }
    }

    /// The answer for a record of a batch: the best category at the deepest level that is sure
    /// enough, or three suggestions if none is.
    #[must_use]
    pub fn code_with_fallback(&self, suggestions: Suggestions) -> Coding {
        for level in Level::FINEST_FIRST {
            let candidates = self.candidates(level, suggestions);
            if self.is_sure(&candidates) {
                return Coding { status: CodeStatus::Successful, result: candidates };
            }
        }
        let result = self.candidates(Level::Occupation, Suggestions::UNSUCCESSFUL);
        Coding { status: CodeStatus::Unsuccessful, result }
    }

    fn candidates(&self, level: Level, suggestions: Suggestions) -> Vec<Candidate> {
        let groups = self.classification.groups(level);
        self.scores
            .best(level, suggestions.count(), self.classification)
            .into_iter()
            // What is ruled out ([`Scores::given`]) is no candidate.
            .filter(|&(_, probability)| probability > 0.0)
            .map(|(index, probability)| Candidate {
                code_category: groups[index].code.clone(),
                code_label: groups[index].title.clone(),
                code_confidence: rounded(probability),
                explanation: None,
            })
            .collect()
    }

    /// Compares what the caller will see, so that an answer never contradicts its own confidence.
    fn is_sure(&self, candidates: &[Candidate]) -> bool {
        candidates.first().is_some_and(|best| best.code_confidence >= rounded(self.threshold))
    }
}

/// Four places, as the contract has it. Sums of many probabilities can pass 1 by a rounding error.
fn rounded(probability: f32) -> f64 {
    (f64::from(probability.clamp(0.0, 1.0)) * 10_000.0).round() / 10_000.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classification::Group;

    fn classification() -> Classification {
        let groups = [
            "1", "11", "111", "1111", "111111", "111112", "1112", "111211", "2", "21", "211",
            "2111", "211111",
        ]
        .map(|code| Group { code: code.parse().unwrap(), title: format!("title of {code}") });
        Classification::new(groups.to_vec()).unwrap()
    }

    fn answer(probabilities: [f32; 4], suggestions: u64) -> (Coding, Coding) {
        let scores = Scores::new(probabilities.to_vec());
        let classification = classification();
        let answer = Scored { scores: &scores, classification: &classification, threshold: 0.7 };
        let suggestions = Suggestions::new(suggestions).unwrap();
        (answer.code_single(suggestions), answer.code_with_fallback(suggestions))
    }

    fn codes(coding: &Coding) -> Vec<&str> {
        coding.result.iter().map(|candidate| candidate.code_category.as_str()).collect()
    }

    #[test]
    fn a_sure_occupation_is_given_as_it_is() {
        let (single, batch) = answer([0.1, 0.75, 0.1, 0.05], 2);
        assert_eq!(
            (single.status, codes(&single)),
            (CodeStatus::Successful, vec!["111112", "111111"])
        );
        assert_eq!(
            (batch.status, codes(&batch)),
            (CodeStatus::Successful, vec!["111112", "111111"])
        );
        assert!((single.result[0].code_confidence - 0.75).abs() < 1e-9);
    }

    #[test]
    fn an_unsure_one_falls_back_to_the_deepest_sure_group_in_a_batch_only() {
        let (single, batch) = answer([0.4, 0.35, 0.15, 0.1], 1);
        assert_eq!((single.status, codes(&single)), (CodeStatus::Unsuccessful, vec![]));
        assert_eq!((batch.status, codes(&batch)), (CodeStatus::Successful, vec!["1111"]));
        let (_, batch) = answer([0.3, 0.25, 0.3, 0.15], 2);
        assert_eq!((batch.status, codes(&batch)), (CodeStatus::Successful, vec!["111", "211"]));
    }

    #[test]
    fn without_any_sure_group_a_batch_gives_three_suggestions() {
        let (_, batch) = answer([0.25, 0.15, 0.1, 0.5], 1);
        assert_eq!(batch.status, CodeStatus::Unsuccessful);
        assert_eq!(codes(&batch), ["211111", "111111", "111112"]);
    }

    #[test]
    fn suggestions_are_1_to_16() {
        for good in [1, 16] {
            assert!(Suggestions::new(good).is_ok());
        }
        for bad in [0, 17, u64::MAX] {
            assert_eq!(Suggestions::new(bad), Err(SuggestionsError));
        }
    }
}
