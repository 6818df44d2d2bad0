//! Every row of the contract's table of errors, but for a topic without a model, which the models that
//! ship do not have (in `functions/`); the 403s are in `tokens` and `registrations`, the 429s in `quotas`.

use serde_json::{Value, json};
use store::sdk::dynamodb::types::AttributeValue;

use crate::answers::{found, refused};
use crate::callers::{Caller, public};
use crate::schema::assert_conforms;
use crate::stack::stack;

const INVALID: &str = "Invalid request body";
const MALFORMED: &str = "Malformed record found in request";

async fn refused_body(caller: &Caller, body: &Value, message: &str) -> Value {
    let answer = caller.code(body).await;
    let refusal = refused(&answer, 400, message);
    assert_conforms("post", "/v1/topics/{topic}/code", &answer);
    refusal
}

fn fault(index: usize, record_id: &Value, field: &str, detail: &str) -> Value {
    json!({"index": index, "recordId": record_id, "field": field, "detail": detail})
}

#[tokio::test]
async fn a_body_of_the_wrong_shape_is_invalid_and_says_where() {
    let caller = public().registered().await;
    let good = json!({"occp_text": "nurse"});
    for (body, detail) in [
        (json!({}), "either record or records is expected"),
        (json!({"record": good, "records": [good]}), "either record or records is expected"),
        (json!({"records": []}), "records holds 0 records, 1 to 300 are allowed"),
        (
            json!({"records": vec![good.clone(); 301]}),
            "records holds 301 records, 1 to 300 are allowed",
        ),
        (json!({"records": good}), "records: invalid type: map, expected a sequence"),
        (json!([good]), "invalid type"),
        (json!("nurse"), "invalid type"),
        (json!(null), "invalid type"),
        (json!({"record": good, "topic": "osca"}), "topic: unknown field"),
    ] {
        let refusal = refused_body(&caller, &body, INVALID).await;
        let found = refusal["detail"].as_str().unwrap();
        assert!(found.contains(detail), "{found}, but {detail} was expected");
        assert_eq!(refusal.get("errors"), None);
    }
}

#[tokio::test]
async fn the_number_of_suggestions_is_a_whole_number_from_1_to_16() {
    let caller = public().registered().await;
    for number in [json!(0), json!(17), json!(-1), json!(1.5), json!("5"), json!(1e300)] {
        let body = json!({"record": {"occp_text": "nurse"}, "numberOfSuggestions": number});
        let refusal = refused_body(&caller, &body, INVALID).await;
        let detail = refusal["detail"].as_str().unwrap();
        assert!(detail.contains("numberOfSuggestions"), "{detail}");
    }
}

#[tokio::test]
async fn every_bad_record_is_named_with_every_fault() {
    let caller = public().registered().await;
    let body = json!({"records": [
        {"recordId": "good", "occp_text": "nurse"},
        {"recordId": "blank", "occp_text": " ", "tasks_text": ""},
        {"recordId": 3, "tasks_text": "no title"},
        {"recordId": "long", "occp_text": "n".repeat(50), "tasks_text": "n".repeat(51)},
        {"occp_text": 5, "tasks_text": null},
        {"recordId": [], "occp_text": "nurse"},
        "not a record",
        {"occp_text": "nurse", "code": "254411"},
    ]});
    let refusal = refused_body(&caller, &body, MALFORMED).await;
    let shape = "must be an object with occp_text and tasks_text";
    let unknown =
        "has an unknown field: recordId, occp_text and tasks_text are expected, each once";
    let long = "occp_text and tasks_text have 101 characters together, 100 are allowed";
    assert_eq!(
        refusal["errors"],
        json!([
            fault(1, &json!("blank"), "record", "occp_text and tasks_text are both blank"),
            fault(2, &json!(3), "occp_text", "is missing"),
            fault(3, &json!("long"), "record", long),
            fault(4, &json!(null), "occp_text", "must be a string"),
            fault(5, &json!(null), "recordId", "must be a string or a number"),
            fault(6, &json!(null), "record", shape),
            fault(7, &json!(null), "record", unknown),
        ])
    );
    assert_eq!(refusal["detail"], "record 1: record occp_text and tasks_text are both blank");
}

#[tokio::test]
async fn a_single_record_is_refused_like_the_first_of_a_batch() {
    let caller = public().registered().await;
    let refusal = refused_body(&caller, &json!({"record": {"recordId": "a"}}), MALFORMED).await;
    assert_eq!(refusal["errors"], json!([fault(0, &json!("a"), "occp_text", "is missing")]));
}

#[tokio::test]
async fn a_character_that_is_not_taken_makes_the_body_invalid() {
    let caller = public().registered().await;
    let body = json!({"records": [
        {"recordId": "bell", "occp_text": "a\u{7}b"},
        {"recordId": "kanji", "occp_text": "nurse", "tasks_text": "看護"},
        {"recordId": "blank", "occp_text": ""},
        {"recordId": "tab", "occp_text": "nurse\t"},
        {"recordId": "space", "occp_text": "nurse\u{a0}ward"},
    ]});
    let refusal = refused_body(&caller, &body, INVALID).await;
    let place = |number, code| format!("character {number} (U+{code}) is not printable ASCII");
    assert_eq!(
        refusal["errors"],
        json!([
            fault(0, &json!("bell"), "occp_text", &place(2, "0007")),
            fault(1, &json!("kanji"), "tasks_text", &place(1, "770B")),
            fault(2, &json!("blank"), "record", "occp_text and tasks_text are both blank"),
            fault(3, &json!("tab"), "occp_text", &place(6, "0009")),
            fault(4, &json!("space"), "occp_text", &place(6, "00A0")),
        ])
    );
}

#[tokio::test]
async fn one_bad_record_refuses_the_whole_batch() {
    let caller = public().registered().await;
    let mut records = vec![json!({"occp_text": "nurse"}); 300];
    records[299] = json!({"occp_text": "n".repeat(101)});
    let refusal = refused_body(&caller, &json!({"records": records}), MALFORMED).await;
    assert_eq!(refusal["errors"][0]["index"], 299);
}

#[tokio::test]
async fn an_unknown_topic_or_model_is_not_found() {
    let caller = public().registered().await;
    let body = json!({"record": {"occp_text": "nurse"}});
    let topic = caller.post("/v1/topics/isco/code", &body).await;
    refused(&topic, 404, "The specified topic does not exist");
    assert_conforms("post", "/v1/topics/{topic}/code", &topic);

    let osca = caller.client.latest_model("osca").await.unwrap().model_id;
    let unknown_topic = caller.post(&format!("/v1/topics/isco/models/{osca}/code"), &body).await;
    refused(&unknown_topic, 404, "The specified topic does not exist");

    for model in ["7b0e8a3c-0000-4000-8000-000000000000", "latest", "1", "%20"] {
        let answer = caller.post(&format!("/v1/topics/osca/models/{model}/code"), &body).await;
        refused(&answer, 404, "The specified model does not exist");
        assert_conforms("post", "/v1/topics/{topic}/models/{model}/code", &answer);
    }
}

#[tokio::test]
async fn another_topics_model_is_a_conflict() {
    let caller = public().registered().await;
    let body = json!({"record": {"occp_text": "nurse"}});
    let anzsco = caller.client.latest_model("anzsco").await.unwrap().model_id;
    let answer = caller.post(&format!("/v1/topics/osca/models/{anzsco}/code"), &body).await;
    refused(&answer, 409, "Selected model does not match the input topic.");
    assert_conforms("post", "/v1/topics/{topic}/models/{model}/code", &answer);
    found(&caller.post(&format!("/v1/topics/anzsco/models/{anzsco}/code"), &body).await);
}

#[tokio::test]
async fn a_body_over_a_megabyte_is_too_large() {
    let caller = public().registered().await;
    let padded = |length: usize| {
        let mut body = br#"{"record": {"occp_text": "nurse"}}"#.to_vec();
        body.resize(length, b' ');
        client::Request::post("/v1/topics/osca/code", body)
    };
    found(&caller.send(padded(1_000_000)).await);
    for length in [1_000_001, 2_000_000] {
        let answer = caller.send(padded(length)).await;
        refused(&answer, 413, "Request body too large");
        assert_conforms("post", "/v1/topics/{topic}/code", &answer);
    }
}

#[tokio::test]
async fn a_failure_of_ours_is_a_500_that_says_no_more_and_hits_nobody_else() {
    let (caller, other) = (public().registered().await, public().registered().await);
    let body = json!({"record": {"occp_text": "nurse"}});
    let damaged = stack().dynamodb().await.put_item().table_name(&stack().quotas_table);
    let damaged = damaged
        .item("client_id", AttributeValue::S(caller.id.as_str().to_owned()))
        .item("busy_until_us", AttributeValue::S("damaged".to_owned()));
    damaged.send().await.unwrap();

    let answer = caller.code(&body).await;
    assert_eq!(
        refused(&answer, 500, "Error performing request"),
        json!({"message": "Error performing request"})
    );
    assert_conforms("post", "/v1/topics/{topic}/code", &answer);
    found(&other.code(&body).await);
}
