use std::io::BufWriter;
use std::sync::Arc;

use boot::setting;
use classifier::{Models, ModelsError};
use domain::{
    Counts, Failure, Kind, Operation, OperationFault, OperationStatus, RangeText, Upload,
};
use jiff::Timestamp;
use store::{ChunkMessage, Files, Operations, Queues, ReadError, Recorded, Source, StoreError};
use tempfile::NamedTempFile;
use uuid::Uuid;

use crate::code::{CodeError, code_lines};

/// What the function needs.
#[derive(Debug)]
pub struct Deps {
    /// The models.
    pub models: Arc<Models>,
    /// The operations.
    pub operations: Operations,
    /// Their files.
    pub files: Files,
    /// Where further chunks and ends of operations are queued.
    pub queues: Queues,
}

impl Deps {
    /// Builds everything from the settings.
    pub async fn from_settings() -> anyhow::Result<Self> {
        let config = boot::aws_config().await;
        let dynamodb = store::sdk::dynamodb::Client::new(&config);
        let s3 = store::sdk::s3::Client::new(&config);
        let sqs = store::sdk::sqs::Client::new(&config);
        Ok(Self {
            models: Arc::new(Models::open(setting("MODEL_DIR")?)?),
            operations: Operations::new(
                dynamodb,
                setting("OPERATIONS_TABLE")?,
                setting("QUOTAS_TABLE")?,
            ),
            files: Files::new(s3, setting("BULK_BUCKET")?, setting("BUCKET_KEY_ARN")?),
            queues: Queues::new(sqs, setting("CHUNKS_QUEUE_URL")?, setting("FINISH_QUEUE_URL")?),
        })
    }
}

/// The chunk could not be coded, this time.
#[derive(Debug, thiserror::Error)]
pub enum ChunkError {
    /// The message names no chunk.
    #[error("the message names no chunk")]
    Message(#[from] serde_json::Error),
    /// The operation's model is not there.
    #[error("model {0} is not in the registry")]
    ModelUnlisted(Uuid),
    /// The operation's model cannot be loaded.
    #[error(transparent)]
    Model(#[from] ModelsError),
    /// The lines could not be coded.
    #[error(transparent)]
    Code(#[from] CodeError),
    /// The file that coded lines go through could not be made.
    #[error("cannot make a temporary file")]
    File(#[from] std::io::Error),
    /// Coding was broken off by a defect of ours.
    #[error("coding panicked")]
    Panicked,
    /// AWS could not be asked.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Failure for ChunkError {
    fn kind(&self) -> Kind {
        Kind::Internal
    }
}

/// Handles a chunk's message.
pub async fn handle(deps: Arc<Deps>, message: String) -> Result<(), ChunkError> {
    let ChunkMessage { operation_id, chunk } = serde_json::from_str(&message)?;
    let Some(operation) = deps.operations.find(operation_id).await? else { return Ok(()) };
    let Some(upload) = operation.upload.as_ref().filter(|_| operation.status.is_open()) else {
        return Ok(());
    };
    let model = deps.models.registry().model(operation.model_id);
    if model.is_some_and(|model| !model.may_finish()) {
        return fail(&deps, &operation, OperationFault::ModelWithdrawn).await;
    }
    if operation.chunks_done.contains(&chunk) {
        return go_on(&deps, &operation, upload, chunk).await;
    }
    if operation.status == OperationStatus::Queued {
        deps.operations.start(operation_id, Timestamp::now()).await?;
    }
    let text = match read(&deps.files, &operation, upload, chunk).await {
        Ok(text) => text,
        Err(ReadError::Replaced) => return fail(&deps, &operation, OperationFault::Replaced).await,
        Err(ReadError::Store(error)) => return Err(error.into()),
    };
    let (piece, counts) = code(&deps, &operation, text).await?;
    deps.files.put_piece(operation_id, chunk, piece.path()).await?;
    match deps.operations.record_chunk(operation_id, chunk, counts).await? {
        Recorded::Counted(operation) => go_on(&deps, &operation, upload, chunk).await,
        Recorded::Before => Ok(()),
        Recorded::Ended => Ok(deps.files.delete_all(operation_id).await?),
        Recorded::TooMany => fail(&deps, &operation, OperationFault::TooManyRecords).await,
    }
}

/// Reads the chunk's range of the file, and what its last line has beyond it.
async fn read(
    files: &Files,
    operation: &Operation,
    upload: &Upload,
    chunk: u32,
) -> Result<RangeText, ReadError> {
    let source = if upload.is_inflated { Source::Inflated } else { Source::Upload };
    let mut text = RangeText::new(&upload.range(chunk), upload.bytes);
    while let Some(missing) = text.missing() {
        text.add(&files.read(operation.operation_id, source, &upload.etag, missing).await?);
    }
    Ok(text)
}

/// Codes the chunk's lines into a file. Not on the threads that wait for AWS.
async fn code(
    deps: &Deps,
    operation: &Operation,
    text: RangeText,
) -> Result<(NamedTempFile, Counts), ChunkError> {
    let models = Arc::clone(&deps.models);
    let model_id = operation.model_id;
    let coding = tokio::task::spawn_blocking(move || {
        let unlisted = ChunkError::ModelUnlisted(model_id);
        let model = models.registry().model(model_id).ok_or(unlisted)?;
        let loaded = models.get(model)?;
        let piece = NamedTempFile::new()?;
        let out = BufWriter::with_capacity(1 << 16, piece.as_file());
        let counts = code_lines(loaded, model.threshold, text.lines(), out)?;
        Ok((piece, counts))
    });
    coding.await.map_err(|_| ChunkError::Panicked)?
}

/// Queues what comes after a chunk that is done: the end, or the chunk whose turn it is now. After
/// a chunk that comes again, that may have been queued before; it does no harm.
async fn go_on(
    deps: &Deps,
    operation: &Operation,
    upload: &Upload,
    chunk: u32,
) -> Result<(), ChunkError> {
    let (client, id) = (&operation.client_id, operation.operation_id);
    if operation.is_all_coded() {
        deps.queues.send_finish(client, id).await?;
    } else if let Some(next) = upload.chunk_after(chunk)
        && !operation.chunks_done.contains(&next)
    {
        deps.queues.send_chunks(client, id, [next]).await?;
    }
    Ok(())
}

async fn fail(deps: &Deps, operation: &Operation, fault: OperationFault) -> Result<(), ChunkError> {
    let (message, outcome) = (fault.to_string(), OperationStatus::Failed);
    deps.operations.end_early(operation, outcome, Some(&message), Timestamp::now()).await?;
    Ok(deps.files.delete_all(operation.operation_id).await?)
}
