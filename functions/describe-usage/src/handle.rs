use std::sync::Arc;

use api::{Answer, Call, Caller, Problem, UsageDetails};
use boot::setting;
use domain::{Admission, Operation};
use jiff::Timestamp;
use store::{Applications, Operations, Quotas, StoreError};

/// The days that are shown, today among them.
const DAYS: i64 = 90;

/// What the function needs.
#[derive(Debug)]
pub struct Deps {
    /// How much each caller has used.
    pub quotas: Quotas,
    /// The operations.
    pub operations: Operations,
    /// What was nominated.
    pub applications: Applications,
}

impl Deps {
    /// Builds everything from the settings.
    pub async fn from_settings() -> anyhow::Result<Self> {
        let dynamodb = store::sdk::dynamodb::Client::new(&boot::aws_config().await);
        let quotas_table = setting("QUOTAS_TABLE")?;
        let registrations_table = setting("REGISTRATIONS_TABLE")?;
        Ok(Self {
            quotas: Quotas::new(dynamodb.clone(), &quotas_table),
            operations: Operations::new(
                dynamodb.clone(),
                setting("OPERATIONS_TABLE")?,
                quotas_table,
            ),
            applications: Applications::new(
                dynamodb,
                setting("APPLICATIONS_TABLE")?,
                registrations_table,
            ),
        })
    }
}

/// Answers `GET /v1/usage`.
pub async fn handle(deps: Arc<Deps>, call: Call) -> Result<Answer, Problem> {
    handle_at(deps, call, Timestamp::now()).await
}

/// The same at another time.
pub async fn handle_at(deps: Arc<Deps>, call: Call, now: Timestamp) -> Result<Answer, Problem> {
    let caller = call.caller()?;
    let admission = deps.quotas.admit(&caller.client_id, &caller.limits, Timestamp::now).await?;
    let answer = Box::pin(describe(&deps, &call, &caller, &admission, now));
    Ok(caller.answer(&admission, answer).await)
}

async fn describe(
    deps: &Deps,
    call: &Call,
    caller: &Caller,
    admission: &Admission,
    now: Timestamp,
) -> Result<Answer, Problem> {
    call.refuse_query()?;
    let days = deps.quotas.days(&caller.client_id, DAYS, now).await?;
    let running = running(deps, caller, now).await?;
    let application = match caller.registration_id {
        Some(id) => deps.applications.find(id).await?,
        None => None,
    };
    let nominated = application.map(|application| application.form.volumes);
    let days: Vec<_> = days.iter().map(|day| (day.date, day.calls, day.records)).collect();
    let usage = UsageDetails::new(caller, admission, nominated, &days, &running, now);
    Ok(Answer::json(&usage).unkept())
}

async fn running(
    deps: &Deps,
    caller: &Caller,
    now: Timestamp,
) -> Result<Vec<Operation>, StoreError> {
    let mut running = Vec::new();
    for id in deps.operations.open_of(&caller.client_id).await? {
        let operation = deps.operations.find(id).await?;
        running.extend(operation.filter(|operation| operation.status_at(now).is_open()));
    }
    Ok(running)
}
