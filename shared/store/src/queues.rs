//! The queues of bulk coding. No text passes through them: a message names a chunk by its number.

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use domain::{ClientId, OperationId};
use serde::{Deserialize, Serialize};

use crate::error::StoreError;

/// The most messages that SQS takes in one call.
const MOST_AT_ONCE: usize = 10;

/// The queues of chunks to code and of operations to finish.
#[derive(Debug, Clone)]
pub struct Queues {
    client: Client,
    chunks_url: String,
    finish_url: String,
}

/// A chunk to code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChunkMessage {
    /// Of which operation.
    pub operation_id: OperationId,
    /// Which chunk, counted from 0.
    pub chunk: u32,
}

/// An operation whose chunks are all done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FinishMessage {
    /// Which.
    pub operation_id: OperationId,
}

impl Queues {
    /// The queues with those URLs.
    #[must_use]
    pub fn new(
        client: Client,
        chunks_url: impl Into<String>,
        finish_url: impl Into<String>,
    ) -> Self {
        Self { client, chunks_url: chunks_url.into(), finish_url: finish_url.into() }
    }

    /// Queues chunks. SQS deals them out fairly between clients: each client is a message group.
    pub async fn send_chunks(
        &self,
        client: &ClientId,
        operation_id: OperationId,
        chunks: impl IntoIterator<Item = u32>,
    ) -> Result<(), StoreError> {
        const OPERATION: &str = "sqs:SendMessageBatch of chunks";
        let chunks: Vec<u32> = chunks.into_iter().collect();
        for chunks in chunks.chunks(MOST_AT_ONCE) {
            let mut request = self.client.send_message_batch().queue_url(&self.chunks_url);
            for &chunk in chunks {
                let entry = SendMessageBatchRequestEntry::builder()
                    .id(chunk.to_string())
                    .message_group_id(client.as_str())
                    .message_body(json(&ChunkMessage { operation_id, chunk }));
                request = request
                    .entries(entry.build().map_err(|error| StoreError::call(OPERATION, error))?);
            }
            let answer =
                request.send().await.map_err(|error| StoreError::call(OPERATION, error))?;
            if !answer.failed.is_empty() {
                return Err(StoreError::Incomplete { operation: OPERATION });
            }
        }
        Ok(())
    }

    /// Queues the end of an operation.
    pub async fn send_finish(
        &self,
        client: &ClientId,
        operation_id: OperationId,
    ) -> Result<(), StoreError> {
        let request = self.client.send_message().queue_url(&self.finish_url);
        request
            .message_group_id(client.as_str())
            .message_body(json(&FinishMessage { operation_id }))
            .send()
            .await
            .map_err(|error| StoreError::call("sqs:SendMessage of a finish", error))?;
        Ok(())
    }
}

fn json(message: &impl Serialize) -> String {
    // Identifiers and numbers always serialise.
    serde_json::to_string(message).unwrap_or_default()
}
