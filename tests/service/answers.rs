//! What to expect of answers.

use client::Answer;
use serde_json::Value;

pub(crate) const DENIED: &str =
    "User is not authorized to access this resource with an explicit deny";

pub(crate) fn json(answer: &Answer) -> Value {
    answer.json().unwrap_or_else(|error| panic!("{error} in {}: {}", answer.status, answer.text()))
}

/// The body of a 200.
pub(crate) fn found(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_identified(answer);
    json(answer)
}

/// A refusal with exactly this status and message; gives its body.
#[track_caller]
pub(crate) fn refused(answer: &Answer, status: u16, message: &str) -> Value {
    let body = json(answer);
    assert_eq!((answer.status, body["message"].as_str()), (status, Some(message)), "{body}");
    assert_identified(answer);
    body
}

/// The one body of every 403, and nothing beside the message.
#[track_caller]
pub(crate) fn denied(answer: &Answer) {
    let body = refused(answer, 403, DENIED);
    assert_eq!(body, serde_json::json!({"message": DENIED}));
}

#[track_caller]
fn assert_identified(answer: &Answer) {
    let id = answer.header("x-request-id").unwrap_or_default();
    assert!(!id.is_empty(), "an answer of {} without x-request-id", answer.status);
}

/// The codes of a coded record.
pub(crate) fn codes(coded: &Value) -> Vec<&str> {
    let candidates = coded["result"].as_array().unwrap();
    candidates.iter().map(|candidate| candidate["codeCategory"].as_str().unwrap()).collect()
}

/// The `name` parameter of one limit in a `RateLimit` header: `"day";r=49;t=3` has `r` and `t`.
pub(crate) fn of_limit(answer: &Answer, header: &str, limit: &str, name: &str) -> Option<u64> {
    let limits = answer.header(header)?.split(", ");
    let limit =
        limits.filter_map(|entry| entry.split_once(';')).find_map(|(quoted, parameters)| {
            (quoted.trim_matches('"') == limit).then_some(parameters)
        })?;
    let parameter = limit.split(';').find_map(|parameter| parameter.strip_prefix(name))?;
    parameter.strip_prefix('=')?.parse().ok()
}
