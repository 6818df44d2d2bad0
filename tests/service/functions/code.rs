//! `code-records` with the models that ship, DynamoDB mocked.

use std::sync::Arc;

use api::Answer;
use classifier::Models;
use code_records::{Deps, handle};
use serde_json::{Value, json};
use testkit::Event;

use super::aws::{failing_quotas, generous_quotas};
use super::{call, json, model_dir};

fn deps() -> Arc<Deps> {
    let models = Models::open(model_dir()).unwrap();
    Arc::new(Deps { models, quotas: generous_quotas() })
}

async fn answer(event: Event) -> Answer {
    handle(deps(), call(&event)).await.into()
}

#[tokio::test]
async fn a_single_record_is_answered_with_an_object() {
    let answer = answer(Event::load("code-records.single")).await;
    assert_eq!(answer.status(), 200, "{}", json(&answer));
    let coded = json(&answer);
    assert_eq!(coded["input"], json!({"occp_text": "brickie", "tasks_text": "lay bricks"}));
    assert_eq!(coded["result"][0]["codeCategory"], "371131");
    assert!(answer.header("x-model-id").is_some());
    assert!(answer.header("ratelimit").is_some());
}

#[tokio::test]
async fn a_batch_is_answered_with_an_array() {
    let answer = answer(Event::load("code-records.batch")).await;
    let coded = json(&answer);
    let ids: Vec<_> = coded.as_array().unwrap().iter().map(|coded| &coded["recordId"]).collect();
    assert_eq!(ids, [&json!("a1"), &json!("a2"), &json!(3)]);
}

#[tokio::test]
async fn reasons_are_given_where_they_are_asked_for() {
    let answer = answer(Event::load("code-records.reasons")).await;
    assert_eq!(answer.status(), 200, "{}", json(&answer));
    let coded = json(&answer);
    assert!(coded[0]["result"][0]["explanation"].is_object());
    assert_eq!(coded[0]["also"][0]["topic"], "anzsco");
    assert!(coded[0].get("followUp").is_none() && coded[1]["followUp"].is_object());
}

#[tokio::test]
async fn an_answer_without_them_has_the_bytes_that_it_always_had() {
    let answer = answer(Event::load("code-records.single")).await;
    let text = std::str::from_utf8(answer.body()).unwrap();
    let coded = json(&answer);
    let candidates = coded["result"].as_array().unwrap().iter().map(|candidate| {
        format!(
            r#"{{"codeCategory":{},"codeLabel":{},"codeConfidence":{}}}"#,
            candidate["codeCategory"], candidate["codeLabel"], candidate["codeConfidence"]
        )
    });
    let expected = format!(
        r#"{{"recordId":null,"codeStatus":"successful","input":{{"occp_text":"brickie","tasks_text":"lay bricks"}},"result":[{}]}}"#,
        candidates.collect::<Vec<_>>().join(",")
    );
    assert_eq!(text, expected);
}

#[tokio::test]
async fn no_body_is_a_bad_request() {
    let event = Event::load("code-records.single").with("/body", Value::Null);
    let answer = answer(event).await;
    assert_eq!((answer.status(), &json(&answer)["message"]), (400, &json!("Invalid request body")));
}

#[tokio::test]
async fn a_body_in_base64_is_read() {
    let event = Event::load("code-records.single")
        .with_body("eyJyZWNvcmQiOiB7Im9jY3BfdGV4dCI6ICJicmlja2llIn19")
        .with("/isBase64Encoded", true);
    assert_eq!(answer(event).await.status(), 200);
}

#[tokio::test]
async fn a_topic_without_a_model_in_service_is_our_failure() {
    let registry = json!({"models": [], "topics": [{
        "uriName": "osca", "fullName": "OSCA", "version": "2024 v1.0",
        "inputFormat": ["occp_text", "tasks_text"],
    }]});
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("registry.json"), registry.to_string()).unwrap();
    let models = Models::open(folder.path()).unwrap();
    let deps = Arc::new(Deps { models, quotas: generous_quotas() });
    let answer = Answer::from(handle(deps, call(&Event::load("code-records.single"))).await);
    assert_eq!(json(&answer), json!({"message": "No models found for topic"}));
    assert_eq!(answer.status(), 500);
}

#[tokio::test]
async fn nothing_is_coded_while_quotas_cannot_be_counted() {
    let models = Models::open(model_dir()).unwrap();
    let deps = Arc::new(Deps { models, quotas: failing_quotas() });
    let answer = Answer::from(handle(deps, call(&Event::load("code-records.single"))).await);
    assert_eq!(json(&answer), json!({"message": "Error performing request"}));
    assert_eq!(answer.status(), 500);
    assert_eq!(answer.header("ratelimit"), None);
}

#[tokio::test]
async fn a_request_that_came_past_the_authoriser_is_our_failure() {
    for authorizer in [json!({}), json!({"clientId": "4k2j", "tier": "gold"})] {
        let event =
            Event::load("code-records.single").with("/requestContext/authorizer", authorizer);
        let answer = answer(event).await;
        assert_eq!(json(&answer), json!({"message": "Error performing request"}));
        assert_eq!(answer.status(), 500);
    }
}

#[tokio::test]
async fn the_path_decides_the_model() {
    let deps = deps();
    let latest = |topic| {
        let selection = domain::Selection::Latest;
        deps.models.registry().select(topic, selection).unwrap().model_id.to_string()
    };
    for (topic, model, status) in [
        ("osca", None, 200),
        ("anzsco", None, 200),
        ("osca", Some(latest("osca")), 200),
        ("anzsco", Some(latest("osca")), 409),
        ("osca", Some("1".to_owned()), 404),
        ("isco", Some(latest("osca")), 404),
    ] {
        let mut parameters = json!({"topic": topic});
        if let Some(model) = &model {
            parameters["model"] = json!(model);
        }
        let event = Event::load("code-records.single").with("/pathParameters", parameters);
        let answer = Answer::from(handle(Arc::clone(&deps), call(&event)).await);
        assert_eq!(answer.status(), status, "{topic} {model:?}");
    }
}
