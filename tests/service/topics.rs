//! `GET` routes: what can be coded to, and with which models.

use serde_json::json;

use crate::answers::{found, json, refused};
use crate::callers::public;
use crate::schema::assert_conforms;

const OSCA: &str = "OSCA - Occupation Standard Classification for Australia";
const ANZSCO: &str = "ANZSCO - Australian and New Zealand Standard Classification of Occupations";

#[tokio::test]
async fn both_topics_are_listed_by_their_full_names() {
    let caller = public().registered().await;
    let answer = caller.get("/v1/topics").await;
    assert_conforms("get", "/v1/topics", &answer);
    assert_eq!(
        found(&answer),
        json!([
            {"uriName": "osca", "fullName": OSCA},
            {"uriName": "anzsco", "fullName": ANZSCO},
        ])
    );
}

#[tokio::test]
async fn a_topic_says_what_its_models_read() {
    let caller = public().registered().await;
    for (topic, full_name) in [("osca", OSCA), ("anzsco", ANZSCO)] {
        let answer = caller.get(&format!("/v1/topics/{topic}")).await;
        assert_conforms("get", "/v1/topics/{topic}", &answer);
        let details = found(&answer);
        assert_eq!(details["uriName"], topic);
        assert_eq!(details["fullName"], full_name);
        assert_eq!(details["inputFormat"], json!(["occp_text", "tasks_text"]));
    }
}

#[tokio::test]
async fn a_topics_models_are_listed_newest_first_and_the_latest_is_among_them() {
    let caller = public().registered().await;
    for topic in ["osca", "anzsco"] {
        let listed = caller.get(&format!("/v1/topics/{topic}/models")).await;
        assert_conforms("get", "/v1/topics/{topic}/models", &listed);
        let latest = caller.get(&format!("/v1/topics/{topic}/models/latest")).await;
        assert_conforms("get", "/v1/topics/{topic}/models/latest", &latest);

        let models = caller.client.models(topic).await.unwrap();
        assert!(models.is_sorted_by(|newer, older| newer.model_version > older.model_version));
        let latest_model = caller.client.latest_model(topic).await.unwrap();
        assert!(models.contains(&latest_model));
        assert_eq!(latest.header("x-model-id"), Some(&*latest_model.model_id.to_string()));
    }
}

#[tokio::test]
async fn an_unknown_topic_is_not_found_on_any_route() {
    let caller = public().registered().await;
    for topic in ["isco", "OSCA", "osca%20", "osca%00", "%F0%9F%8E%A7"] {
        for (route, path) in [
            ("/v1/topics/{topic}", ""),
            ("/v1/topics/{topic}/models", "/models"),
            ("/v1/topics/{topic}/models/latest", "/models/latest"),
        ] {
            let answer = caller.get(&format!("/v1/topics/{topic}{path}")).await;
            assert_conforms("get", route, &answer);
            refused(&answer, 404, "The specified topic does not exist");
        }
    }
}

#[tokio::test]
async fn a_query_string_is_refused_everywhere() {
    let caller = public().registered().await;
    for path in [
        "/v1/topics?x=1",
        "/v1/topics/osca?x=",
        "/v1/topics/osca/models?x",
        "/v1/topics/osca/models/latest?page=2&size=10",
        "/v1/security.txt?x=1",
    ] {
        let body = refused(&caller.get(path).await, 400, "Invalid request body");
        assert_eq!(body["detail"], "query-string parameters are not accepted on any route");
    }
    let coded = json!({"record": {"occp_text": "brickie"}});
    let answer = caller.post("/v1/topics/osca/code?numberOfSuggestions=3", &coded).await;
    refused(&answer, 400, "Invalid request body");
}

#[tokio::test]
async fn security_txt_needs_no_token_and_takes_a_bad_one() {
    let caller = public().registered().await;
    let request = client::Request::get("/v1/security.txt").without_token();
    for request in [request.clone(), request.header("authorization", "nonsense")] {
        let answer = caller.send(request).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert!(answer.header("x-request-id").is_some());
        assert!(answer.header("content-type").is_some_and(|kind| kind.starts_with("text/plain")));
        let text = answer.text().into_owned();
        let expires = text.lines().find_map(|line| line.strip_prefix("Expires: ")).unwrap();
        let expires: jiff::Timestamp = expires.parse().unwrap();
        assert!(expires > jiff::Timestamp::now());
        assert!(text.lines().any(|line| line.starts_with("Contact: ")), "{text}");
    }
}

#[tokio::test]
async fn an_unknown_route_or_method_is_not_found() {
    let caller = public().registered().await;
    for request in [
        client::Request::get("/v1/nothing"),
        client::Request::get("/v2/topics"),
        client::Request::post("/v1/topics", "{}"),
        client::Request::get("/v1/topics/osca/code"),
    ] {
        let answer = caller.send(request).await;
        assert_eq!(answer.status, 404);
        assert_eq!(json(&answer), serde_json::json!({"message": "Not Found"}));
    }
}
