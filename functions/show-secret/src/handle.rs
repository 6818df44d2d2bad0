use std::sync::Arc;

use api::{Answer, Call, Problem, ShownSecret};
use domain::FORM_LIMIT;
use domain::fields::{self, Fields};
use jiff::Timestamp;
use registrar::{Registrar, RegistrarError, Token};

/// What the function needs.
#[derive(Debug)]
pub struct Deps {
    /// Keeps the registrations.
    pub registrar: Registrar,
}

impl Deps {
    /// Builds everything from the settings.
    pub async fn from_settings() -> anyhow::Result<Self> {
        Ok(Self { registrar: Registrar::from_settings().await? })
    }
}

/// Answers `/v1/registrations/{registration_id}/secret`.
pub async fn handle(deps: Arc<Deps>, call: Call) -> Result<Answer, Problem> {
    handle_at(deps, call, Timestamp::now()).await
}

/// The same at another time.
pub async fn handle_at(deps: Arc<Deps>, call: Call, now: Timestamp) -> Result<Answer, Problem> {
    call.refuse_query()?;
    call.limit_body(FORM_LIMIT)?;
    if call.method == "GET" {
        return Ok(Answer::link_page());
    }
    let mut fields = Fields::from_json(&call.body)?;
    let token = fields.required("token", fields::line(200));
    let token = Token::sent(fields.finish(token)?);
    let id = call.path_parameter("registration_id").parse().map_err(|_| RegistrarError::Link)?;
    let credentials = deps.registrar.secret(id, &token, now).await?;
    let shown = ShownSecret {
        client_id: credentials.client_id.as_str(),
        client_secret: &credentials.client_secret,
    };
    Ok(Answer::json(&shown).unkept())
}
