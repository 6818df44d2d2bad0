use std::sync::Arc;

use boot::setting;
use domain::{Failure, Kind, OperationFault, OperationId, OperationStatus};
use jiff::Timestamp;
use serde::Deserialize;
use store::{Files, Operations, StoreError, operations_uploaded};

/// What the function needs.
#[derive(Debug)]
pub struct Deps {
    /// The operations.
    pub operations: Operations,
    /// Their files.
    pub files: Files,
}

impl Deps {
    /// Builds everything from the settings.
    pub async fn from_settings() -> anyhow::Result<Self> {
        let config = boot::aws_config().await;
        let dynamodb = store::sdk::dynamodb::Client::new(&config);
        let s3 = store::sdk::s3::Client::new(&config);
        Ok(Self {
            operations: Operations::new(
                dynamodb,
                setting("OPERATIONS_TABLE")?,
                setting("QUOTAS_TABLE")?,
            ),
            files: Files::new(s3, setting("BULK_BUCKET")?, setting("BUCKET_KEY_ARN")?),
        })
    }
}

/// The operation could not be marked, this time.
#[derive(Debug, thiserror::Error)]
pub enum FailError {
    /// The message names no operation.
    #[error("the message names no operation")]
    Message(#[from] serde_json::Error),
    /// AWS could not be asked.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Failure for FailError {
    fn kind(&self) -> Kind {
        Kind::Internal
    }
}

/// What messages of chunks and of ends have in common.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OperationMessage {
    operation_id: OperationId,
}

/// Handles a message that nobody could handle: a notification of S3, a chunk or an end.
pub async fn handle(deps: Arc<Deps>, message: String) -> Result<(), FailError> {
    for id in operations_of(&message)? {
        fail(&deps, id).await?;
    }
    Ok(())
}

fn operations_of(message: &str) -> Result<Vec<OperationId>, serde_json::Error> {
    match serde_json::from_str(message) {
        Ok(OperationMessage { operation_id }) => Ok(vec![operation_id]),
        Err(_) => operations_uploaded(message),
    }
}

async fn fail(deps: &Deps, id: OperationId) -> Result<(), StoreError> {
    let Some(operation) = deps.operations.find(id).await? else {
        return deps.files.delete_all(id).await;
    };
    let (message, outcome) = (OperationFault::Internal.to_string(), OperationStatus::Failed);
    deps.operations.end_early(&operation, outcome, Some(&message), Timestamp::now()).await?;
    match deps.operations.find(id).await?.map(|operation| operation.status) {
        // Its result was there already, and stays.
        Some(OperationStatus::Completed) => deps.files.delete_all_but_result(id).await,
        _ => deps.files.delete_all(id).await,
    }
}
