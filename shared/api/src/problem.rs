//! The table of errors: the only place that knows status codes.

use domain::fields::FieldProblem;
use domain::{Failure, Kind};
use serde::Serialize;

use crate::body::{CodeRequestError, RecordProblem};

/// An error answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    kind: Kind,
    body: Body,
    /// Seconds for `Retry-After`.
    pub(crate) retry_after: Option<u64>,
    /// For the log: the whole chain of causes of a failure of ours. Empty for a caller's mistakes,
    /// whose details could repeat what was sent.
    pub(crate) cause: String,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Body {
    message: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    #[serde(skip_serializing_if = "Errors::is_empty")]
    errors: Errors,
}

/// Every fault of every record, or of every field of a form.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
enum Errors {
    Records(Vec<RecordProblem>),
    Fields(Vec<FieldProblem>),
}

impl Errors {
    fn is_empty(&self) -> bool {
        match self {
            Self::Records(records) => records.is_empty(),
            Self::Fields(fields) => fields.is_empty(),
        }
    }
}

/// What the gateway itself says to whoever may not call a route.
pub(crate) const DENIED: &str =
    "User is not authorized to access this resource with an explicit deny";

/// The statuses and messages of the contract.
pub(crate) const fn status_and_message(kind: Kind) -> (u16, &'static str) {
    match kind {
        Kind::InvalidBody => (400, "Invalid request body"),
        Kind::MalformedRecord => (400, "Malformed record found in request"),
        Kind::TopicUnknown => (404, "The specified topic does not exist"),
        Kind::ModelUnknown => (404, "The specified model does not exist"),
        Kind::ModelOfOtherTopic => (409, "Selected model does not match the input topic."),
        Kind::OperationUnknown => (404, "The specified operation does not exist"),
        Kind::Denied => (403, DENIED),
        Kind::RegistrationUnknown => (404, "The specified registration does not exist"),
        Kind::FeedbackUnknown => (404, "The specified feedback does not exist"),
        Kind::LinkUnknown => (404, "The link is wrong, was used before or is out of date"),
        Kind::ActNotAllowed => (409, "The registration does not allow this"),
        Kind::BodyTooLarge => (413, "Request body too large"),
        Kind::RateExceeded => (429, "Too Many Requests"),
        Kind::CeilingExceeded => (429, "Limit Exceeded"),
        Kind::NoModel => (500, "No models found for topic"),
        Kind::Internal => (500, "Error performing request"),
    }
}

impl Problem {
    /// The answer to a failure.
    #[must_use]
    pub fn new(failure: &dyn Failure) -> Self {
        let kind = failure.kind();
        let (_, message) = status_and_message(kind);
        Self {
            kind,
            body: Body {
                message,
                detail: failure.detail(),
                errors: Errors::Fields(failure.fields().to_vec()),
            },
            retry_after: failure.retry_after(),
            cause: if kind == Kind::Internal { failure.chain() } else { String::new() },
        }
    }

    /// The HTTP status.
    #[must_use]
    pub const fn status(&self) -> u16 {
        status_and_message(self.kind).0
    }

    /// The contract's message.
    #[must_use]
    pub const fn message(&self) -> &'static str {
        self.body.message
    }

    pub(crate) fn body(&self) -> Vec<u8> {
        // A message and plain texts always serialise.
        serde_json::to_vec(&self.body).unwrap_or_default()
    }
}

impl<F: Failure> From<F> for Problem {
    fn from(failure: F) -> Self {
        Self::new(&failure)
    }
}

impl Problem {
    /// The answer to a body that cannot be coded, with every bad record.
    #[must_use]
    pub fn of_request(error: &CodeRequestError) -> Self {
        let mut problem = Self::new(error);
        problem.body.errors = Errors::Records(error.record_problems().to_vec());
        problem
    }
}
