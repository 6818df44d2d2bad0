use std::sync::Arc;

use api::{Answer, Call, Caller, Problem, UploadTarget};
use boot::setting;
use domain::{ClientId, Operation, OperationError, OperationStatus, Registry};
use jiff::Timestamp;
use store::{Files, Operations, Quotas, StoreError};

const SECONDS_OF_A_DAY: i64 = 86_400;

/// What the function needs.
#[derive(Debug)]
pub struct Deps {
    /// The topics and models.
    pub registry: Registry,
    /// How much each caller has used.
    pub quotas: Quotas,
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
        let quotas_table = setting("QUOTAS_TABLE")?;
        let operations_table = setting("OPERATIONS_TABLE")?;
        let s3 = store::sdk::s3::Client::new(&config);
        Ok(Self {
            registry: boot::registry()?,
            quotas: Quotas::new(dynamodb.clone(), &quotas_table),
            operations: Operations::new(dynamodb, operations_table, quotas_table),
            files: Files::new(s3, setting("BULK_BUCKET")?, setting("BUCKET_KEY_ARN")?),
        })
    }
}

/// Answers `POST …/batch-code`.
pub async fn handle(deps: Arc<Deps>, call: Call) -> Result<Answer, Problem> {
    let caller = call.caller()?;
    let admission = deps.quotas.admit(&caller.client_id, &caller.limits, Timestamp::now).await?;
    Ok(caller.answer(&admission, Box::pin(create(&deps, &call, &caller))).await)
}

async fn create(deps: &Deps, call: &Call, caller: &Caller) -> Result<Answer, Problem> {
    call.refuse_query()?;
    let model = deps.registry.select(call.topic(), call.selection())?;
    call.refuse_body()?;
    let now = Timestamp::now();
    let left = records_left(deps, caller, now).await??;
    let operation = Operation::new(caller.client_id.clone(), model, left, now);
    let allowed = caller.limits.operations;
    if !deps.operations.create(&operation, allowed).await? {
        // Some of those that count may be over by now.
        let open = release_ended(deps, &caller.client_id, now).await?;
        if !deps.operations.create(&operation, allowed).await? {
            return Err(OperationError::TooMany { open, allowed }.into());
        }
    }
    let target = UploadTarget {
        request_upload_url: &deps.files.upload_url(operation.operation_id).await?,
        operation_id: operation.operation_id,
        bucket_kms_key_arn: deps.files.key_arn(),
    };
    Ok(Answer::json(&target).with_model(model))
}

/// How many records the caller may still code today.
async fn records_left(
    deps: &Deps,
    caller: &Caller,
    now: Timestamp,
) -> Result<Result<u64, OperationError>, StoreError> {
    let allowed = caller.limits.records_per_day;
    let coded = deps.operations.records_coded(&caller.client_id, now).await?;
    Ok(match u64::from(allowed).saturating_sub(coded) {
        0 => {
            let rest = SECONDS_OF_A_DAY - now.as_second().rem_euclid(SECONDS_OF_A_DAY);
            Err(OperationError::NoRecordsLeft { allowed, retry_after: rest.unsigned_abs() })
        }
        left => Ok(left),
    })
}

/// Lets go of a client's operations that are over without anyone having noticed, as their file
/// never came; gives the number of those that are left.
async fn release_ended(
    deps: &Deps,
    client: &ClientId,
    now: Timestamp,
) -> Result<usize, StoreError> {
    let mut open = 0;
    for id in deps.operations.open_of(client).await? {
        match deps.operations.find(id).await? {
            Some(operation) if operation.status_at(now).is_open() => open += 1,
            Some(operation) if operation.status.is_open() => {
                let outcome = OperationStatus::Expired;
                deps.operations.end_early(&operation, outcome, None, now).await?;
                deps.files.delete_all(id).await?;
            }
            _ => deps.operations.release(client, id).await?,
        }
    }
    Ok(open)
}
