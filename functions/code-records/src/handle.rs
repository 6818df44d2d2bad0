use std::sync::Arc;

use api::{Answer, Call, CodeRequest, Problem};
use boot::setting;
use classifier::Models;
use domain::Model;
use jiff::Timestamp;
use store::Quotas;

/// What the function needs.
#[derive(Debug)]
pub struct Deps {
    /// The models.
    pub models: Models,
    /// How much each caller has used.
    pub quotas: Quotas,
}

impl Deps {
    /// Builds everything from the settings.
    pub async fn from_settings() -> anyhow::Result<Self> {
        let dynamodb = store::sdk::dynamodb::Client::new(&boot::aws_config().await);
        Ok(Self {
            models: Models::open(setting("MODEL_DIR")?)?,
            quotas: Quotas::new(dynamodb, setting("QUOTAS_TABLE")?),
        })
    }
}

/// Answers `POST /v1/topics/{topic}/code` and `POST /v1/topics/{topic}/models/{model}/code`.
pub async fn handle(deps: Arc<Deps>, call: Call) -> Result<Answer, Problem> {
    let caller = call.caller()?;
    let admission = deps.quotas.admit(&caller.client_id, &caller.limits, Timestamp::now).await?;
    Ok(caller.answer(&admission, async { code(&deps.models, &call) }).await)
}

fn code(models: &Models, call: &Call) -> Result<Answer, Problem> {
    call.refuse_query()?;
    let model = models.registry().select(call.topic(), call.selection())?;
    Ok(Answer::from(code_with(models, model, call)).with_model(model))
}

fn code_with(models: &Models, model: &Model, call: &Call) -> Result<Answer, Problem> {
    let request =
        CodeRequest::from_body(&call.body).map_err(|error| Problem::of_request(&error))?;
    let coded = crate::code::code(models, model, &request)?;
    Ok(if request.is_single { Answer::json(&coded.first()) } else { Answer::json(&coded) })
}
