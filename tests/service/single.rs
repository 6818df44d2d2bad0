//! One record in, one object out.

use client::{CodeStatus, Record};
use serde_json::json;

use crate::answers::{codes, found};
use crate::callers::public;
use crate::schema::assert_conforms;

const ROUTE: &str = "/v1/topics/{topic}/code";
/// A text that says nothing of an occupation.
const SAYS_NOTHING: &str = "zqxv";

#[tokio::test]
async fn a_clear_title_is_coded_in_both_topics() {
    let caller = public().registered().await;
    let body = json!({"record": {"occp_text": "barista", "tasks_text": "make coffee"}});
    for (topic, barista) in [("osca", "471231"), ("anzsco", "431112")] {
        let answer = caller.post(&format!("/v1/topics/{topic}/code"), &body).await;
        assert_conforms("post", ROUTE, &answer);
        let coded = found(&answer);
        assert_eq!(coded["codeStatus"], "successful", "{coded}");
        assert_eq!(codes(&coded)[0], barista);
        let latest = caller.client.latest_model(topic).await.unwrap();
        assert_eq!(answer.header("x-model-id"), Some(&*latest.model_id.to_string()));
        assert_eq!(answer.header("x-model-version"), Some(&*latest.model_version.to_string()));
    }
}

#[tokio::test]
async fn a_named_model_codes_like_the_latest_that_it_is() {
    let caller = public().registered().await;
    let record = Record::new("brickie", "lay bricks");
    let latest = caller.client.code("osca", None, &record, None).await.unwrap();
    let model = caller.client.latest_model("osca").await.unwrap().model_id;
    let named = caller.client.code("osca", Some(model), &record, None).await.unwrap();
    assert_eq!(named, latest);

    let path = format!("/v1/topics/osca/models/{model}/code");
    let answer = caller.post(&path, &json!({"record": {"occp_text": "brickie"}})).await;
    assert_conforms("post", "/v1/topics/{topic}/models/{model}/code", &answer);
    let shouted = path.replace(&model.to_string(), &model.to_string().to_uppercase());
    let answer = caller.post(&shouted, &json!({"record": {"occp_text": "brickie"}})).await;
    assert_eq!(answer.header("x-model-id"), Some(&*model.to_string()));
}

#[tokio::test]
async fn candidates_are_occupations_best_first_and_at_most_as_many_as_asked_for() {
    let caller = public().registered().await;
    let record = Record::new("barista", "");
    for (asked, most) in [(None, 5), (Some(1), 1), (Some(3), 3), (Some(16), 16)] {
        let coded = caller.client.code("osca", None, &record, asked).await.unwrap();
        assert_eq!(coded.code_status, CodeStatus::Successful);
        assert_eq!(coded.result.len(), most);
        assert!(coded.result.iter().all(|candidate| candidate.code_category.as_str().len() == 6));
        assert!(coded.result.is_sorted_by(|a, b| a.code_confidence >= b.code_confidence));
        let sum: f64 = coded.result.iter().map(|candidate| candidate.code_confidence).sum();
        assert!(sum <= 1.001, "{sum}");
    }
}

#[tokio::test]
async fn confidences_have_four_places() {
    let caller = public().registered().await;
    let record = Record::new("barista", "");
    let coded = caller.client.code("osca", None, &record, Some(16)).await.unwrap();
    for candidate in coded.result {
        let places = candidate.code_confidence * 10_000.0;
        assert!((places - places.round()).abs() < 1e-6, "{}", candidate.code_confidence);
    }
}

#[tokio::test]
async fn an_unsure_record_is_unsuccessful_and_has_no_result() {
    let caller = public().registered().await;
    let answer = caller.code(&json!({"record": {"occp_text": SAYS_NOTHING}})).await;
    assert_conforms("post", ROUTE, &answer);
    assert_eq!(
        found(&answer),
        json!({
            "recordId": null,
            "codeStatus": "unsuccessful",
            "input": {"occp_text": SAYS_NOTHING, "tasks_text": ""},
            "result": [],
        })
    );
}

#[tokio::test]
async fn the_identifier_and_the_texts_come_back_as_they_were_sent() {
    let caller = public().registered().await;
    for id in [r#""a1""#, r#""""#, "7", "7.10", "-1e400", r#""\u00e9 \"quoted\" 🎧""#] {
        let body = format!(
            r#"{{"record": {{"recordId": {id}, "occp_text": "Chef “d’équipe”", "tasks_text": " "}}}}"#
        );
        let request = client::Request::post("/v1/topics/osca/code", body);
        let answer = caller.send(request).await;
        assert_eq!(answer.status, 200, "{id}: {}", answer.text());
        let text = answer.text();
        assert_eq!(text.matches(&format!(r#""recordId":{id}"#)).count(), 2, "{id}: {text}");
        assert!(text.contains(r#""occp_text":"Chef “d’équipe”","tasks_text":" ""#), "{text}");
    }
}

#[tokio::test]
async fn a_hundred_characters_are_taken_folded_ones_included() {
    let caller = public().registered().await;
    for record in [
        json!({"occp_text": "n".repeat(100)}),
        json!({"occp_text": "", "tasks_text": "n".repeat(100)}),
        json!({"occp_text": "é".repeat(60), "tasks_text": "“".repeat(40)}),
        json!({"occp_text": "e\u{301}".repeat(100)}),
    ] {
        let answer = caller.code(&json!({"record": record})).await;
        found(&answer);
    }
}

#[tokio::test]
async fn pasted_text_is_coded_like_typed_text() {
    let caller = public().registered().await;
    let pasted = Record::new("Café manager – “front of house”", "menus‚ rosters");
    let typed = Record::new("Cafe manager - \"front of house\"", "menus' rosters");
    let pasted = caller.client.code("osca", None, &pasted, Some(16)).await.unwrap();
    let typed = caller.client.code("osca", None, &typed, Some(16)).await.unwrap();
    assert_eq!(pasted.result, typed.result);
}
