//! The deployed functions, killed, starved and given up.

use std::time::Duration;

use store::{ChunkMessage, FinishMessage};
use uuid::Uuid;

use super::life::{charged, is_deleted};
use super::{create, lines, result_of};
use crate::callers::partner;
use crate::stack::stack;

/// What an operation says that nobody could code.
const GIVEN_UP: &str = "the service failed to code the file";

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_worker_that_is_killed_in_the_middle_of_a_chunk_costs_nothing_but_time() {
    let caller = partner().registered().await;
    let lines = lines(30_000);
    let operation = create(&caller, "osca").await;
    operation.upload(lines.join("\n")).await;
    operation.becomes(&["IN_PROGRESS"]).await;
    let workers = crate::processes::of_function("code-chunk");
    assert!(!workers.is_empty());
    workers.iter().for_each(crate::processes::Process::kill);

    let completed = operation.ended().await;
    let result = result_of(&completed).await;
    assert_eq!(result.len(), lines.len());
    assert!((0..).zip(&result).all(|(number, line)| line["recordId"] == number));
    charged(&caller, 30_000).await;
}

#[tokio::test]
async fn a_small_file_does_not_wait_for_a_large_one() {
    let (large, small) = (partner().registered().await, partner().registered().await);
    let large = create(&large, "osca").await;
    large.upload(lines(100_000).join("\n")).await;
    large.becomes(&["IN_PROGRESS"]).await;
    let small = create(&small, "osca").await;
    small.upload(lines(100).join("\n")).await;
    assert_eq!(small.ended().await["status"], "COMPLETED");
    let large_now = large.get().await;
    assert_eq!(large_now["status"], "IN_PROGRESS", "{large_now}");
    assert!(large_now["percentComplete"].as_u64().unwrap() < 60, "{large_now}");
    large.cancel().await;
}

#[tokio::test]
async fn a_chunk_that_can_never_be_coded_ends_its_operation() {
    let caller = partner().registered().await;
    let operation = create(&caller, "osca").await;
    // An operation whose file is gone before its chunks are read.
    let upload = domain::Upload {
        is_inflated: true,
        etag: "\"none\"".to_owned(),
        bytes: 100,
        chunk_bytes: 100,
        chunks_at_once: 1,
    };
    let id = operation.id.parse().unwrap();
    assert!(stack().operations().await.queue(id, &upload).await.unwrap());
    stack().queues().await.send_chunks(&caller.id, id, [0]).await.unwrap();
    let failed = operation.ended().await;
    assert_eq!(failed["status"], "FAILED");
    assert!(failed["message"].as_str().unwrap().starts_with(GIVEN_UP));
    charged(&caller, 0).await;
}

#[tokio::test]
async fn whatever_arrives_in_a_dead_letter_queue_fails_its_operation() {
    let caller = partner().registered().await;
    let dead = &stack().dead_letter_queues;
    for (place, url) in dead.iter().enumerate() {
        let operation = create(&caller, "osca").await;
        let operation_id = operation.id.parse().unwrap();
        let body = match place {
            0 => serde_json::json!({"Records": [
                {"s3": {"object": {"key": format!("uploads/{}", operation.id)}}}
            ]})
            .to_string(),
            1 => serde_json::to_string(&ChunkMessage { operation_id, chunk: 3 }).unwrap(),
            _ => serde_json::to_string(&FinishMessage { operation_id }).unwrap(),
        };
        let send = stack().sqs().await.send_message().queue_url(url).message_body(body);
        send.send().await.unwrap();
        let failed = operation.ended().await;
        assert_eq!(failed["status"], "FAILED", "{url}");
        assert!(failed["message"].as_str().unwrap().starts_with(GIVEN_UP));
        assert!(is_deleted(&operation.id).await);
    }
}

#[tokio::test]
async fn an_upload_that_nobody_waits_for_is_deleted() {
    let id = Uuid::new_v4().to_string();
    let put = stack().s3().await.put_object().bucket(&stack().bulk_bucket);
    put.key(format!("uploads/{id}")).body(b"x".to_vec().into()).send().await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(is_deleted(&id).await);
}
