//! The body of a coding request.

use domain::{Failure, Field, Kind, Record, RecordId, RecordRules, Suggestions};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::call::BODY_LIMIT;

/// The most records that a batch may have.
pub const BATCH_LIMIT: usize = 300;

/// The most explanations that a request may ask for. Each has at most some 1,400 bytes, and an
/// answer must stay below the 6 MB that Lambda passes on.
pub const EXPLANATIONS_LIMIT: usize = 3_000;

/// What is to be coded.
#[derive(Debug, Clone, PartialEq)]
pub struct CodeRequest {
    /// 1 to 300 records.
    pub records: Vec<Record>,
    /// Whether it is `{"record": …}`: one record, answered with an object. Otherwise it is
    /// `{"records": […]}`, answered with an array.
    pub is_single: bool,
    /// How many codes to answer with.
    pub suggestions: Suggestions,
    /// Whether each code is to be explained.
    pub explain: bool,
    /// Whether records that are not settled are to be answered with a question.
    pub follow_up: bool,
    /// The names of further topics to code to, as they were sent.
    pub also_code: Vec<String>,
}

/// The body as JSON, its records not yet read.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object")]
struct Body<'a> {
    #[serde(borrow)]
    record: Option<&'a RawValue>,
    #[serde(borrow)]
    records: Option<Vec<&'a RawValue>>,
    #[serde(rename = "numberOfSuggestions")]
    suggestions: Option<u64>,
    explain: Option<bool>,
    #[serde(rename = "followUp")]
    follow_up: Option<bool>,
    #[serde(rename = "alsoCode")]
    also_code: Option<Vec<String>>,
}

/// One thing that is wrong with one record of a request.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RecordProblem {
    /// The record's place in the request, from 0.
    pub index: usize,
    /// The record's identifier, where it has one.
    pub record_id: Option<RecordId>,
    /// The field.
    pub field: Field,
    /// What is wrong with it.
    pub detail: String,
}

/// The body cannot be coded.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CodeRequestError {
    /// Over the limit of 1 MB.
    #[error("the body has {0} bytes")]
    TooLarge(usize),
    /// Not JSON, or of the wrong shape.
    #[error("the body is not a coding request")]
    Shape(String),
    /// At least one record holds characters that are not taken.
    #[error("{} faults in the records, characters among them", .0.len())]
    Characters(Vec<RecordProblem>),
    /// At least one record does not fit the input format.
    #[error("{} faults in the records", .0.len())]
    Malformed(Vec<RecordProblem>),
}

impl CodeRequestError {
    /// Every fault of every record.
    #[must_use]
    pub fn record_problems(&self) -> &[RecordProblem] {
        match self {
            Self::Characters(problems) | Self::Malformed(problems) => problems,
            Self::TooLarge(_) | Self::Shape(_) => &[],
        }
    }

    fn shape(detail: impl Into<String>) -> Self {
        Self::Shape(detail.into())
    }
}

impl Failure for CodeRequestError {
    fn kind(&self) -> Kind {
        match self {
            Self::TooLarge(_) => Kind::BodyTooLarge,
            Self::Shape(_) | Self::Characters(_) => Kind::InvalidBody,
            Self::Malformed(_) => Kind::MalformedRecord,
        }
    }

    fn detail(&self) -> Option<String> {
        match self {
            Self::TooLarge(length) => {
                Some(format!("the body has {length} bytes, {BODY_LIMIT} are allowed"))
            }
            Self::Shape(detail) => Some(detail.clone()),
            Self::Characters(problems) | Self::Malformed(problems) => {
                let first = problems.first()?;
                let RecordProblem { index, field, detail, .. } = first;
                Some(format!("record {index}: {} {detail}", field.name()))
            }
        }
    }
}

impl CodeRequest {
    /// Reads and checks a body.
    pub fn from_body(body: &[u8]) -> Result<Self, CodeRequestError> {
        if body.len() > BODY_LIMIT {
            return Err(CodeRequestError::TooLarge(body.len()));
        }
        let body = read(body)?;
        let suggestions = body
            .suggestions
            .map(Suggestions::new)
            .transpose()
            .map_err(|error| CodeRequestError::shape(error.to_string()))?;
        let (raw, is_single) = match (body.record, body.records) {
            (Some(record), None) => (vec![record], true),
            (None, Some(records)) if (1..=BATCH_LIMIT).contains(&records.len()) => (records, false),
            (None, Some(records)) => {
                return Err(CodeRequestError::shape(format!(
                    "records holds {} records, 1 to {BATCH_LIMIT} are allowed",
                    records.len()
                )));
            }
            _ => return Err(CodeRequestError::shape("either record or records is expected")),
        };
        let default =
            if is_single { Suggestions::SINGLE_DEFAULT } else { Suggestions::BATCH_DEFAULT };
        let request = Self {
            records: read_records(&raw)?,
            is_single,
            suggestions: suggestions.unwrap_or(default),
            explain: body.explain.unwrap_or(false),
            follow_up: body.follow_up.unwrap_or(false),
            also_code: body.also_code.unwrap_or_default(),
        };
        let explanations = request.most_explanations();
        if explanations > EXPLANATIONS_LIMIT {
            return Err(CodeRequestError::shape(format!(
                "explain: as many records, suggestions and topics may need {explanations} \
                 explanations, {EXPLANATIONS_LIMIT} are allowed"
            )));
        }
        Ok(request)
    }

    /// How many codes may have to be explained.
    fn most_explanations(&self) -> usize {
        let codes = self.suggestions.count().max(Suggestions::UNSUCCESSFUL.count());
        let topics = 1 + self.also_code.len();
        if self.explain { self.records.len() * codes * topics } else { 0 }
    }
}

fn read(body: &[u8]) -> Result<Body<'_>, CodeRequestError> {
    let text = std::str::from_utf8(body)
        .map_err(|error| CodeRequestError::shape(format!("not UTF-8: {error}")))?;
    // serde takes an array for a struct's fields in order, which nobody is promised.
    if text.trim_ascii_start().starts_with('[') {
        return Err(CodeRequestError::shape("invalid type: sequence, expected an object"));
    }
    let mut reader = serde_json::Deserializer::from_str(text);
    let body = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        let place = if path == "." { String::new() } else { format!("{path}: ") };
        CodeRequestError::shape(format!("{place}{}", error.inner()))
    })?;
    reader.end().map_err(|error| CodeRequestError::shape(error.to_string()))?;
    Ok(body)
}

fn read_records(raw: &[&RawValue]) -> Result<Vec<Record>, CodeRequestError> {
    let mut records = Vec::with_capacity(raw.len());
    let mut problems = Vec::new();
    let mut any_character = false;
    for (index, raw) in raw.iter().enumerate() {
        match Record::from_json(raw.get(), RecordRules::SYNCHRONOUS) {
            Ok(record) => records.push(record),
            Err(error) => {
                for fault in error.faults {
                    any_character |= fault.is_character;
                    problems.push(RecordProblem {
                        index,
                        record_id: error.id.clone(),
                        field: fault.field,
                        detail: fault.detail,
                    });
                }
            }
        }
    }
    match (problems.is_empty(), any_character) {
        (true, _) => Ok(records),
        (false, true) => Err(CodeRequestError::Characters(problems)),
        (false, false) => Err(CodeRequestError::Malformed(problems)),
    }
}

#[cfg(test)]
mod tests {
    use domain::Code;
    use proptest::prelude::*;

    use super::*;

    fn detail(body: &str) -> (Kind, String) {
        let error = CodeRequest::from_body(body.as_bytes()).expect_err(body);
        (error.kind(), error.detail().unwrap())
    }

    #[test]
    fn reads_one_record_or_many() {
        let single = CodeRequest::from_body(br#"{"record": {"occp_text": "brickie"}}"#).unwrap();
        assert!(single.is_single && single.suggestions == Suggestions::SINGLE_DEFAULT);
        assert!(!single.explain && !single.follow_up && single.also_code.is_empty());
        let batch =
            br#"{"records": [{"occp_text": "a"}, {"occp_text": "b"}], "numberOfSuggestions": 2}"#;
        let batch = CodeRequest::from_body(batch).unwrap();
        assert!(!batch.is_single && batch.records.len() == 2);
        assert_eq!(batch.suggestions.count(), 2);
        let more = br#"{"record": {"occp_text": "a", "followUpAnswer": "2544"}, "explain": true,
            "followUp": true, "alsoCode": ["anzsco"]}"#;
        let more = CodeRequest::from_body(more).unwrap();
        assert!(more.explain && more.follow_up && more.also_code == ["anzsco"]);
        assert_eq!(more.records[0].follow_up_answer().map(Code::as_str), Some("2544"));
    }

    #[test]
    fn says_what_is_wrong_with_the_shape() {
        for (body, expected) in [
            ("", "EOF while parsing a value at line 1 column 0"),
            ("{} x", "trailing characters at line 1 column 4"),
            ("[]", "invalid type: sequence, expected an object"),
            (r#" [{"occp_text": "a"}, null, 5]"#, "invalid type: sequence, expected an object"),
            ("null", "invalid type: null, expected an object"),
            ("{}", "either record or records is expected"),
            (r#"{"record": {"occp_text": "a"}, "records": []}"#, "either record or records"),
            (r#"{"records": []}"#, "records holds 0 records, 1 to 300 are allowed"),
            (r#"{"records": {}}"#, "records: invalid type: map, expected a sequence"),
            (r#"{"record": {"occp_text": "a"}, "numberOfSuggestions": 17}"#, "numberOfSuggestions"),
            (
                r#"{"record": {"occp_text": "a"}, "numberOfSuggestions": "5"}"#,
                "numberOfSuggestions",
            ),
            (r#"{"record": {"occp_text": "a"}, "suggestions": 5}"#, "suggestions: unknown field"),
            (r#"{"record": {"occp_text": "a"}, "explain": "yes"}"#, "explain: invalid type"),
            (r#"{"record": {"occp_text": "a"}, "followUp": 1}"#, "followUp: invalid type"),
            (r#"{"record": {"occp_text": "a"}, "followup": true}"#, "followup: unknown field"),
            (r#"{"record": {"occp_text": "a"}, "alsoCode": "anzsco"}"#, "alsoCode: invalid type"),
            (r#"{"record": {"occp_text": "a"}, "alsoCode": [1]}"#, "alsoCode[0]: invalid type"),
        ] {
            let (kind, found) = detail(body);
            assert_eq!(kind, Kind::InvalidBody, "{body}");
            assert!(found.starts_with(expected), "{body}: {found}");
        }
    }

    #[test]
    fn what_may_be_explained_at_once_is_limited() {
        let body = |suggestions: u8, explain: bool| {
            let records = vec![r#"{"occp_text": "a"}"#; BATCH_LIMIT].join(",");
            format!(
                r#"{{"records": [{records}], "numberOfSuggestions": {suggestions},
                    "explain": {explain}, "alsoCode": ["anzsco"]}}"#
            )
        };
        for (suggestions, explain) in [(5, true), (1, true), (16, false)] {
            let body = body(suggestions, explain);
            assert!(CodeRequest::from_body(body.as_bytes()).is_ok(), "{suggestions} {explain}");
        }
        let (kind, found) = detail(&body(6, true));
        assert_eq!(kind, Kind::InvalidBody);
        assert!(found.ends_with("may need 3600 explanations, 3000 are allowed"), "{found}");
    }

    #[test]
    fn names_every_bad_record() {
        let body =
            r#"{"records": [{"occp_text": "nurse"}, {"recordId": "b", "occp_text": ""}, 5]}"#;
        let error = CodeRequest::from_body(body.as_bytes()).unwrap_err();
        assert_eq!(error.kind(), Kind::MalformedRecord);
        let places: Vec<_> =
            error.record_problems().iter().map(|problem| (problem.index, problem.field)).collect();
        assert_eq!(places, [(1, Field::Record), (2, Field::Record)]);
    }

    #[test]
    fn one_bad_character_makes_the_body_invalid() {
        let body = r#"{"records": [{"occp_text": ""}, {"occp_text": "\u0007"}]}"#;
        let (kind, found) = detail(body);
        assert_eq!(kind, Kind::InvalidBody);
        assert_eq!(found, "record 0: record occp_text and tasks_text are both blank");
    }

    #[test]
    fn deep_nesting_and_great_size_are_refused_without_harm() {
        let deep = format!(r#"{{"record": {}{}}}"#, "[".repeat(200_000), "]".repeat(200_000));
        assert_eq!(detail(&deep).0, Kind::MalformedRecord);
        assert_eq!(detail(&"[".repeat(900_000)).0, Kind::InvalidBody);
        assert_eq!(detail(&" ".repeat(BODY_LIMIT + 1)).0, Kind::BodyTooLarge);
    }

    /// Texts that get further into the reader than arbitrary ones.
    fn nearly_a_body() -> impl Strategy<Value = String> {
        let token = prop_oneof![
            Just("{"),
            Just("}"),
            Just("["),
            Just("]"),
            Just(","),
            Just(":"),
            Just("\"record\""),
            Just("\"records\""),
            Just("\"numberOfSuggestions\""),
            Just("\"explain\""),
            Just("\"alsoCode\""),
            Just("\"followUpAnswer\""),
            Just("true"),
            Just("\"occp_text\""),
            Just("\"tasks_text\""),
            Just("\"recordId\""),
            Just("\"\\ud800\""),
            Just("\"nurse\""),
            Just("null"),
            Just("16"),
            Just("-1e999"),
            Just(" "),
            Just("\u{0}"),
        ];
        proptest::collection::vec(token, 0..40).prop_map(|tokens| tokens.concat())
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_request_or_refused(bytes in any::<Vec<u8>>()) {
            let _ = CodeRequest::from_body(&bytes);
        }

        #[test]
        fn any_tokens_are_a_request_or_refused_with_a_detail(body in nearly_a_body()) {
            match CodeRequest::from_body(body.as_bytes()) {
                Ok(request) => prop_assert!((1..=BATCH_LIMIT).contains(&request.records.len())),
                Err(error) => prop_assert!(error.detail().is_some()),
            }
        }
    }
}
