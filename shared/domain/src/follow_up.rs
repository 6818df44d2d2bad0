//! The question that settles a code which the record's own words leave open.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::classification::Group;
use crate::code::{Code, Level};
use crate::coding::{CodeStatus, Scored, Suggestions};
use crate::scores::Scores;
use crate::wording::Wording;

/// A question about one record, with the answers to choose from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FollowUp {
    /// The question, in plain words.
    pub question: String,
    /// Two to five answers with different codes, the likeliest first.
    pub options: Vec<FollowUpOption>,
}

/// One answer to choose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FollowUpOption {
    /// The code that choosing it settles.
    pub code: Code,
    /// The code's official title.
    pub label: String,
    /// What tells it from the other options, in plain words.
    pub text: String,
}

/// The answer cannot be taken. The texts are for the caller.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// No code of the topic.
    #[error("is not a code of the topic")]
    Unknown,
    /// The record raises no question.
    #[error("answers a question that the record does not raise: its own words settle the code")]
    NoQuestion,
    /// The question offers other codes.
    #[error("is not among the codes that are offered: {}", listed(.0))]
    NotOffered(Vec<Code>),
}

/// The shares of what is possible that the options of a level must reach together for the question
/// to be put at that level. With less, too many people would find themselves in none of them.
const COVERED: f32 = 0.8;

impl FollowUp {
    /// The fewest options that are a choice.
    pub const FEWEST: usize = 2;
    /// The most options that a person is asked to read.
    pub const MOST: usize = 5;
}

impl Scored<'_> {
    /// The question that would settle the code, or `None` if an occupation is sure enough.
    ///
    /// It depends on the scores and the threshold alone: a record raises the same question by
    /// itself and in a batch. If a group is sure enough, the options lie beneath it.
    #[must_use]
    pub fn follow_up(&self) -> Option<FollowUp> {
        let coding = self.code_with_fallback(Suggestions::BATCH_DEFAULT);
        let sure = match coding.status {
            CodeStatus::Successful => coding.result.first().map(|best| &best.code_category),
            CodeStatus::Unsuccessful => None,
        };
        if sure.is_some_and(|code| code.level() == Level::Occupation) {
            return None;
        }
        let groups = self.options(sure);
        let Wording { question, texts } = Wording::of(&groups);
        let options = groups.iter().zip(texts).map(|(group, text)| FollowUpOption {
            code: group.code.clone(),
            label: group.title.clone(),
            text,
        });
        Some(FollowUp { question, options: options.collect() })
    }

    /// The scores once a person has chosen `answer`: only what lies in it is possible.
    ///
    /// An option that is a group may raise a further question, whose options are taken as well:
    /// the answer to it implies the answer to the first.
    pub fn answered(&self, answer: &Code) -> Result<Scores, AnswerError> {
        if self.classification.group(answer).is_none() {
            return Err(AnswerError::Unknown);
        }
        let options = self.follow_up().ok_or(AnswerError::NoQuestion)?.options;
        let codes: Vec<Code> = options.into_iter().map(|option| option.code).collect();
        let Some(chosen) = codes.iter().find(|code| answer.lies_in(code)) else {
            return Err(AnswerError::NotOffered(codes));
        };
        let scores = self.scores.given(self.classification.occupations_in(chosen));
        if chosen == answer {
            return Ok(scores);
        }
        let further = Scored { scores: &scores, ..*self }.answered(answer);
        further.map_err(|_| AnswerError::NotOffered(codes))
    }

    /// The fewest groups that cover enough of what is possible, at the finest level at which five
    /// can; at the broadest one that tells anything apart if none can.
    fn options(&self, within: Option<&Code>) -> Vec<&Group> {
        let scores = match within {
            Some(code) => Cow::Owned(self.scores.given(self.classification.occupations_in(code))),
            None => Cow::Borrowed(self.scores),
        };
        let mut options = Vec::new();
        for level in Level::FINEST_FIRST {
            let mut best = scores.best(level, FollowUp::MOST, self.classification);
            best.retain(|&(_, probability)| probability > 0.0);
            if best.len() < FollowUp::FEWEST {
                break;
            }
            let mut covered = 0.0;
            let enough = best.iter().take_while(|&&(_, probability)| {
                let is_short = covered < COVERED;
                covered += probability;
                is_short
            });
            best.truncate(enough.count().max(FollowUp::FEWEST));
            let groups = self.classification.groups(level);
            options = best.iter().map(|&(index, _)| &groups[index]).collect();
            if best.iter().map(|&(_, probability)| probability).sum::<f32>() >= COVERED {
                break;
            }
        }
        options
    }
}

fn listed(codes: &[Code]) -> String {
    codes.iter().map(Code::as_str).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::classification::Classification;

    fn code(digits: &str) -> Code {
        digits.parse().unwrap()
    }

    /// Three unit groups of four occupations in each of two major groups.
    fn classification() -> Classification {
        let mut codes = Vec::new();
        for major in ["1", "2"] {
            codes.extend(["", "1", "11"].map(|digits| format!("{major}{digits}")));
            for unit in 1..=3 {
                codes.push(format!("{major}11{unit}"));
                codes.extend((1..=4).map(|number| format!("{major}11{unit}1{number}")));
            }
        }
        let group =
            |digits: String| Group { code: code(&digits), title: format!("Title {digits}") };
        Classification::new(codes.into_iter().map(group).collect()).unwrap()
    }

    /// Scores of the named occupations; the others share what is left.
    fn scores(named: &[(&str, f32)], classification: &Classification) -> Scores {
        let left = 1.0 - named.iter().map(|(_, share)| share).sum::<f32>();
        #[expect(clippy::cast_precision_loss, reason = "two dozen")]
        let rest = left / (classification.occupations().len() - named.len()) as f32;
        let share = |group: &Group| {
            named.iter().find(|(digits, _)| *digits == group.code.as_str()).map_or(rest, |n| n.1)
        };
        Scores::new(classification.occupations().iter().map(share).collect())
    }

    fn offered(named: &[(&str, f32)]) -> Option<Vec<String>> {
        let classification = classification();
        let shares = scores(named, &classification);
        let scored = Scored { scores: &shares, classification: &classification, threshold: 0.7 };
        let options = scored.follow_up()?.options;
        Some(options.iter().map(|option| option.code.to_string()).collect())
    }

    #[test]
    fn the_options_are_the_fewest_that_cover_enough_at_the_finest_level() {
        assert_eq!(offered(&[("111111", 0.75)]), None);
        assert_eq!(offered(&[("111111", 0.6), ("211211", 0.3)]).unwrap(), ["111111", "211211"]);
        let three = [("111111", 0.4), ("211211", 0.3), ("111312", 0.2)];
        assert_eq!(offered(&three).unwrap(), ["111111", "211211", "111312"]);
        // 1111 is sure enough, and what lies beneath it is asked for.
        let coarse = [("111111", 0.45), ("111112", 0.4), ("211211", 0.1)];
        assert_eq!(offered(&coarse).unwrap(), ["111111", "111112"]);
        // Too even for five occupations.
        assert_eq!(offered(&[]).unwrap().len(), 5);
        assert!(offered(&[]).unwrap().iter().all(|code| code.len() == 4));
    }

    #[test]
    fn an_answer_to_a_further_question_is_taken_and_no_other() {
        let classification = classification();
        let shares = scores(&[], &classification);
        let scored = Scored { scores: &shares, classification: &classification, threshold: 0.7 };
        let first = scored.follow_up().unwrap().options.remove(0).code;
        let further = scored.answered(&first).unwrap();
        let further = Scored { scores: &further, ..scored };
        for option in further.follow_up().unwrap().options {
            assert!(option.code.lies_in(&first) && option.code != first);
            let settled = scored.answered(&option.code).unwrap();
            assert_eq!(further.answered(&option.code), Ok(settled));
        }
        assert_eq!(scored.answered(&code("9")), Err(AnswerError::Unknown));
        let not_offered = scored.answered(&code("1")).unwrap_err();
        assert_eq!(
            not_offered.to_string(),
            "is not among the codes that are offered: 1111, 1112, 1113, 2111, 2112"
        );
        let sure = Scores::new(vec![1.0; 1].into_iter().chain(vec![0.0; 23]).collect());
        let sure = Scored { scores: &sure, ..scored };
        assert_eq!(sure.answered(&code("111111")), Err(AnswerError::NoQuestion));
    }

    proptest! {
        #[test]
        fn any_option_sent_back_settles_the_code(
            logits in prop::collection::vec(0.0_f32..9.0, 24),
            threshold in 0.3_f32..0.99,
        ) {
            let classification = classification();
            let odds: Vec<f32> = logits.iter().map(|logit| logit.exp()).collect();
            let sum: f32 = odds.iter().sum();
            let scores = Scores::new(odds.iter().map(|odds| odds / sum).collect());
            let scored = Scored { scores: &scores, classification: &classification, threshold };
            let best = scored.code_with_fallback(Suggestions::BATCH_DEFAULT);
            let is_settled = best.status == CodeStatus::Successful
                && best.result[0].code_category.level() == Level::Occupation;
            let question = scored.follow_up();
            prop_assert_eq!(question.is_none(), is_settled);
            let options = question.map_or_else(Vec::new, |question| question.options);
            prop_assert!(is_settled || (FollowUp::FEWEST..=FollowUp::MOST).contains(&options.len()));
            for (place, option) in options.iter().enumerate() {
                prop_assert!(options[..place].iter().all(|other| other.code != option.code));
                let scores = scored.answered(&option.code).unwrap();
                let coding = Scored { scores: &scores, ..scored }
                    .code_with_fallback(Suggestions::SINGLE_DEFAULT);
                prop_assert_eq!(coding.status, CodeStatus::Successful);
                for candidate in coding.result {
                    prop_assert!(candidate.code_category.lies_in(&option.code));
                }
            }
        }
    }
}
