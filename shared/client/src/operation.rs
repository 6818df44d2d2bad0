//! Bulk coding: operations, and the calls that make, watch and end them.

use std::time::Duration;

use domain::{OperationId, OperationStatus};
use jiff::Timestamp;
use reqwest::Method;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::client::{Client, model_path, topic_path};
use crate::error::ClientError;
use crate::exchange::Request;
use crate::retry::Repeat;

/// The rate that partners have: an operation is not looked at more often than once a second.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// What runs for long is looked at less often.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// Where to send the file of a new operation.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UploadTarget {
    /// The URL to PUT the file to, within the hour. Whoever has it can.
    pub request_upload_url: String,
    /// The operation that codes it.
    pub operation_id: OperationId,
    /// The key that the upload must name.
    pub bucket_kms_key_arn: String,
}

/// The coding of one file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Operation {
    /// Its identifier.
    pub operation_id: OperationId,
    /// Where it stands.
    pub status: OperationStatus,
    /// What it codes to.
    pub topic: String,
    /// The model that codes.
    pub model_id: Uuid,
    /// When it was created.
    pub created_at: Timestamp,
    /// When coding began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// When it ended, however it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Timestamp>,
    /// The lines of the file, once that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub records_total: Option<u64>,
    /// The records that are coded so far.
    pub records_coded: u64,
    /// Those of them with a code.
    pub records_successful: u64,
    /// Those without.
    pub records_unsuccessful: u64,
    /// The lines that are no record.
    pub records_invalid: u64,
    /// How much of the file is coded, 0 to 100.
    pub percent_complete: u8,
    /// Where the result is, for an hour. Whoever has it can read it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result_download_url: Option<String>,
    /// The bytes of the result.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result_size_bytes: Option<u64>,
    /// When the result is deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result_expires_at: Option<Timestamp>,
    /// Why there is no result.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

impl Client {
    /// Creates an operation, with the topic's latest model unless another is named. It waits for
    /// its file: see [`Client::upload`].
    pub async fn create_operation(
        &self,
        topic: &str,
        model: Option<Uuid>,
    ) -> Result<UploadTarget, ClientError> {
        let path = model_path(topic, model) + "/batch-code";
        self.call(Request::post(path, ""), Repeat::IfNothingWasDone).await
    }

    /// An operation as it stands.
    pub async fn operation(&self, topic: &str, id: OperationId) -> Result<Operation, ClientError> {
        self.get(operation_path(topic, id)).await
    }

    /// Ends an operation and deletes its input and its result.
    pub async fn cancel_operation(
        &self,
        topic: &str,
        id: OperationId,
    ) -> Result<Operation, ClientError> {
        let request = Request::new(Method::DELETE, operation_path(topic, id));
        self.call(request, Repeat::Whenever).await
    }

    /// Looks at an operation until it has ended, first after a second and then less and less often,
    /// and shows each time how it stands.
    pub async fn wait_for_operation(
        &self,
        topic: &str,
        id: OperationId,
        mut show: impl FnMut(&Operation),
    ) -> Result<Operation, ClientError> {
        let mut pause = FIRST_PAUSE;
        loop {
            let operation = self.operation(topic, id).await?;
            show(&operation);
            if !operation.status.is_open() {
                return Ok(operation);
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 5 / 4).min(LONGEST_PAUSE);
        }
    }
}

fn operation_path(topic: &str, id: OperationId) -> String {
    format!("{}/batch-code/operations/{id}", topic_path(topic))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_may_have_fields_that_are_not_known_yet_and_lack_those_that_may_be_missing() {
        let json = r#"{
            "operationId": "0195a8a4-7d2b-4c3e-9c55-5a8d3f1e2b10", "status": "AWAITING_UPLOAD",
            "topic": "osca", "modelId": "00000000-0000-0000-0000-000000000000",
            "createdAt": "2026-11-25T01:02:03Z", "recordsCoded": 0, "recordsSuccessful": 0,
            "recordsUnsuccessful": 0, "recordsInvalid": 0, "percentComplete": 0, "mood": "good"
        }"#;
        let operation: Operation = serde_json::from_str(json).unwrap();
        assert_eq!(operation.status, OperationStatus::AwaitingUpload);
        assert_eq!(operation.result_download_url, None);
    }
}
