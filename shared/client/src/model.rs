//! What is sent and what comes back, each with a type.

use domain::{Candidate, Code, CodeStatus, FollowUp};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

/// A record to be coded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The title of the job.
    pub occp_text: String,
    /// The tasks of the job.
    pub tasks_text: String,
    /// The caller's own identifier, a string or a number.
    #[serde(rename = "recordId", default, skip_serializing_if = "Option::is_none")]
    pub record_id: Option<Value>,
    /// The code of the chosen option of the record's follow-up question.
    #[serde(rename = "followUpAnswer", default, skip_serializing_if = "Option::is_none")]
    pub follow_up_answer: Option<Code>,
}

impl Record {
    /// A record without an identifier.
    #[must_use]
    pub fn new(occp_text: impl Into<String>, tasks_text: impl Into<String>) -> Self {
        Self {
            occp_text: occp_text.into(),
            tasks_text: tasks_text.into(),
            record_id: None,
            follow_up_answer: None,
        }
    }

    /// Answers the record's follow-up question with the code of an option.
    #[must_use]
    pub fn with_answer(self, code: Code) -> Self {
        Self { follow_up_answer: Some(code), ..self }
    }

    /// Gives the record an identifier.
    #[must_use]
    pub fn with_id(self, id: impl Into<Value>) -> Self {
        Self { record_id: Some(id.into()), ..self }
    }
}

/// A coded record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CodedRecord {
    /// The record's identifier.
    pub record_id: Option<Value>,
    /// Whether a code was sure enough.
    pub code_status: CodeStatus,
    /// The record as it was sent.
    pub input: Record,
    /// The codes, best first.
    pub result: Vec<Candidate>,
    /// The codings to further topics, where they were asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<AlsoCoded>,
    /// The question that would settle the code, where it was asked for and the code is not settled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follow_up: Option<FollowUp>,
}

/// A record's coding to a further topic, consistent with its coding to the first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AlsoCoded {
    /// The topic's name in paths.
    pub topic: String,
    /// The model that coded.
    pub model_id: Uuid,
    /// Its version.
    pub model_version: u32,
    /// Whether a code was sure enough.
    pub code_status: CodeStatus,
    /// The codes, best first.
    pub result: Vec<Candidate>,
}

/// What to ask for beside a code. Nothing by default.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Wishes {
    /// The number of codes wanted, 1 to 16.
    #[serde(rename = "numberOfSuggestions", skip_serializing_if = "Option::is_none")]
    pub suggestions: Option<u8>,
    /// Explain each code.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub explain: bool,
    /// Ask the question that would settle a code which is not settled.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub follow_up: bool,
    /// The names of further topics to code to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub also_code: Vec<String>,
}

/// A topic as it is listed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TopicSummary {
    /// The name in paths.
    pub uri_name: String,
    /// The full name.
    pub full_name: String,
}

/// A topic with what its models read.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TopicDetails {
    /// The name in paths.
    pub uri_name: String,
    /// The full name.
    pub full_name: String,
    /// The edition, for example `2024 v1.0`.
    pub topic_version: String,
    /// The names of a record's text fields.
    pub input_format: Vec<String>,
}

/// A model.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ModelDetails {
    /// What requests name it by.
    pub model_id: Uuid,
    /// Counts up within a topic.
    pub model_version: u32,
    /// When it was released.
    pub model_release_date: Timestamp,
    /// What kind of model it is.
    pub model_type: String,
    /// The names of a record's text fields.
    pub input_format: Vec<String>,
    /// The full name of its topic.
    pub topic_standard: String,
    /// The edition that it codes to.
    pub topic_version: String,
}

/// A line of an operation's result.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ResultLine {
    /// The record's identifier.
    pub record_id: Option<Value>,
    /// Whether a code was sure enough.
    pub code_status: CodeStatus,
    /// What was sent.
    pub input: LineInput,
    /// The code, where one was sure enough.
    pub result: Option<Candidate>,
    /// The codes that a person may choose from, where none was.
    pub suggestions: Option<Vec<Candidate>>,
    /// What is wrong with the line, where it is no record.
    pub error: Option<String>,
}

/// What a line of a result answers.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum LineInput {
    /// A record.
    Record(Record),
    /// The beginning of a line that is none.
    Raw(String),
}
