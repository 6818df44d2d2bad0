use std::sync::Arc;

use api::{Answer, Call, Caller, FeedbackTaken, Problem};
use boot::setting;
use domain::{Actor, FORM_LIMIT, Feedback, FeedbackForm};
use jiff::Timestamp;
use registrar::Registrar;
use store::{FeedbackBox, Quotas};

/// What the function needs.
#[derive(Debug)]
pub struct Deps {
    /// Acknowledges complaints.
    pub registrar: Registrar,
    /// Keeps what is said.
    pub feedback: FeedbackBox,
    /// How much each caller has used.
    pub quotas: Quotas,
}

impl Deps {
    /// Builds everything from the settings.
    pub async fn from_settings() -> anyhow::Result<Self> {
        let dynamodb = store::sdk::dynamodb::Client::new(&boot::aws_config().await);
        let (table, wrong_codes) = (setting("FEEDBACK_TABLE")?, setting("WRONG_CODES_TABLE")?);
        Ok(Self {
            registrar: Registrar::from_settings().await?,
            feedback: FeedbackBox::new(dynamodb.clone(), table, wrong_codes),
            quotas: Quotas::new(dynamodb, setting("QUOTAS_TABLE")?),
        })
    }
}

/// Answers `POST /v1/feedback`.
pub async fn handle(deps: Arc<Deps>, call: Call) -> Result<Answer, Problem> {
    handle_at(deps, call, Timestamp::now()).await
}

/// The same at another time.
pub async fn handle_at(deps: Arc<Deps>, call: Call, now: Timestamp) -> Result<Answer, Problem> {
    let caller = call.caller()?;
    let admission = deps.quotas.admit(&caller.client_id, &caller.limits, Timestamp::now).await?;
    Ok(caller.answer(&admission, Box::pin(take(&deps, &call, &caller, now))).await)
}

async fn take(
    deps: &Deps,
    call: &Call,
    caller: &Caller,
    now: Timestamp,
) -> Result<Answer, Problem> {
    call.refuse_query()?;
    call.limit_body(FORM_LIMIT)?;
    let form = FeedbackForm::from_json(&call.body)?;
    let id = caller.registration_id;
    let kept = Feedback::new(&form, caller.client_id.clone(), id, now);
    if let Some(wrong_code) = &form.wrong_code {
        deps.feedback.put_wrong_code(&kept.reference, wrong_code, now).await?;
    }
    deps.feedback.put(&kept).await?;
    if let (Some(id), Some(settle_by)) = (id, kept.settle_by) {
        let by = Actor::client(&caller.client_id);
        deps.registrar.acknowledge(id, &kept.reference, settle_by, by, now).await?;
    }
    Ok(Answer::json(&FeedbackTaken { reference: &kept.reference, settle_by: kept.settle_by }))
}
