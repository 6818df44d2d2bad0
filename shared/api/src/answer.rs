//! Answers, with their headers.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use domain::{
    Allowance, Candidate, Code, CodeStatus, Coding, FollowUp, Model, ModelStatus, Record, RecordId,
    Topic,
};
use jiff::Timestamp;
use lambda_http::http::header::{CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER};
use lambda_http::{Body, Response};
use serde::Serialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::problem::Problem;

/// What a function answers.
#[derive(Debug, Clone)]
pub struct Answer {
    status: u16,
    content_type: &'static str,
    body: Vec<u8>,
    headers: Vec<(HeaderName, String)>,
    cause: String,
}

/// One coded record, as it is answered.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CodedRecord<'a> {
    record_id: Option<&'a RecordId>,
    code_status: CodeStatus,
    input: Input<'a>,
    result: Vec<Candidate>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    also: Vec<AlsoCoded<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    follow_up: Option<FollowUp>,
}

/// A record's coding to a further topic.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AlsoCoded<'a> {
    topic: &'a str,
    model_id: Uuid,
    model_version: u32,
    code_status: CodeStatus,
    result: Vec<Candidate>,
}

/// A record as it was sent.
#[derive(Debug, Serialize)]
pub(crate) struct Input<'a> {
    occp_text: &'a str,
    tasks_text: &'a str,
    #[serde(rename = "recordId", skip_serializing_if = "Option::is_none")]
    record_id: Option<&'a RecordId>,
    #[serde(rename = "followUpAnswer", skip_serializing_if = "Option::is_none")]
    follow_up_answer: Option<&'a Code>,
}

impl<'a> Input<'a> {
    pub(crate) fn of(record: &'a Record) -> Self {
        Self {
            occp_text: record.occp_text_sent(),
            tasks_text: record.tasks_text_sent(),
            record_id: record.id(),
            follow_up_answer: record.follow_up_answer(),
        }
    }
}

impl<'a> AlsoCoded<'a> {
    /// A coding that a model of a further topic has given.
    #[must_use]
    pub fn new(model: &'a Model, coding: Coding) -> Self {
        Self {
            topic: &model.topic,
            model_id: model.model_id,
            model_version: model.model_version,
            code_status: coding.status,
            result: coding.result,
        }
    }
}

impl<'a> CodedRecord<'a> {
    /// A record with its coding.
    #[must_use]
    pub fn new(record: &'a Record, coding: Coding) -> Self {
        Self {
            record_id: record.id(),
            code_status: coding.status,
            input: Input::of(record),
            result: coding.result,
            also: Vec::new(),
            follow_up: None,
        }
    }

    /// Adds the codings to further topics.
    #[must_use]
    pub fn with_also(self, also: Vec<AlsoCoded<'a>>) -> Self {
        Self { also, ..self }
    }

    /// Adds the question that would settle the code.
    #[must_use]
    pub fn with_follow_up(self, follow_up: Option<FollowUp>) -> Self {
        Self { follow_up, ..self }
    }
}

/// A topic as it is listed.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TopicSummary<'a> {
    uri_name: &'a str,
    full_name: &'a str,
}

impl<'a> From<&'a Topic> for TopicSummary<'a> {
    fn from(topic: &'a Topic) -> Self {
        Self { uri_name: &topic.uri_name, full_name: &topic.full_name }
    }
}

/// A topic with what its models read.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TopicDetails<'a> {
    uri_name: &'a str,
    full_name: &'a str,
    topic_version: &'a str,
    input_format: &'a [String],
}

impl<'a> From<&'a Topic> for TopicDetails<'a> {
    fn from(topic: &'a Topic) -> Self {
        Self {
            uri_name: &topic.uri_name,
            full_name: &topic.full_name,
            topic_version: &topic.version,
            input_format: &topic.input_format,
        }
    }
}

/// A model as it is described to callers.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ModelDetails<'a> {
    model_id: Uuid,
    model_version: u32,
    model_release_date: Timestamp,
    model_type: &'a str,
    input_format: &'a [String],
    topic_standard: &'a str,
    topic_version: &'a str,
    model_status: ModelStatus,
    #[serde(skip_serializing_if = "Option::is_none")]
    model_superseded_date: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    model_retirement_date: Option<Timestamp>,
}

impl<'a> ModelDetails<'a> {
    /// A model of a topic.
    #[must_use]
    pub fn new(model: &'a Model, topic: &'a Topic) -> Self {
        Self {
            model_id: model.model_id,
            model_version: model.model_version,
            model_release_date: model.model_release_date,
            model_type: &model.model_type,
            input_format: &model.input_format,
            topic_standard: &topic.full_name,
            topic_version: &model.topic_version,
            model_status: model.status,
            model_superseded_date: model.superseded_date,
            model_retirement_date: model.retirement_date,
        }
    }
}

impl Answer {
    /// A 200 with a JSON body.
    #[must_use]
    pub fn json(body: &impl Serialize) -> Self {
        // The bodies are our own types, whose serialisation cannot fail.
        Self::ok("application/json", serde_json::to_vec(body).unwrap_or_default())
    }

    /// A 200 with plain text.
    #[must_use]
    pub fn text(body: impl Into<String>) -> Self {
        Self::ok("text/plain; charset=utf-8", body.into().into_bytes())
    }

    /// The page that a link in a mail leads to. Its script sends what stands after the `#` of its
    /// address, which neither the gateway nor any log gets to see, and which programs that follow
    /// links to look for harm do not use up.
    #[must_use]
    pub fn link_page() -> Self {
        const PAGE: &str = include_str!("../../../infra/pages/link.html");
        let policy = format!(
            "default-src 'none'; script-src '{}'; style-src '{}'; connect-src 'self'; \
             base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            source_hash(PAGE, "script"),
            source_hash(PAGE, "style"),
        );
        Self::ok("text/html; charset=utf-8", PAGE.as_bytes().to_vec())
            .with(HeaderName::from_static("content-security-policy"), policy)
            .with(HeaderName::from_static("referrer-policy"), "no-referrer".to_owned())
            .with(HeaderName::from_static("x-content-type-options"), "nosniff".to_owned())
            .unkept()
    }

    /// A 202 with a JSON body: accepted, and not decided.
    #[must_use]
    pub fn accepted(body: &impl Serialize) -> Self {
        Self { status: 202, ..Self::json(body) }
    }

    /// Asks whoever passes the answer on to keep no copy.
    #[must_use]
    pub fn unkept(self) -> Self {
        self.with(HeaderName::from_static("cache-control"), "no-store".to_owned())
    }

    fn ok(content_type: &'static str, body: Vec<u8>) -> Self {
        Self { status: 200, content_type, body, headers: Vec::new(), cause: String::new() }
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The body's bytes.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The value of a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(header, _)| header.as_str().eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// For the log: why a failure of ours happened.
    pub(crate) fn cause(&self) -> &str {
        &self.cause
    }

    /// Says which model gave the answer.
    #[must_use]
    pub fn with_model(self, model: &Model) -> Self {
        self.with(HeaderName::from_static("x-model-id"), model.model_id.to_string())
            .with(HeaderName::from_static("x-model-version"), model.model_version.to_string())
    }

    /// Says what the caller has left: `RateLimit-Policy` and `RateLimit`, after the IETF's draft
    /// "`RateLimit` header fields for HTTP" (draft-ietf-httpapi-ratelimit-headers-10).
    #[must_use]
    pub fn with_allowances(self, allowances: &[Allowance]) -> Self {
        let policy = allowances
            .iter()
            .map(|limit| format!("\"{}\";q={};w={}", limit.name, limit.quota, limit.window));
        let left = allowances
            .iter()
            .map(|limit| format!("\"{}\";r={};t={}", limit.name, limit.remaining, limit.reset));
        let policy = policy.collect::<Vec<_>>().join(", ");
        let left = left.collect::<Vec<_>>().join(", ");
        self.with(HeaderName::from_static("ratelimit-policy"), policy)
            .with(HeaderName::from_static("ratelimit"), left)
    }

    fn with(mut self, name: HeaderName, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    pub(crate) fn into_response(self, request_id: &str) -> Response<Body> {
        let mut response = Response::new(match String::from_utf8(self.body) {
            Ok(text) => Body::Text(text),
            Err(error) => Body::Binary(error.into_bytes()),
        });
        *response.status_mut() = self.status.try_into().unwrap_or_default();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        let request_id = (HeaderName::from_static("x-request-id"), request_id.to_owned());
        for (name, value) in self.headers.into_iter().chain([request_id]) {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(name, value);
            }
        }
        response
    }
}

impl From<Result<Answer, Problem>> for Answer {
    fn from(outcome: Result<Answer, Problem>) -> Self {
        outcome.unwrap_or_else(Self::from)
    }
}

impl From<Problem> for Answer {
    fn from(problem: Problem) -> Self {
        let answer = Self {
            status: problem.status(),
            content_type: "application/json",
            body: problem.body(),
            headers: Vec::new(),
            cause: problem.cause,
        };
        match problem.retry_after {
            Some(seconds) => answer.with(RETRY_AFTER, seconds.to_string()),
            None => answer,
        }
    }
}

/// What allows one element's text in a content security policy (CSP level 3, section 2.3.1).
fn source_hash(page: &str, element: &str) -> String {
    let text = page.split_once(&format!("<{element}>")).map_or("", |(_, rest)| rest);
    let text = text.split_once(&format!("</{element}>")).map_or("", |(text, _)| text);
    format!("sha256-{}", BASE64_STANDARD.encode(Sha256::digest(text.as_bytes())))
}
