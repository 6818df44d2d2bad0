use std::sync::Arc;

use api::{Answer, Call, Caller, OperationDetails, Problem};
use boot::setting;
use domain::{OperationError, OperationStatus, Registry};
use jiff::Timestamp;
use store::{Files, Operations, Quotas};

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

/// Answers `DELETE …/batch-code/operations/{operation_id}`.
pub async fn handle(deps: Arc<Deps>, call: Call) -> Result<Answer, Problem> {
    let caller = call.caller()?;
    let admission = deps.quotas.admit(&caller.client_id, &caller.limits, Timestamp::now).await?;
    Ok(caller.answer(&admission, cancel(&deps, &call, &caller)).await)
}

async fn cancel(deps: &Deps, call: &Call, caller: &Caller) -> Result<Answer, Problem> {
    call.refuse_query()?;
    deps.registry.check_path(call.topic(), call.selection())?;
    let now = Timestamp::now();
    let id = call.operation_id()?;
    let operation = deps.operations.find(id).await?.filter(|operation| {
        operation.is_reached_by(&caller.client_id, call.topic(), call.selection(), now)
    });
    let operation = operation.ok_or(OperationError::Unknown)?;
    deps.operations.end_early(&operation, OperationStatus::Cancelled, None, now).await?;
    deps.files.delete_all(id).await?;
    let operation = deps.operations.find(id).await?.ok_or(OperationError::Unknown)?;
    Ok(Answer::json(&OperationDetails::new(&operation, None, now)))
}
