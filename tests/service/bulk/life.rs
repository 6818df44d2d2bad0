//! The life of an operation, and who may see it.

use client::Request;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use store::sdk::dynamodb::types::AttributeValue;

use super::{coded, create, delete, lines, result_of};
use crate::answers::{denied, found, refused};
use crate::callers::{Caller, partner, public};
use crate::schema::assert_conforms;
use crate::stack::stack;

const UNKNOWN: &str = "The specified operation does not exist";
const GET: &str = "/v1/topics/{topic}/batch-code/operations/{operation_id}";

/// Moves an operation's creation so long into the past that its time to upload is over.
async fn let_expire(id: &str) {
    let then = Timestamp::now() - SignedDuration::from_hours(3);
    let update = stack().dynamodb().await.update_item().table_name(&stack().operations_table);
    update
        .key("operation_id", AttributeValue::S(id.to_owned()))
        .key("item", AttributeValue::S("operation".to_owned()))
        .update_expression("SET created_at = :then")
        .expression_attribute_values(":then", AttributeValue::S(then.to_string()))
        .send()
        .await
        .unwrap();
}

#[tokio::test]
async fn an_operation_waits_for_its_file_and_ends_with_a_result() {
    let caller = partner().registered().await;
    let created = caller.send(Request::post("/v1/topics/anzsco/batch-code", "")).await;
    found(&created);
    assert_conforms("post", "/v1/topics/{topic}/batch-code", &created);
    let model = caller.client.latest_model("anzsco").await.unwrap();
    assert_eq!(created.header("x-model-id"), Some(&*model.model_id.to_string()));

    let operation = create(&caller, "anzsco").await;
    let waiting = caller.get(&operation.path()).await;
    assert_conforms("get", GET, &waiting);
    let waiting = found(&waiting);
    assert_eq!(waiting["status"], "AWAITING_UPLOAD");
    assert_eq!(waiting["modelId"], model.model_id.to_string());
    assert_eq!((&waiting["recordsCoded"], &waiting["percentComplete"]), (&json!(0), &json!(0)));

    operation.upload(lines(3).join("\n")).await;
    operation.ended().await;
    let completed = caller.get(&operation.path()).await;
    assert_conforms("get", GET, &completed);
    let completed = found(&completed);
    assert_eq!(result_of(&completed).await.len(), 3);
    assert_eq!(
        (&completed["recordsTotal"], &completed["percentComplete"]),
        (&json!(3), &json!(100))
    );
    let time = |name: &str| completed[name].as_str().unwrap().parse::<Timestamp>().unwrap();
    assert!(time("createdAt") <= time("startedAt") && time("startedAt") <= time("finishedAt"));
    assert_eq!(time("resultExpiresAt") - time("finishedAt"), SignedDuration::from_hours(168));
    assert!(is_deleted_but_result(&operation.id).await);

    // The table forgets it when the bucket does.
    let item = stack().dynamodb().await.get_item().table_name(&stack().operations_table);
    let item = item
        .key("operation_id", AttributeValue::S(operation.id.clone()))
        .key("item", AttributeValue::S("operation".to_owned()));
    let item = item.send().await.unwrap().item.unwrap();
    let end = time("resultExpiresAt").as_second().to_string();
    assert_eq!(item["expires_at"], AttributeValue::N(end));
}

#[tokio::test]
async fn a_named_model_is_kept_and_its_path_leads_to_the_operation() {
    let caller = partner().registered().await;
    let model = caller.client.latest_model("osca").await.unwrap().model_id;
    let path = format!("/v1/topics/osca/models/{model}/batch-code");
    let created = found(&caller.send(Request::post(&path, "{}")).await);
    let id = created["operationId"].as_str().unwrap();
    for path in
        [format!("{path}/operations/{id}"), format!("/v1/topics/osca/batch-code/operations/{id}")]
    {
        let operation = found(&caller.get(&path).await);
        assert_eq!(operation["modelId"], model.to_string());
        assert_eq!(operation["topic"], "osca");
    }
}

#[tokio::test]
async fn nobody_else_finds_it() {
    let (caller, other) = (partner().registered().await, partner().registered().await);
    let caller = &caller;
    let operation = create(caller, "osca").await;
    let anzsco = caller.client.latest_model("anzsco").await.unwrap().model_id;
    for path in [operation.path(), "/v1/topics/osca/batch-code/operations/1".to_owned()] {
        let answer = other.get(&path).await;
        refused(&answer, 404, UNKNOWN);
        assert_conforms("get", GET, &answer);
        refused(&other.send(delete(path)).await, 404, UNKNOWN);
    }
    let id = &operation.id;
    let by = |path: String| async move { caller.get(&path).await };
    refused(&by(format!("/v1/topics/anzsco/batch-code/operations/{id}")).await, 404, UNKNOWN);
    refused(
        &by(format!("/v1/topics/isco/batch-code/operations/{id}")).await,
        404,
        "The specified topic does not exist",
    );
    refused(
        &by(format!("/v1/topics/osca/models/{anzsco}/batch-code/operations/{id}")).await,
        409,
        "Selected model does not match the input topic.",
    );
    refused(
        &by(format!("/v1/topics/osca/models/1/batch-code/operations/{id}")).await,
        404,
        "The specified model does not exist",
    );
    assert_eq!(operation.get().await["status"], "AWAITING_UPLOAD");
}

#[tokio::test]
async fn the_public_may_not_use_it() {
    let caller = public().registered().await;
    let operation = "/v1/topics/osca/batch-code/operations/5f0c2b1e-6f0b-4a55-9d4e-0f6d4c1f7a10";
    denied(&caller.send(Request::post("/v1/topics/osca/batch-code", "")).await);
    denied(&caller.get(operation).await);
    denied(&caller.send(delete(operation)).await);
}

#[tokio::test]
async fn what_cannot_be_created_is_refused() {
    let caller = partner().registered().await;
    let post = |path: &str, body: &str| {
        let request = Request::post(path, body.to_owned());
        let caller = &caller;
        async move { caller.send(request).await }
    };
    let unknown = post("/v1/topics/isco/batch-code", "").await;
    refused(&unknown, 404, "The specified topic does not exist");
    let unknown = post("/v1/topics/osca/models/1/batch-code", "").await;
    refused(&unknown, 404, "The specified model does not exist");
    for (path, body) in [
        ("/v1/topics/osca/batch-code", r#"{"records": []}"#),
        ("/v1/topics/osca/batch-code?x=1", ""),
    ] {
        let answer = post(path, body).await;
        refused(&answer, 400, "Invalid request body");
        assert_conforms("post", "/v1/topics/{topic}/batch-code", &answer);
    }
}

#[tokio::test]
async fn a_file_without_the_signed_headers_is_refused_by_the_bucket() {
    let caller = partner().registered().await;
    let operation = create(&caller, "osca").await;
    assert_eq!(operation.put("x", false).await.status(), 403);
}

#[tokio::test]
async fn one_that_waited_too_long_has_expired_and_what_comes_late_is_not_coded() {
    let caller = partner().registered().await;
    let operation = create(&caller, "osca").await;
    let_expire(&operation.id).await;
    assert_eq!(operation.get().await["status"], "EXPIRED");
    operation.upload(lines(2).join("\n")).await;
    assert!(is_deleted(&operation.id).await);
    assert_eq!(operation.get().await["status"], "EXPIRED");
}

#[tokio::test]
async fn a_cancelled_one_leaves_nothing_and_stays_cancelled() {
    let caller = partner().registered().await;
    let operation = create(&caller, "osca").await;
    let cancelled = caller.send(delete(operation.path())).await;
    assert_conforms("delete", GET, &cancelled);
    assert_eq!(found(&cancelled)["status"], "CANCELLED");
    operation.upload(lines(2).join("\n")).await;
    assert!(is_deleted(&operation.id).await);
    assert_eq!(operation.cancel().await["status"], "CANCELLED");
    assert_eq!(operation.get().await["status"], "CANCELLED");
}

#[tokio::test]
async fn cancelling_a_completed_one_deletes_its_result() {
    let caller = partner().registered().await;
    let operation = create(&caller, "osca").await;
    operation.upload(lines(2).join("\n")).await;
    let completed = operation.ended().await;
    let url = completed["resultDownloadUrl"].as_str().unwrap();
    assert_eq!(reqwest::get(url).await.unwrap().status(), 200);
    let cancelled = operation.cancel().await;
    assert_eq!(cancelled["status"], "CANCELLED");
    assert_eq!(cancelled.get("resultDownloadUrl"), None);
    assert_eq!(reqwest::get(url).await.unwrap().status(), 404);
    assert!(is_deleted(&operation.id).await);
}

#[tokio::test]
async fn cancelling_in_the_middle_ends_the_work() {
    let caller = partner().registered().await;
    let operation = create(&caller, "osca").await;
    operation.upload(lines(60_000).join("\n")).await;
    operation.becomes(&["IN_PROGRESS"]).await;
    assert_eq!(operation.cancel().await["status"], "CANCELLED");
    assert!(is_deleted(&operation.id).await);
    let cancelled = operation.get().await;
    assert_eq!(cancelled["status"], "CANCELLED");
    assert!(cancelled["percentComplete"].as_u64().unwrap() < 100);
    charged(&caller, 0).await;
}

#[tokio::test]
async fn records_are_counted_when_they_are_delivered() {
    let caller = partner().registered().await;
    let file = [lines(5), vec!["no record".to_owned()]].concat().join("\n");
    assert_eq!(coded(&caller, file).await["status"], "COMPLETED");
    charged(&caller, 5).await;
    assert_eq!(coded(&caller, "no record").await["status"], "FAILED");
    charged(&caller, 5).await;
}

/// So many records count against the caller's day.
pub(super) async fn charged(caller: &Caller, records: u64) {
    let operations = stack().operations().await;
    let coded = operations.records_coded(&caller.id, Timestamp::now()).await.unwrap();
    assert_eq!(coded, records);
}

/// Waits until the service has the file of an operation.
pub(super) async fn wait_until_uploaded(id: &str) {
    let operations = stack().operations().await;
    let id = id.parse().unwrap();
    while operations.find(id).await.unwrap().is_none_or(|operation| operation.upload.is_none()) {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
}

/// Whether nothing of an operation is in the bucket any more, or soon.
pub(super) async fn is_deleted(id: &str) -> bool {
    is_left(id, &[]).await
}

async fn is_deleted_but_result(id: &str) -> bool {
    is_left(id, &[format!("results/{id}.jsonl")]).await
}

/// Whether soon exactly these objects of an operation are in the bucket.
async fn is_left(id: &str, expected: &[String]) -> bool {
    let s3 = stack().s3().await;
    for _ in 0..100 {
        let list = s3.list_objects_v2().bucket(&stack().bulk_bucket).send().await.unwrap();
        let keys = list.contents.unwrap_or_default().into_iter().filter_map(|object| object.key);
        let left: Vec<String> = keys.filter(|key| key.contains(id)).collect();
        if left == expected {
            return true;
        }
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    }
    false
}
