//! Bulk coding, from the creation of an operation to its result.

mod disturbances;
pub(crate) mod faults;
mod files;
mod life;
mod limits;
mod occoder;
mod processes;
mod result;
mod soak;
pub(crate) mod world;

use std::time::{Duration, Instant};

use client::Request;
use serde_json::Value;

use crate::answers::found;
use crate::callers::Caller;

/// Longer than any operation of these tests takes, redeliveries included.
const PATIENCE: Duration = Duration::from_mins(20);

/// An operation of a caller's.
struct Operation<'a> {
    caller: &'a Caller,
    topic: &'static str,
    id: String,
    upload_url: String,
    key_arn: String,
}

fn delete(path: impl Into<String>) -> Request {
    Request::new(reqwest::Method::DELETE, path)
}

/// Creates an operation of a topic's latest model.
async fn create<'a>(caller: &'a Caller, topic: &'static str) -> Operation<'a> {
    let path = format!("/v1/topics/{topic}/batch-code");
    let target = found(&caller.send(Request::post(path, "")).await);
    let text = |name: &str| target[name].as_str().unwrap().to_owned();
    Operation {
        caller,
        topic,
        id: text("operationId"),
        upload_url: text("requestUploadUrl"),
        key_arn: text("bucketKmsKeyArn"),
    }
}

/// Creates an operation, uploads a file and waits for the end.
pub(crate) async fn coded(caller: &Caller, file: impl Into<Vec<u8>>) -> Value {
    let operation = create(caller, "osca").await;
    operation.upload(file).await;
    operation.ended().await
}

impl Operation<'_> {
    fn path(&self) -> String {
        format!("/v1/topics/{}/batch-code/operations/{}", self.topic, self.id)
    }

    async fn upload(&self, file: impl Into<Vec<u8>>) {
        let answer = self.put(file, true).await;
        assert_eq!(answer.status(), 200, "{}", answer.text().await.unwrap());
    }

    /// Sends a file to the upload URL, with the headers of its encryption or without.
    async fn put(&self, file: impl Into<Vec<u8>>, with_headers: bool) -> reqwest::Response {
        let mut request = reqwest::Client::new().put(&self.upload_url).body(file.into());
        if with_headers {
            request = request
                .header("x-amz-server-side-encryption", "aws:kms")
                .header("x-amz-server-side-encryption-aws-kms-key-id", &self.key_arn);
        }
        request.send().await.unwrap()
    }

    async fn get(&self) -> Value {
        found(&self.caller.get(&self.path()).await)
    }

    async fn cancel(&self) -> Value {
        found(&self.caller.send(delete(self.path())).await)
    }

    /// Waits until the operation is over.
    async fn ended(&self) -> Value {
        self.becomes(&["COMPLETED", "FAILED", "CANCELLED", "EXPIRED"]).await
    }

    /// Waits until the operation has one of these statuses.
    async fn becomes(&self, statuses: &[&str]) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let operation = self.get().await;
            if statuses.contains(&operation["status"].as_str().unwrap()) {
                return operation;
            }
            assert!(Instant::now() < deadline, "still {operation}");
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
    }
}

/// The lines of a completed operation's result.
async fn result_of(operation: &Value) -> Vec<Value> {
    assert_eq!(operation["status"], "COMPLETED", "{operation}");
    let url = operation["resultDownloadUrl"].as_str().unwrap();
    let answer = reqwest::get(url).await.unwrap();
    assert_eq!(answer.status(), 200);
    let text = answer.text().await.unwrap();
    assert_eq!(operation["resultSizeBytes"], text.len());
    assert!(text.ends_with('\n'));
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A line of a file.
fn line(id: &Value, title: &str, tasks: &str) -> String {
    serde_json::json!({"recordId": id, "occp_text": title, "tasks_text": tasks}).to_string()
}

/// So many lines, of titles that are sure, unsure and hopeless.
fn lines(count: usize) -> Vec<String> {
    const TITLES: [&str; 8] = [
        "brickie",
        "AIN nights",
        "manager",
        "works in the shop",
        "zzxqy",
        "truck driver, interstate",
        "teacher",
        "registered nurse",
    ];
    let line = |number: usize| {
        let tasks = if number.is_multiple_of(3) { "" } else { "day to day work" };
        line(&number.into(), TITLES[number % TITLES.len()], tasks)
    };
    (0..count).map(line).collect()
}
