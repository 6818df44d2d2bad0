//! `describe-topics` with the registry that ships, DynamoDB mocked.

use std::sync::Arc;

use api::Answer;
use describe_topics::{Deps, handle};
use domain::Registry;
use serde_json::json;
use store::Quotas;
use testkit::Event;

use super::aws::{failing_quotas, generous_quotas};
use super::{call, json, model_dir};

async fn answer(event: Event, quotas: Quotas) -> Answer {
    let registry = std::fs::read(model_dir().join("registry.json")).unwrap();
    let deps = Deps {
        registry: Registry::from_json(&registry).unwrap(),
        quotas,
        security_contact: "mailto:security@example.com".to_owned(),
    };
    handle(Arc::new(deps), call(&event)).await.into()
}

#[tokio::test]
async fn the_topics_are_listed() {
    let answer = answer(Event::load("describe-topics.topics"), generous_quotas()).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(json(&answer)[0]["uriName"], "osca");
    assert!(answer.header("ratelimit-policy").is_some());
}

#[tokio::test]
async fn the_latest_model_is_named_in_the_body_and_in_the_headers() {
    let answer = answer(Event::load("describe-topics.latest"), generous_quotas()).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(json(&answer)["modelId"].as_str(), answer.header("x-model-id"));
    assert_eq!(
        json(&answer)["modelVersion"].to_string(),
        answer.header("x-model-version").unwrap()
    );
}

#[tokio::test]
async fn a_query_string_is_refused() {
    let answer = answer(Event::load("describe-topics.query"), generous_quotas()).await;
    assert_eq!((answer.status(), &json(&answer)["message"]), (400, &json!("Invalid request body")));
}

#[tokio::test]
async fn security_txt_depends_on_nothing_that_can_fail() {
    let answer = answer(Event::load("describe-topics.security-txt"), failing_quotas()).await;
    assert_eq!(answer.status(), 200);
    let text = String::from_utf8_lossy(answer.body()).into_owned();
    assert!(text.starts_with("Contact: mailto:security@example.com\nExpires: "), "{text}");
}

#[tokio::test]
async fn nothing_is_described_while_quotas_cannot_be_counted() {
    let answer = answer(Event::load("describe-topics.topics"), failing_quotas()).await;
    assert_eq!(json(&answer), json!({"message": "Error performing request"}));
    assert_eq!(answer.status(), 500);
}
