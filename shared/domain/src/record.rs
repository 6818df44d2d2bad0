//! A record: the words in which a person describes a job, checked once, on the way in.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::code::Code;
use crate::text::{FoldError, fold};

/// How many characters `occp_text` and `tasks_text` may have together in a synchronous call.
pub const SYNCHRONOUS_TEXT_LIMIT: usize = 100;
/// How many they may have together on a line of a file.
pub const BULK_TEXT_LIMIT: usize = 300;

/// What a caller names a record by: any JSON string or number, returned exactly as it was sent.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RecordId(Box<RawValue>);

impl RecordId {
    /// The identifier as JSON, as it was sent.
    #[must_use]
    pub fn as_json(&self) -> &str {
        self.0.get()
    }

    fn from_json(raw: &RawValue) -> Option<Self> {
        let json = raw.get();
        let is_text = serde_json::from_str::<Cow<'_, str>>(json).is_ok();
        let is_number = json.starts_with(|first: char| first == '-' || first.is_ascii_digit());
        (is_text || is_number).then(|| Self(raw.to_owned()))
    }
}

impl PartialEq for RecordId {
    fn eq(&self, other: &Self) -> bool {
        self.as_json() == other.as_json()
    }
}

/// The fields of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Field {
    /// The whole record.
    #[serde(rename = "record")]
    Record,
    /// The caller's own identifier.
    #[serde(rename = "recordId")]
    RecordId,
    /// The title of the job.
    #[serde(rename = "occp_text")]
    OccpText,
    /// The tasks of the job.
    #[serde(rename = "tasks_text")]
    TasksText,
    /// The code that answers the record's follow-up question.
    #[serde(rename = "followUpAnswer")]
    FollowUpAnswer,
}

impl Field {
    /// The field's name in a record.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Record => "record",
            Self::RecordId => "recordId",
            Self::OccpText => "occp_text",
            Self::TasksText => "tasks_text",
            Self::FollowUpAnswer => "followUpAnswer",
        }
    }
}

/// One thing that is wrong with a record.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordFault {
    /// Where.
    pub field: Field,
    /// What, in words for the caller; never any of the text itself.
    pub detail: String,
    /// Whether the fault is a character that the service does not take. Such a fault makes the
    /// whole body invalid; all others make the record malformed.
    pub is_character: bool,
}

impl RecordFault {
    fn malformed(field: Field, detail: impl Into<String>) -> Self {
        Self { field, detail: detail.into(), is_character: false }
    }
}

impl fmt::Display for RecordFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.field.name(), self.detail)
    }
}

/// A text as it was sent, and folded to printable ASCII.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Text {
    sent: String,
    folded: Option<String>,
}

impl Text {
    fn folded(&self) -> &str {
        self.folded.as_deref().unwrap_or(&self.sent)
    }
}

/// A record that is fit to be coded: printable ASCII once folded, not blank, not too long.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    id: Option<RecordId>,
    occp_text: Text,
    tasks_text: Text,
    follow_up_answer: Option<Code>,
}

/// What the rules for records are in one kind of call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordRules {
    /// How many characters the two texts may have together.
    pub text_limit: usize,
    /// Whether a record without `tasks_text` is taken to have a blank one.
    pub tasks_optional: bool,
    /// Whether a record may carry the answer to its follow-up question.
    pub takes_answer: bool,
}

impl RecordRules {
    /// The rules of synchronous calls.
    pub const SYNCHRONOUS: Self =
        Self { text_limit: SYNCHRONOUS_TEXT_LIMIT, tasks_optional: true, takes_answer: true };
    /// The rules of the lines of a file.
    pub const BULK: Self =
        Self { text_limit: BULK_TEXT_LIMIT, tasks_optional: false, takes_answer: false };
}

/// The fields of a record before they are checked, each as it stands in the JSON.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields<'a> {
    #[serde(borrow, rename = "recordId")]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    occp_text: Option<&'a RawValue>,
    #[serde(borrow)]
    tasks_text: Option<&'a RawValue>,
    #[serde(borrow, rename = "followUpAnswer")]
    follow_up_answer: Option<&'a RawValue>,
}

/// The record is not fit to be coded.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordError {
    /// The record's identifier, where that much could be read.
    pub id: Option<RecordId>,
    /// Everything that is wrong with it; never empty.
    pub faults: Vec<RecordFault>,
}

impl Record {
    /// Reads a record from JSON and checks it, reporting every fault, not only the first.
    pub fn from_json(json: &str, rules: RecordRules) -> Result<Self, RecordError> {
        let fields = read_fields(json)?;
        if fields.follow_up_answer.is_some() && !rules.takes_answer {
            return Err(shape_error("unknown field"));
        }
        let mut faults = Vec::new();
        let id = fields.id.and_then(RecordId::from_json);
        if fields.id.is_some() && id.is_none() {
            let detail = "must be a string or a number";
            faults.push(RecordFault::malformed(Field::RecordId, detail));
        }
        let occp_text = read_text(fields.occp_text, Field::OccpText, false, &mut faults);
        let tasks_text =
            read_text(fields.tasks_text, Field::TasksText, rules.tasks_optional, &mut faults);
        let follow_up_answer = read_answer(fields.follow_up_answer, &mut faults);
        check_length(&occp_text, &tasks_text, rules, &mut faults);
        if faults.is_empty() {
            Ok(Self { id, occp_text, tasks_text, follow_up_answer })
        } else {
            Err(RecordError { id, faults })
        }
    }

    /// The caller's identifier of the record.
    #[must_use]
    pub fn id(&self) -> Option<&RecordId> {
        self.id.as_ref()
    }

    /// The code that answers the record's follow-up question, where it has been put.
    #[must_use]
    pub fn follow_up_answer(&self) -> Option<&Code> {
        self.follow_up_answer.as_ref()
    }

    /// The title as it was sent.
    #[must_use]
    pub fn occp_text_sent(&self) -> &str {
        &self.occp_text.sent
    }

    /// The tasks as they were sent.
    #[must_use]
    pub fn tasks_text_sent(&self) -> &str {
        &self.tasks_text.sent
    }

    /// The title in printable ASCII: what the model reads.
    #[must_use]
    pub fn occp_text(&self) -> &str {
        self.occp_text.folded()
    }

    /// The tasks in printable ASCII: what the model reads.
    #[must_use]
    pub fn tasks_text(&self) -> &str {
        self.tasks_text.folded()
    }
}

fn read_fields(json: &str) -> Result<Fields<'_>, RecordError> {
    // serde takes an array for a struct's fields in order, which nobody is promised.
    if json.trim_ascii_start().starts_with('[') {
        return Err(shape_error("an array"));
    }
    serde_json::from_str(json).map_err(|error| shape_error(&error.to_string()))
}

fn shape_error(message: &str) -> RecordError {
    let detail = if message.starts_with("unknown field") || message.starts_with("duplicate field") {
        // The name of a field is the caller's text; it stays out of the message.
        let problem = message.split_once('`').map_or("unknown field", |(before, _)| before.trim());
        format!("has an {problem}: recordId, occp_text and tasks_text are expected, each once")
            .replace("an duplicate", "a duplicate")
    } else {
        "must be an object with occp_text and tasks_text".to_owned()
    };
    RecordError { id: None, faults: vec![RecordFault::malformed(Field::Record, detail)] }
}

fn read_text(
    raw: Option<&RawValue>,
    field: Field,
    optional: bool,
    faults: &mut Vec<RecordFault>,
) -> Text {
    let Some(raw) = raw else {
        if !optional {
            faults.push(RecordFault::malformed(field, "is missing"));
        }
        return Text::default();
    };
    if !raw.get().starts_with('"') {
        faults.push(RecordFault::malformed(field, "must be a string"));
        return Text::default();
    }
    let folded = serde_json::from_str::<String>(raw.get())
        .map_err(|_| FoldError::unpaired_surrogate())
        .and_then(|sent| match fold(&sent)? {
            Cow::Borrowed(_) => Ok(Text { sent, folded: None }),
            Cow::Owned(folded) => Ok(Text { sent, folded: Some(folded) }),
        });
    folded.unwrap_or_else(|error| {
        faults.push(RecordFault { field, detail: error.to_string(), is_character: true });
        Text::default()
    })
}

fn read_answer(raw: Option<&RawValue>, faults: &mut Vec<RecordFault>) -> Option<Code> {
    let answer = serde_json::from_str(raw?.get()).ok();
    if answer.is_none() {
        let detail = "must be a code: a string of 1, 2, 3, 4 or 6 digits";
        faults.push(RecordFault::malformed(Field::FollowUpAnswer, detail));
    }
    answer
}

/// Checks what concerns both texts together, once each of them has been read.
fn check_length(
    occp_text: &Text,
    tasks_text: &Text,
    rules: RecordRules,
    faults: &mut Vec<RecordFault>,
) {
    let concerns_texts = |field| !matches!(field, Field::RecordId | Field::FollowUpAnswer);
    if faults.iter().any(|fault| concerns_texts(fault.field)) {
        return;
    }
    let (title, tasks) = (occp_text.folded(), tasks_text.folded());
    if title.trim().is_empty() && tasks.trim().is_empty() {
        let detail = "occp_text and tasks_text are both blank";
        faults.push(RecordFault::malformed(Field::Record, detail));
    }
    let length = title.len() + tasks.len(); // folded text is ASCII: a byte is a character
    if length > rules.text_limit {
        let limit = rules.text_limit;
        let detail = format!(
            "occp_text and tasks_text have {length} characters together, {limit} are allowed"
        );
        faults.push(RecordFault::malformed(Field::Record, detail));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(json: &str) -> Result<Record, RecordError> {
        Record::from_json(json, RecordRules::SYNCHRONOUS)
    }

    fn faults(json: &str) -> Vec<(Field, String)> {
        read(json)
            .expect_err(json)
            .faults
            .into_iter()
            .map(|fault| (fault.field, fault.detail))
            .collect()
    }

    #[test]
    fn reads_a_record_and_keeps_what_was_sent() {
        let record = read(r#"{"recordId": 7.10, "occp_text": "Chef d’équipe – nuit"}"#).unwrap();
        assert_eq!(record.id().map(RecordId::as_json), Some("7.10"));
        assert_eq!(record.occp_text_sent(), "Chef d’équipe – nuit");
        assert_eq!(record.occp_text(), "Chef d'equipe - nuit");
        assert_eq!(record.tasks_text(), "");
    }

    #[test]
    fn an_answer_is_a_code_and_stands_in_synchronous_records_only() {
        let answered = r#"{"occp_text": "a", "tasks_text": "", "followUpAnswer": "2544"}"#;
        let record = read(answered).unwrap();
        assert_eq!(record.follow_up_answer().map(Code::as_str), Some("2544"));
        let detail = "must be a code: a string of 1, 2, 3, 4 or 6 digits".to_owned();
        for bad in ["25441", "\"25441\"", "\"nurse\"", "[]", "\"\""] {
            let json = answered.replace("\"2544\"", bad);
            assert_eq!(faults(&json), [(Field::FollowUpAnswer, detail.clone())], "{bad}");
        }
        let in_a_file = Record::from_json(answered, RecordRules::BULK).unwrap_err();
        let unknown = read(r#"{"occp_text": "a", "answer": "2544"}"#).unwrap_err();
        assert_eq!(in_a_file, unknown);
    }

    #[test]
    fn names_every_fault() {
        assert_eq!(
            faults(r#"{"recordId": [1], "tasks_text": 5}"#),
            [
                (Field::RecordId, "must be a string or a number".to_owned()),
                (Field::OccpText, "is missing".to_owned()),
                (Field::TasksText, "must be a string".to_owned()),
            ]
        );
        assert_eq!(
            faults(r#"{"occp_text": " ", "tasks_text": ""}"#),
            [(Field::Record, "occp_text and tasks_text are both blank".to_owned())]
        );
    }

    #[test]
    fn the_hundredth_character_is_the_last() {
        let text = |length: usize| format!(r#"{{"occp_text": "{}"}}"#, "a".repeat(length));
        assert!(read(&text(100)).is_ok());
        assert_eq!(
            faults(&text(101)),
            [(
                Field::Record,
                "occp_text and tasks_text have 101 characters together, 100 are allowed".to_owned()
            )]
        );
    }

    #[test]
    fn a_shape_fault_never_repeats_the_callers_text() {
        for (json, expected) in [
            (r#"{"occp_text": "a", "secret": 1}"#, "has an unknown field"),
            (r#"{"occp_text": "a", "occp_text": "b"}"#, "has a duplicate field"),
            ("[]", "must be an object"),
            (r#"["secret", "nurse", "ward"]"#, "must be an object"),
            ("\"secret\"", "must be an object"),
            ("null", "must be an object"),
        ] {
            let found = faults(json);
            assert!(found[0].1.starts_with(expected), "{json}: {found:?}");
            assert!(!found[0].1.contains("secret"), "{json}: {found:?}");
        }
    }

    #[test]
    fn characters_outside_ascii_are_refused_by_place() {
        for (json, expected) in [
            (r#"{"occp_text": "a\u0000b"}"#, "character 2 (U+0000) is not printable ASCII"),
            (r#"{"occp_text": "\ud800"}"#, "holds an unpaired surrogate"),
            (r#"{"occp_text": "看護師"}"#, "character 1 (U+770B) is not printable ASCII"),
            ("{\"occp_text\": \"a\\tb\"}", "character 2 (U+0009) is not printable ASCII"),
        ] {
            let error = read(json).expect_err(json);
            assert!(error.faults[0].is_character, "{json}");
            assert_eq!(error.faults[0].detail, expected, "{json}");
        }
    }

    proptest! {
        #[test]
        fn anything_at_all_is_a_record_or_a_list_of_faults(json in any::<String>()) {
            if let Err(error) = read(&json) {
                prop_assert!(!error.faults.is_empty());
            }
        }

        #[test]
        fn any_texts_are_a_fit_record_or_a_list_of_faults(
            title in any::<String>(),
            tasks in "[ -~é“–]{0,120}",
        ) {
            let json = serde_json::json!({"occp_text": title, "tasks_text": tasks}).to_string();
            match read(&json) {
                Ok(record) => {
                    prop_assert_eq!(record.occp_text_sent(), title);
                    let texts = [record.occp_text(), record.tasks_text()].concat();
                    prop_assert!(texts.bytes().all(|byte| (b' '..=b'~').contains(&byte)));
                    prop_assert!(texts.len() <= SYNCHRONOUS_TEXT_LIMIT && !texts.trim().is_empty());
                }
                Err(error) => prop_assert!(!error.faults.is_empty()),
            }
        }
    }
}
