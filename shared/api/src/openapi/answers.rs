//! Answers: their headers, and every error by its status.

use std::collections::BTreeMap;

use domain::Kind;
use serde_json::json;
use utoipa::openapi::content::{Content, ContentBuilder};
use utoipa::openapi::example::ExampleBuilder;
use utoipa::openapi::header::{Header, HeaderBuilder};
use utoipa::openapi::response::{Response, ResponseBuilder};
use utoipa::openapi::schema::{AllOfBuilder, ObjectBuilder};
use utoipa::openapi::{Ref, RefOr, Schema};

use super::schemas::{integer, named, string};
use crate::problem::{DENIED, status_and_message};

/// The gateway's own answer.
const FORBIDDEN: (u16, &str) = (403, DENIED);

const REQUEST_ID: &str = "x-request-id";
const MODEL: [&str; 2] = ["x-model-id", "x-model-version"];
const RATE_LIMIT: [&str; 2] = ["RateLimit", "RateLimit-Policy"];
const RETRY_AFTER: &str = "Retry-After";

/// Every header that has a name in the document.
pub(super) fn headers() -> Vec<(&'static str, Header)> {
    let header = |description: &str, schema: ObjectBuilder| {
        HeaderBuilder::new().description(Some(description)).schema(Some(schema)).build()
    };
    vec![
        (REQUEST_ID, header("Identifies this answer", string("An identifier"))),
        (MODEL[0], header("The model that coded, a GUID", string("A GUID"))),
        (MODEL[1], header("The version of that model", integer("A version").minimum(Some(1)))),
        (
            RATE_LIMIT[0],
            header(
                "What is left of each limit (`r`) and the seconds until it is whole again (`t`)",
                string("A structured list").examples([json!(
                    "\"second\";r=0;t=1, \"hour\";r=97;t=3412, \"day\";r=996;t=71812"
                )]),
            ),
        ),
        (
            RATE_LIMIT[1],
            header(
                "The limits: requests (`q`) in a window of so many seconds (`w`)",
                string("A structured list").examples([json!(
                    "\"second\";q=1;w=1, \"hour\";q=100;w=3600, \"day\";q=1000;w=86400"
                )]),
            ),
        ),
        (
            RETRY_AFTER,
            header(
                "The seconds after which the request may be tried again",
                integer("Seconds").minimum(Some(1)),
            ),
        ),
    ]
}

/// A 200 with a JSON body.
pub(super) fn found(description: &str, schema: impl Into<RefOr<Schema>>) -> ResponseBuilder {
    found_content(description, ContentBuilder::new().schema(Some(schema)).build())
}

/// A 200 with a JSON body that has examples.
pub(super) fn found_content(description: &str, content: Content) -> ResponseBuilder {
    counted(answer(description).content("application/json", content))
}

/// Any answer.
pub(super) fn answer(description: &str) -> ResponseBuilder {
    carrying(ResponseBuilder::new().description(description), &[REQUEST_ID])
}

/// Adds the headers that name the model.
pub(super) fn naming_the_model(response: ResponseBuilder) -> ResponseBuilder {
    carrying(response, &MODEL)
}

/// The errors of a route behind the authoriser, one answer for each status.
pub(super) fn errors(kinds: &[Kind]) -> Vec<(String, Response)> {
    let mut messages = messages_by_status(kinds);
    messages.entry(FORBIDDEN.0).or_default().push(FORBIDDEN.1);
    let answers = messages.into_iter().map(|(status, messages)| {
        let refusal = refusal(status, &messages);
        // A 403 comes before the count, and a failure may be one to count.
        let is_counted = status != FORBIDDEN.0 && status < 500;
        let refusal = if is_counted { counted(refusal) } else { refusal };
        (status.to_string(), refusal.build())
    });
    answers.collect()
}

/// The errors of a route that anyone may call.
pub(super) fn open_errors(kinds: &[Kind]) -> Vec<(String, Response)> {
    let answers = messages_by_status(kinds).into_iter();
    answers
        .map(|(status, messages)| (status.to_string(), refusal(status, &messages).build()))
        .collect()
}

fn messages_by_status(kinds: &[Kind]) -> BTreeMap<u16, Vec<&'static str>> {
    let mut messages: BTreeMap<u16, Vec<&'static str>> = BTreeMap::new();
    for &kind in kinds {
        let (status, message) = status_and_message(kind);
        messages.entry(status).or_default().push(message);
    }
    messages
}

fn refusal(status: u16, messages: &[&'static str]) -> ResponseBuilder {
    let response = answer(meaning(status)).content("application/json", problem(messages));
    if status == 429 { carrying(response, &[RETRY_AFTER]) } else { response }
}

fn meaning(status: u16) -> &'static str {
    match status {
        400 => "The request is not what the route takes",
        403 => "No good token, no active registration, or not open to this tier",
        404 => "There is nothing of that name",
        409 => "What is asked for does not fit what is there",
        413 => "The body is larger than 1 MB",
        429 => "The rate, or the ceiling of the hour or day, is reached",
        _ => "The service failed; the same request may be tried again",
    }
}

/// A problem with one of these messages.
fn problem(messages: &[&'static str]) -> Content {
    let message = string("What went wrong").enum_values(Some(messages.iter().copied()));
    let schema = AllOfBuilder::new()
        .item(named("Problem"))
        .item(ObjectBuilder::new().property("message", message));
    let examples = messages.iter().map(|message| {
        let value = json!({"message": message});
        (*message, ExampleBuilder::new().value(Some(value)).build())
    });
    ContentBuilder::new().schema(Some(schema)).examples_from_iter(examples).build()
}

fn counted(response: ResponseBuilder) -> ResponseBuilder {
    carrying(response, &RATE_LIMIT)
}

fn carrying(mut response: ResponseBuilder, headers: &[&str]) -> ResponseBuilder {
    for header in headers {
        let reference = Ref::builder().ref_location(format!("#/components/headers/{header}"));
        response = response.header_ref(*header, reference.build());
    }
    response
}
