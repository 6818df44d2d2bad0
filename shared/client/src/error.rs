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
    /// The store of files refused an upload or a download, or failed at it.
    #[error("the file store answered {status}: {answer}")]
    Store {
        /// Its HTTP status.
        status: u16,
        /// What it said.
        answer: String,
    },
    /// Nothing moved on a connection for too long.
    #[error("nothing came for {0} seconds")]
    Silent(u64),
    /// A result is not as long as its operation says.
    #[error("{received} of {expected} bytes of the result came")]
    Truncated {
        /// The bytes that came.
        received: u64,
        /// The bytes of the result.
        expected: u64,
    },
    /// There is nothing to download: the operation is not completed, or its result was deleted.
    #[error("the operation has no result")]
    NoResult,
    /// A file on this machine could not be read or written.
    #[error("a file could not be read or written")]
    File(#[from] std::io::Error),
    /// An answer is not what the contract promises.
    #[error("the answer is not of the expected shape")]
    Shape(#[from] serde_json::Error),
}

impl ClientError {
    /// Whether the same call may succeed a little later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Refused(problem) => is_transient_status(problem.status),
            Self::NoToken { status, .. } | Self::Store { status, .. } => {
                is_transient_status(*status)
            }
            // What cannot be sent at all stays so.
            Self::Unreachable(error) => !error.is_builder(),
            Self::Silent(_) => true,
            Self::Truncated { .. } | Self::NoResult | Self::File(_) | Self::Shape(_) => false,
        }
    }

    /// The seconds after which the service wants to be asked again, if it says so.
    #[must_use]
    pub fn retry_after(&self) -> Option<u64> {
        match self {
            Self::Refused(problem) => problem.retry_after,
            _ => None,
        }
    }
}

fn is_transient_status(status: u16) -> bool {
    status == 429 || status >= 500
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
