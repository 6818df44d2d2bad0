use std::sync::Arc;

use boot::setting;
use domain::{Failure, Kind, Operation, OperationFault, OperationStatus};
use jiff::Timestamp;
use store::{Files, FinishMessage, Operations, StoreError};

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

/// The operation could not be finished, this time.
#[derive(Debug, thiserror::Error)]
pub enum FinishError {
    /// The message names no operation.
    #[error("the message names no operation")]
    Message(#[from] serde_json::Error),
    /// AWS could not be asked.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Failure for FinishError {
    fn kind(&self) -> Kind {
        Kind::Internal
    }
}

/// Handles the message that all chunks of an operation are done.
pub async fn handle(deps: Arc<Deps>, message: String) -> Result<(), FinishError> {
    let FinishMessage { operation_id: id } = serde_json::from_str(&message)?;
    let Some(operation) = deps.operations.find(id).await? else { return Ok(()) };
    if operation.status == OperationStatus::InProgress && operation.is_all_coded() {
        finish(&deps, &operation).await?;
    }
    // Whoever ended it: what is left of it goes, now or when the message comes again.
    match deps.operations.find(id).await?.map(|operation| operation.status) {
        Some(status) if status.is_open() => {}
        Some(OperationStatus::Completed) => deps.files.delete_all_but_result(id).await?,
        _ => deps.files.delete_all(id).await?,
    }
    Ok(())
}

async fn finish(deps: &Deps, operation: &Operation) -> Result<(), StoreError> {
    let Some(upload) = &operation.upload else { return Ok(()) };
    if operation.counts.coded() == 0 {
        let (message, outcome) = (OperationFault::NoValidLine.to_string(), OperationStatus::Failed);
        let now = Timestamp::now();
        deps.operations.end_early(operation, outcome, Some(&message), now).await?;
        return Ok(());
    }
    let bytes = deps.files.put_result(operation.operation_id, upload.chunks()).await?;
    deps.operations.complete(operation, bytes, Timestamp::now()).await?;
    Ok(())
}
