//! Explanations: what of a record's texts spoke for a code, and which official titles are near.
//!
//! The weight of a word or phrase is found by erasure (Li, Monroe and Jurafsky 2016,
//! *Understanding Neural Networks through Representation Erasure*): the code's log-odds with all of
//! the record, less its log-odds with all of it but that word or phrase. Both are the deployed
//! model's own, calibration included, so that anyone can check a weight by sending the record
//! without the word. Nothing of the network's inside is used: any network is explained like this.

use std::ops::Range;

use domain::{Code, Explanation, Field, Record, Scores, Weighed};
use unicode_normalization::char::is_combining_mark;

use crate::classifier::{Classifier, Input};
use crate::error::ClassifyError;
use crate::models::LoadedModel;
use crate::text::Words;

/// What all explanations of one record's codes are read off.
#[derive(Debug)]
pub struct Reasons<'a> {
    model: &'a LoadedModel,
    erasures: Erasures,
    /// How like the record each occupation's title is.
    similarities: Vec<f32>,
}

impl LoadedModel {
    /// Finds out what spoke for and against any code of a record.
    pub fn reasons(&self, record: &Record) -> Result<Reasons<'_>, ClassifyError> {
        Ok(Reasons {
            model: self,
            erasures: Erasures::of(record, &self.classifier)?,
            similarities: self.titles().similarities(&record.into()),
        })
    }
}

impl Reasons<'_> {
    /// What spoke for and against a code of the model's topic, at whatever level.
    #[must_use]
    pub fn of(&self, code: &Code) -> Explanation {
        let classification = &self.model.classification;
        let weighed = self.erasures.weigh(|scores| scores.log_odds(code, classification));
        let (mut in_favour, mut against): (Vec<_>, Vec<_>) =
            weighed.into_iter().partition(|weighed| weighed.weight > 0.0);
        for side in [&mut in_favour, &mut against] {
            side.sort_by(|a, b| b.weight.abs().total_cmp(&a.weight.abs()));
            side.truncate(Explanation::MOST_WEIGHED);
        }
        let nearest_titles = self.model.titles().nearest(&self.similarities, code, classification);
        Explanation { in_favour, against, nearest_titles }
    }
}

/// The scores of a record with all of it, and with each word and phrase taken out.
#[derive(Debug)]
struct Erasures {
    whole: Scores,
    without: Vec<(Part, Scores)>,
}

/// A word, or a phrase of two neighbouring words.
#[derive(Debug)]
struct Part {
    /// As it was sent.
    text: String,
    field: Field,
    /// The texts, as the model reads them, without it.
    rest: [String; 2],
    /// For a phrase, the places of its words among the parts.
    words: Option<[usize; 2]>,
}

impl Erasures {
    fn of(record: &Record, classifier: &Classifier) -> Result<Self, ClassifyError> {
        let parts = parts(record);
        let rests = parts.iter().map(|part| Input { title: &part.rest[0], tasks: &part.rest[1] });
        let inputs: Vec<Input<'_>> = std::iter::once(record.into()).chain(rests).collect();
        let mut scores = classifier.classify(&inputs)?;
        let whole = scores.remove(0);
        Ok(Self { whole, without: parts.into_iter().zip(scores).collect() })
    }

    /// The weight of each part that has any. A phrase counts only where it weighs more than its two
    /// words together, whichever way they point, as where either says what the other does.
    fn weigh(&self, log_odds: impl Fn(&Scores) -> f64) -> Vec<Weighed> {
        let whole = log_odds(&self.whole);
        let weights: Vec<f64> =
            self.without.iter().map(|(_, scores)| whole - log_odds(scores)).collect();
        let mut weighed = Vec::with_capacity(weights.len());
        for ((part, _), &weight) in self.without.iter().zip(&weights) {
            let of_words =
                part.words.map_or(0.0, |[one, other]| weights[one].abs() + weights[other].abs());
            let is_told = part.words.is_none() || weight.abs() > of_words;
            let weight = (weight * 10_000.0).round() / 10_000.0;
            if is_told && weight != 0.0 {
                weighed.push(Weighed { text: part.text.clone(), field: part.field, weight });
            }
        }
        weighed
    }
}

/// The words of a record that leave a trace, and the phrases of two neighbouring ones.
fn parts(record: &Record) -> Vec<Part> {
    let mut parts = Vec::new();
    let fields = [
        (Field::OccpText, record.occp_text_sent(), record.occp_text()),
        (Field::TasksText, record.tasks_text_sent(), record.tasks_text()),
    ];
    for (field, sent, read) in fields {
        let part = |first: &Spans, last: &Spans, words| {
            let rest = [&read[..first.read.start], " ", &read[last.read.end..]].concat();
            Part {
                text: sent[first.sent.start..last.sent.end].to_owned(),
                field,
                rest: match field {
                    Field::TasksText => [record.occp_text().to_owned(), rest],
                    _ => [rest, record.tasks_text().to_owned()],
                },
                words,
            }
        };
        let words = words(sent, read);
        let first = parts.len();
        parts.extend(words.iter().map(|word| part(word, word, None)));
        for (place, pair) in (first..).zip(words.windows(2)) {
            parts.push(part(&pair[0], &pair[1], Some([place, place + 1])));
        }
    }
    parts
}

/// Where a word stands in a text as it was sent, and in the text as the model reads it.
struct Spans {
    sent: Range<usize>,
    read: Range<usize>,
}

/// The words of a text that leave a trace in what the model reads: not `and`, for example.
fn words(sent: &str, read: &str) -> Vec<Spans> {
    // No character that stands between words is ever folded into another, nor another into it:
    // both texts have the same number of words.
    let spans = spans(sent).into_iter().zip(spans(read));
    spans
        .map(|(sent, read)| Spans { sent, read })
        .filter(|spans| !Words::of(&read[spans.read.clone()]).is_empty())
        .collect()
}

/// What stands between spaces and the like, without the punctuation at either end.
fn spans(text: &str) -> Vec<Range<usize>> {
    let is_between = |letter| matches!(letter, ' ' | ',' | ';' | ':' | '/' | '(' | ')');
    let is_mark = |letter: char| !letter.is_alphanumeric() && !is_combining_mark(letter);
    let mut start = 0;
    let mut spans = Vec::new();
    for word in text.split(is_between) {
        let end = start + word.len();
        let trimmed = word.trim_start_matches(is_mark);
        let begin = end - trimmed.len();
        spans.push(begin..begin + trimmed.trim_end_matches(is_mark).len());
        start = end + 1; // what stands between words is one byte
    }
    spans
}

#[cfg(test)]
mod tests {
    use domain::RecordRules;
    use proptest::prelude::*;

    use super::*;

    fn record(title: &str, tasks: &str) -> Record {
        let json = serde_json::json!({"occp_text": title, "tasks_text": tasks}).to_string();
        Record::from_json(&json, RecordRules::SYNCHRONOUS).unwrap()
    }

    fn texts(record: &Record) -> Vec<String> {
        parts(record).into_iter().map(|part| part.text).collect()
    }

    #[test]
    fn words_are_what_was_sent_between_spaces() {
        assert_eq!(
            texts(&record("Chef “d’équipe” – nuit", "plan, cook and (sometimes) serve")),
            [
                "Chef",
                "d’équipe",
                "nuit",
                "Chef “d’équipe",
                "d’équipe” – nuit",
                "plan",
                "cook",
                "sometimes",
                "serve",
                "plan, cook",
                "cook and (sometimes",
                "sometimes) serve"
            ]
        );
        assert_eq!(
            texts(&record("R&D brick-layer.", "")),
            ["R&D", "brick-layer", "R&D brick-layer"]
        );
    }

    #[test]
    fn a_part_is_taken_out_of_its_own_text() {
        let rests: Vec<_> =
            parts(&record("head chef", "cook")).into_iter().map(|part| part.rest).collect();
        let expected = [["  chef", "cook"], ["head  ", "cook"], [" ", "cook"], ["head chef", " "]];
        assert_eq!(rests, expected);
    }

    proptest! {
        #[test]
        fn both_texts_have_the_same_words(sent in "[ -~é“”’–ßŁæ′‹]{1,40}e\u{301}") {
            let record = record(&sent, "x");
            let (sent, read) = (record.occp_text_sent(), record.occp_text());
            prop_assert_eq!(spans(sent).len(), spans(read).len());
            for Spans { sent: place, read: place_read } in words(sent, read) {
                prop_assert!(!read[place_read].is_empty() && !sent[place].is_empty());
            }
        }
    }
}
