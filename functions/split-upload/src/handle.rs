use std::sync::Arc;

use boot::{number, setting};
use domain::{
    Failure, Kind, Operation, OperationFault, OperationId, OperationStatus, UPLOAD_LIMIT, Upload,
};
use jiff::Timestamp;
use store::{
    Files, InflateError, Object, Operations, Queues, ReadError, StoreError, operations_uploaded,
};

/// What the function needs.
#[derive(Debug)]
pub struct Deps {
    /// The operations.
    pub operations: Operations,
    /// Their files.
    pub files: Files,
    /// Where chunks are queued.
    pub queues: Queues,
    /// How files are cut.
    pub cut: Cut,
}

/// How files are cut.
#[derive(Debug, Clone, Copy)]
pub struct Cut {
    /// The bytes of a chunk.
    pub chunk_bytes: u64,
    /// How many chunks of one file may wait or run at a time.
    pub chunks_at_once: u32,
    /// The most bytes that a gzip file may have once it is inflated.
    pub inflated_limit: u64,
}

impl Deps {
    /// Builds everything from the settings.
    pub async fn from_settings() -> anyhow::Result<Self> {
        let config = boot::aws_config().await;
        let dynamodb = store::sdk::dynamodb::Client::new(&config);
        let s3 = store::sdk::s3::Client::new(&config);
        let sqs = store::sdk::sqs::Client::new(&config);
        Ok(Self {
            operations: Operations::new(
                dynamodb,
                setting("OPERATIONS_TABLE")?,
                setting("QUOTAS_TABLE")?,
            ),
            files: Files::new(s3, setting("BULK_BUCKET")?, setting("BUCKET_KEY_ARN")?),
            queues: Queues::new(sqs, setting("CHUNKS_QUEUE_URL")?, setting("FINISH_QUEUE_URL")?),
            cut: Cut {
                chunk_bytes: number("CHUNK_BYTES")?,
                chunks_at_once: number("CHUNKS_AT_ONCE")?,
                inflated_limit: number("INFLATED_LIMIT_BYTES")?,
            },
        })
    }
}

/// The upload could not be split, this time.
#[derive(Debug, thiserror::Error)]
pub enum SplitError {
    /// The message is none of S3's.
    #[error("the message is not a notification")]
    Message(#[from] serde_json::Error),
    /// AWS could not be asked.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Failure for SplitError {
    fn kind(&self) -> Kind {
        Kind::Internal
    }
}

/// Handles a notification of S3 that uploads have arrived.
pub async fn handle(deps: Arc<Deps>, message: String) -> Result<(), SplitError> {
    for id in operations_uploaded(&message)? {
        split(&deps, id).await?;
    }
    Ok(())
}

async fn split(deps: &Deps, id: OperationId) -> Result<(), StoreError> {
    let now = Timestamp::now();
    if let Some(operation) = deps.operations.find(id).await? {
        match operation.status_at(now) {
            OperationStatus::AwaitingUpload => accept(deps, &operation, now).await?,
            OperationStatus::Expired => {
                deps.operations.end_early(&operation, OperationStatus::Expired, None, now).await?;
            }
            _ => {}
        }
    }
    match deps.operations.find(id).await? {
        Some(operation) if operation.status.is_open() => queue_first_chunks(deps, &operation).await,
        Some(operation) if operation.status == OperationStatus::Completed => {
            // A second file came too late to be noticed.
            deps.files.delete_all_but_result(id).await
        }
        _ => deps.files.delete_all(id).await,
    }
}

/// Notes how the file is cut, or ends the operation if it cannot be coded.
async fn accept(deps: &Deps, operation: &Operation, now: Timestamp) -> Result<(), StoreError> {
    // A file that is gone again was deleted with its operation.
    let Some(upload) = deps.files.uploaded(operation.operation_id).await? else { return Ok(()) };
    match prepare(deps, operation.operation_id, upload).await? {
        Ok(upload) => deps.operations.queue(operation.operation_id, &upload).await.map(drop),
        Err(fault) => {
            let message = fault.to_string();
            let outcome = OperationStatus::Failed;
            deps.operations.end_early(operation, outcome, Some(&message), now).await.map(drop)
        }
    }
}

/// Makes of a file what chunks can be cut from.
async fn prepare(
    deps: &Deps,
    id: OperationId,
    upload: Object,
) -> Result<Result<Upload, OperationFault>, StoreError> {
    let cut = deps.cut;
    if upload.bytes > UPLOAD_LIMIT {
        return Ok(Err(OperationFault::TooLarge));
    }
    let is_inflated = match deps.files.is_gzip(id, &upload).await {
        Ok(is_gzip) => is_gzip,
        Err(ReadError::Replaced) => return Ok(Err(OperationFault::Replaced)),
        Err(ReadError::Store(error)) => return Err(error),
    };
    let object = if is_inflated {
        match deps.files.inflate(id, cut.inflated_limit).await {
            Ok(object) => object,
            Err(InflateError::Damaged(_)) => return Ok(Err(OperationFault::Damaged)),
            Err(InflateError::TooLarge) => {
                return Ok(Err(OperationFault::TooLargeInflated { limit: cut.inflated_limit }));
            }
            Err(InflateError::Store(error)) => return Err(error),
        }
    } else {
        upload
    };
    if object.bytes == 0 {
        return Ok(Err(OperationFault::Empty));
    }
    Ok(Ok(Upload {
        is_inflated,
        etag: object.etag,
        bytes: object.bytes,
        chunk_bytes: cut.chunk_bytes,
        chunks_at_once: cut.chunks_at_once,
    }))
}

async fn queue_first_chunks(deps: &Deps, operation: &Operation) -> Result<(), StoreError> {
    let Some(upload) = &operation.upload else { return Ok(()) };
    let chunks = upload.first_chunks().filter(|chunk| !operation.chunks_done.contains(chunk));
    deps.queues.send_chunks(&operation.client_id, operation.operation_id, chunks).await
}
