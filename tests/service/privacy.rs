//! What people write about their jobs, and tokens, appear in no log, table or message.

use std::time::Duration;

use client::Request;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::answers::found;
use crate::bulk;
use crate::bulk::faults::Faults;
use crate::bulk::world::{Dealing, World};
use crate::callers::{Caller, partner, public};
use crate::stack::stack;

/// Letters only, so that it is a text like any other, and no word that occurs by chance.
const MARKER: &str = "Quokkawhisperer";
/// Logs come a little after the answers.
const PATIENCE: Duration = Duration::from_secs(15);

#[tokio::test]
async fn nothing_of_what_was_sent_is_in_any_log() {
    let started = Timestamp::now();
    let caller = public().registered().await;
    let request_id = send_markers(&caller).await;
    let token = caller.client.token().await.unwrap();
    let signature = token.rsplit('.').next().unwrap();

    let lines = lines_with(&request_id, started).await;
    for (name, secret) in [("text", MARKER), ("token", &token), ("signature", signature)] {
        let found = lines.iter().find(|line| line.contains(secret));
        assert_eq!(found, None, "a {name} is in a log");
    }
}

#[tokio::test]
async fn nothing_of_a_file_is_in_any_log_table_or_message() {
    let started = Timestamp::now();
    let caller = partner().registered().await;
    let good = json!({"recordId": MARKER, "occp_text": MARKER, "tasks_text": "day to day"});
    let bad = json!({"recordId": MARKER, "occp_text": MARKER.repeat(30), "tasks_text": MARKER});
    let file = format!("{good}\n{bad}\n{MARKER}\n{{\"{MARKER}\": 1}}\n{good}");
    for file in [file.clone(), MARKER.to_owned()] {
        bulk::coded(&caller, file).await;
    }
    let last = caller.code(&json!({"record": {"occp_text": "nurse"}})).await;
    let lines = lines_with(last.header("x-request-id").unwrap(), started).await;
    assert_eq!(lines.iter().find(|line| line.contains(MARKER)), None);
    for table in [&stack().operations_table, &stack().quotas_table, &stack().registrations_table] {
        let items = stack().dynamodb().await.scan().table_name(table).send().await.unwrap();
        assert!(!format!("{items:?}").contains(MARKER), "text is in {table}");
    }

    let world = World::new(100, Faults::none()).await;
    let id = world.uploaded(file.as_bytes()).await;
    world.run(id, Dealing::ONCE).await;
    let messages = world.messages();
    assert!(messages.len() > 3);
    assert_eq!(messages.iter().find(|message| message.contains(MARKER)), None);
}

/// Sends the marker wherever a caller can put text; gives the identifier of the last request.
async fn send_markers(caller: &Caller) -> String {
    let good = json!({"recordId": MARKER, "occp_text": MARKER, "tasks_text": MARKER});
    for body in [
        json!({"records": [good, good]}),
        json!({"record": {"occp_text": MARKER.repeat(20)}}),
        json!({"record": {"occp_text": format!("{MARKER}\u{7}")}}),
        json!({"records": [good, good], "explain": true, "followUp": true, "alsoCode": ["anzsco"]}),
        json!({"record": {"occp_text": MARKER, "followUpAnswer": MARKER}}),
        json!({"record": {"occp_text": MARKER, "followUpAnswer": "111111"}}),
        json!({"record": good, "explain": MARKER, "alsoCode": [MARKER]}),
        json!({"record": good, "alsoCode": [MARKER]}),
        json!({"record": {MARKER: MARKER}}),
        json!({MARKER: MARKER}),
        json!(MARKER),
    ] {
        caller.code(&body).await;
    }
    let broken = format!(r#"{{"record": {{"occp_text": "{MARKER}"#);
    for request in [
        Request::post("/v1/topics/osca/code", broken),
        Request::get(format!("/v1/topics?{MARKER}={MARKER}")),
        Request::get("/v1/topics").header("x-note", MARKER),
        Request::get("/v1/topics").without_token().header("authorization", MARKER),
    ] {
        caller.send(request).await;
    }
    let last = caller.code(&json!({"record": good})).await;
    found(&last);
    last.header("x-request-id").unwrap().to_owned()
}

/// Every line that was logged since, once the line of that request is among them.
async fn lines_with(request_id: &str, since: Timestamp) -> Vec<String> {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        let lines = all_lines(since).await;
        if lines.iter().any(|line| line.contains(request_id)) {
            return lines;
        }
        assert!(tokio::time::Instant::now() < deadline, "the request was never logged");
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
}

/// Every line that was logged to any group since.
pub(crate) async fn all_lines(since: Timestamp) -> Vec<String> {
    let groups = logs("DescribeLogGroups", json!({})).await;
    let mut lines = Vec::new();
    for group in groups["logGroups"].as_array().unwrap() {
        lines.extend(lines_of(group["logGroupName"].as_str().unwrap(), since).await);
    }
    lines
}

/// Every line that was logged to a group since.
pub(crate) async fn lines_of(group: &str, since: Timestamp) -> Vec<String> {
    let query = json!({"logGroupName": group, "startTime": since.as_millisecond()});
    let found = logs("FilterLogEvents", query).await;
    let messages = found["events"].as_array().unwrap().iter();
    messages.map(|event| event["message"].as_str().unwrap().to_owned()).collect()
}

/// `CloudWatch` Logs, asked without its SDK, which nothing else here needs. The emulator wants to
/// know the service and does not look at the signature.
async fn logs(operation: &str, query: Value) -> Value {
    let scope = "AWS4-HMAC-SHA256 Credential=test/20260101/ap-southeast-2/logs/aws4_request";
    let answer = reqwest::Client::new()
        .post(&stack().endpoint_url)
        .header("x-amz-target", format!("Logs_20140328.{operation}"))
        .header("content-type", "application/x-amz-json-1.1")
        .header("authorization", scope)
        .body(query.to_string())
        .send()
        .await
        .unwrap();
    serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
}
