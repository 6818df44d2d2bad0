//! What a client may use and has used.

use domain::Tier;
use jiff::{Span, Timestamp};
use serde_json::json;
use store::sdk::dynamodb::types::AttributeValue;

use super::office::{applicant, order, quotas};
use crate::answers::found;
use crate::callers::partner;
use crate::schema::assert_conforms;
use crate::stack::stack;

#[tokio::test]
async fn a_client_sees_its_limits_what_is_left_and_what_it_used() {
    let (id, caller) = applicant("commonwealth", "partner").approved().await;
    let limits =
        json!({"burst": 50, "perHour": 500, "until": "2030-01-01T00:00:00Z", "reason": "x"});
    found(&order(&id, "limits", &limits).await);
    let records = json!({"records": [{"occp_text": "nurse"}, {"occp_text": "brickie"}]});
    found(&caller.code(&records).await);
    found(&caller.code(&json!({"record": {"occp_text": "nurse"}})).await);
    let refused = caller.code(&json!({"record": {"occp_text": ""}})).await;
    assert_eq!(refused.status, 400);
    let operation = found(&caller.post("/v1/topics/osca/batch-code", &json!({})).await);

    let answer = caller.get("/v1/usage").await;
    assert_conforms("get", "/v1/usage", &answer);
    let usage = found(&answer);
    assert_eq!(usage["limits"]["perHour"], 500);
    assert_eq!(usage["limits"]["perDay"], Tier::Partner.limits().per_day);
    assert_eq!(usage["nominated"], json!({"callsPerDay": 200, "recordsPerDay": 5_000}));
    // Two that coded, one that was refused for its body, one for the operation, and this one.
    assert_eq!(usage["today"], json!({"calls": 5, "records": 3}));
    assert_eq!(usage["month"], usage["today"]);
    assert_eq!(usage["days"].as_array().unwrap().len(), 1);
    let hour = usage["left"].as_array().unwrap().iter().find(|limit| limit["window"] == "hour");
    assert_eq!(hour.unwrap()["left"], 495);
    let running = usage["runningOperations"].as_array().unwrap();
    assert_eq!(running[0]["operationId"], operation["operationId"]);
}

/// The first call of a day keeps the number of the day before.
#[tokio::test]
async fn days_that_are_over_are_kept() {
    let caller = partner().registered().await;
    found(&caller.get("/v1/topics").await);
    let now = Timestamp::now();
    let midnight = now.as_second().div_euclid(86_400) * 86_400;
    let set = stack().dynamodb().await.update_item().table_name(&stack().quotas_table);
    let number = |value: i64| AttributeValue::N(value.to_string());
    let key = AttributeValue::S(caller.id.as_str().to_owned());
    set.key("client_id", key)
        .update_expression("SET day_start = :start, day_calls = :calls")
        .expression_attribute_values(":start", number(midnight - 86_400))
        .expression_attribute_values(":calls", number(7))
        .send()
        .await
        .unwrap();
    found(&caller.get("/v1/topics").await);
    let days = quotas().await.days(&caller.id, 90, now).await.unwrap();
    let today = now.to_zoned_datetime(jiff::tz::TimeZone::UTC).date();
    let yesterday = today.checked_sub(Span::new().days(1)).unwrap();
    let kept: Vec<_> = days.iter().map(|day| (day.date, day.calls)).collect();
    assert_eq!(kept, [(yesterday, 7)]);
    let usage = found(&caller.get("/v1/usage").await);
    assert_eq!(usage["days"][1]["calls"], 7);
    assert_eq!(usage["today"]["calls"], 2);
}
