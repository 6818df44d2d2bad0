//! How much a partner may have in hand, and code on a day.

use client::Request;
use domain::Overrides;

use super::life::charged;
use super::{coded, create, lines};
use crate::answers::{found, refused};
use crate::callers::partner;
use crate::schema::assert_conforms;

const CREATE: &str = "/v1/topics/osca/batch-code";

fn operations(count: u32) -> Overrides {
    Overrides { operations: Some(count), ..Overrides::default() }
}

fn records_per_day(count: u32) -> Overrides {
    Overrides { records_per_day: Some(count), ..Overrides::default() }
}

#[tokio::test]
async fn only_so_many_operations_are_open_at_a_time() {
    let caller = partner().limited(operations(2)).registered().await;
    let first = create(&caller, "osca").await;
    let second = create(&caller, "osca").await;
    let answer = caller.send(Request::post(CREATE, "")).await;
    let refusal = refused(&answer, 429, "Limit Exceeded");
    assert_conforms("post", "/v1/topics/{topic}/batch-code", &answer);
    assert!(answer.header("retry-after").is_some());
    let detail = refusal["detail"].as_str().unwrap();
    assert!(detail.starts_with("2 bulk operations are awaiting their upload or running, 2 are"));

    first.cancel().await;
    create(&caller, "osca").await;
    refused(&caller.send(Request::post(CREATE, "")).await, 429, "Limit Exceeded");
    second.upload(lines(1).join("\n")).await;
    second.ended().await;
    create(&caller, "osca").await;
}

#[tokio::test]
async fn of_20_created_at_once_exactly_the_allowed_ones_are() {
    let caller = partner().limited(operations(7)).registered().await;
    caller.client.token().await.unwrap();
    let requests = (0..20).map(|_| caller.send(Request::post(CREATE, "")));
    let answers = futures::future::join_all(requests).await;
    let created = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(created, 7);
    for answer in answers.iter().filter(|answer| answer.status != 200) {
        refused(answer, 429, "Limit Exceeded");
    }
}

#[tokio::test]
async fn without_any_allowed_none_is_created() {
    let caller = partner().limited(operations(0)).registered().await;
    refused(&caller.send(Request::post(CREATE, "")).await, 429, "Limit Exceeded");
}

#[tokio::test]
async fn a_days_records_can_be_used_up() {
    let caller = partner().limited(records_per_day(5)).registered().await;
    let completed = coded(&caller, lines(3).join("\n")).await;
    assert_eq!(completed["status"], "COMPLETED");

    // More than the two that are left: nothing is delivered and nothing counted.
    let failed = coded(&caller, lines(3).join("\n")).await;
    assert_eq!(failed["status"], "FAILED");
    let message = "the uploaded file has more records than the day's limit has left";
    assert_eq!(failed["message"], message);
    charged(&caller, 3).await;

    assert_eq!(coded(&caller, lines(2).join("\n")).await["status"], "COMPLETED");
    let answer = caller.send(Request::post(CREATE, "")).await;
    let refusal = refused(&answer, 429, "Limit Exceeded");
    let detail = refusal["detail"].as_str().unwrap();
    assert!(detail.starts_with("the 5 bulk records of today are used up"), "{detail}");
    let wait: u32 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=86_400).contains(&wait));
    found(&caller.get("/v1/topics").await);
}
