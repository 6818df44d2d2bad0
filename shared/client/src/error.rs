use serde::Deserialize;
use serde_json::Value;

use crate::exchange::Answer;

/// A call did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The service refused the request, or failed at it.
    #[error("the service answered {}: {}", .0.status, .0)]
    Refused(Box<Problem>),
    /// The token endpoint gave no token.
    #[error("the token endpoint answered {status}: {answer}")]
    NoToken {
        /// Its HTTP status.
        status: u16,
        /// What it said.
        answer: String,
    },
    /// The service could not be reached.
    #[error("the service could not be reached")]
    Unreachable(#[from] reqwest::Error),
    /// An answer is not what the contract promises.
    #[error("the answer is not of the expected shape")]
    Shape(#[from] serde_json::Error),
}

/// What the service says of a request that did not succeed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{message}{}", .detail.as_ref().map(|detail| format!(" ({detail})")).unwrap_or_default())]
pub struct Problem {
    /// The HTTP status.
    pub status: u16,
    /// The contract's message.
    pub message: String,
    /// What exactly is wrong.
    pub detail: Option<String>,
    /// Every fault of every record.
    pub errors: Vec<RecordProblem>,
    /// The seconds after which the same request may succeed.
    pub retry_after: Option<u64>,
    /// What to name when asking the operators about this answer.
    pub request_id: Option<String>,
}

/// One thing that is wrong with one record of a request.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RecordProblem {
    /// The record's place in the request, from 0.
    pub index: usize,
    /// The record's identifier, where it has one.
    pub record_id: Option<Value>,
    /// The field.
    pub field: String,
    /// What is wrong with it.
    pub detail: String,
}

#[derive(Deserialize)]
struct Body {
    message: String,
    detail: Option<String>,
    #[serde(default)]
    errors: Vec<RecordProblem>,
}

impl From<&Answer> for Problem {
    fn from(answer: &Answer) -> Self {
        // Something between us and the service may answer in its own words.
        let Body { message, detail, errors } = answer.json().unwrap_or_else(|_| Body {
            message: answer.text().into_owned(),
            detail: None,
            errors: Vec::new(),
        });
        Self {
            status: answer.status,
            message,
            detail,
            errors,
            retry_after: answer.header("retry-after").and_then(|seconds| seconds.parse().ok()),
            request_id: answer.header("x-request-id").map(str::to_owned),
        }
    }
}
