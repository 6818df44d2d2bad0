use std::sync::Arc;

use api::{Answer, Call, Caller, Problem, RegistrationDetails};
use boot::setting;
use domain::{
    ADDRESS_LIMITS, Actor, Application, Change, FORM_LIMIT, RegistrationId, TermsCatalogue,
    read_acceptance,
};
use jiff::Timestamp;
use registrar::{Registrar, RegistrarError};
use store::Quotas;

/// What the function needs.
#[derive(Debug)]
pub struct Deps {
    /// Keeps the registrations.
    pub registrar: Registrar,
    /// How much each caller has used.
    pub quotas: Quotas,
    /// The terms of use.
    pub terms: TermsCatalogue,
}

impl Deps {
    /// Builds everything from the settings.
    pub async fn from_settings() -> anyhow::Result<Self> {
        let dynamodb = store::sdk::dynamodb::Client::new(&boot::aws_config().await);
        Ok(Self {
            registrar: Registrar::from_settings().await?,
            quotas: Quotas::new(dynamodb, setting("QUOTAS_TABLE")?),
            terms: TermsCatalogue::shipped()?,
        })
    }
}

/// Answers `/v1/registration` and `/v1/registration/acceptances`.
pub async fn handle(deps: Arc<Deps>, call: Call) -> Result<Answer, Problem> {
    handle_at(deps, call, Timestamp::now()).await
}

/// The same at another time.
pub async fn handle_at(deps: Arc<Deps>, call: Call, now: Timestamp) -> Result<Answer, Problem> {
    let caller = call.caller()?;
    let admission = deps.quotas.admit(&caller.client_id, &caller.limits, Timestamp::now).await?;
    Ok(caller.answer(&admission, Box::pin(answer(&deps, &call, &caller, now))).await)
}

async fn answer(
    deps: &Deps,
    call: &Call,
    caller: &Caller,
    now: Timestamp,
) -> Result<Answer, Problem> {
    call.refuse_query()?;
    call.limit_body(FORM_LIMIT)?;
    // A client that an operator made by hand has no form behind it.
    let id = caller.registration_id.ok_or(RegistrarError::Unknown)?;
    let by = Actor::client(&caller.client_id);
    let application = match (call.method.as_str(), call.route.as_str()) {
        ("GET", _) => deps.registrar.find(id, now).await?,
        ("PATCH", _) => change(deps, call, id, by, now).await?,
        _ => accept(deps, call, id, by, now).await?,
    };
    Ok(Answer::json(&RegistrationDetails::new(&application, now)).unkept())
}

async fn change(
    deps: &Deps,
    call: &Call,
    id: RegistrationId,
    by: Actor,
    now: Timestamp,
) -> Result<Application, Problem> {
    let change = Change::from_json(&call.body)?;
    if let Some(email) = &change.email {
        let quota = email.quota();
        deps.quotas.admit(&quota, &ADDRESS_LIMITS, Timestamp::now).await?.outcome?;
    }
    Ok(deps.registrar.change(id, &change, by, now).await?)
}

async fn accept(
    deps: &Deps,
    call: &Call,
    id: RegistrationId,
    by: Actor,
    now: Timestamp,
) -> Result<Application, Problem> {
    let current = deps.terms.current(now).map_or("", |terms| terms.version.as_str());
    read_acceptance(&call.body, current)?;
    Ok(deps.registrar.accept(id, current, by, now).await?)
}
