use std::sync::Arc;

use api::{Answer, Call, Done, FormTaken, Problem, TermsVersions};
use boot::setting;
use domain::fields::{self, Fields, FieldsError};
use domain::{
    ADDRESS_LIMITS, EmailAddress, FORM_LIMIT, Failure, Form, Kind, PEER_LIMITS, RegistrationId,
    Terms, TermsCatalogue, peer_quota,
};
use jiff::Timestamp;
use registrar::{Registrar, RegistrarError, Token};
use store::{Quotas, StoreError};

/// What the function needs.
#[derive(Debug)]
pub struct Deps {
    /// Keeps the registrations.
    pub registrar: Registrar,
    /// Counts forms.
    pub quotas: Quotas,
    /// The terms of use.
    pub terms: TermsCatalogue,
    /// What stands before `/v1` in links, where the gateway does not say it.
    pub public_url: Option<String>,
}

/// No version of the terms is in force, or nobody knows where the service is.
#[derive(Debug, thiserror::Error)]
#[error("the deployment lacks {0}")]
struct Incomplete(&'static str);

impl Failure for Incomplete {
    fn kind(&self) -> Kind {
        Kind::Internal
    }
}

impl Deps {
    /// Builds everything from the settings.
    pub async fn from_settings() -> anyhow::Result<Self> {
        let dynamodb = store::sdk::dynamodb::Client::new(&boot::aws_config().await);
        Ok(Self {
            registrar: Registrar::from_settings().await?,
            quotas: Quotas::new(dynamodb, setting("QUOTAS_TABLE")?),
            terms: TermsCatalogue::shipped()?,
            public_url: setting("PUBLIC_URL").ok(),
        })
    }
}

/// Answers `/v1/registrations`, `/v1/registrations/{registration_id}/confirm` and `/v1/terms`.
pub async fn handle(deps: Arc<Deps>, call: Call) -> Result<Answer, Problem> {
    handle_at(deps, call, Timestamp::now()).await
}

/// The same at another time.
pub async fn handle_at(deps: Arc<Deps>, call: Call, now: Timestamp) -> Result<Answer, Problem> {
    call.refuse_query()?;
    call.limit_body(FORM_LIMIT)?;
    match (call.method.as_str(), call.route.as_str()) {
        (_, "/v1/terms") => Ok(Answer::json(&TermsVersions {
            current: current(&deps, now)?,
            earlier: deps.terms.published(now).skip(1).collect(),
        })),
        (_, "/v1/registrations") => register(&deps, &call, now).await,
        ("GET", _) => Ok(Answer::link_page()),
        _ => confirm(&deps, &call, now).await,
    }
}

fn current(deps: &Deps, now: Timestamp) -> Result<&Terms, Incomplete> {
    deps.terms.current(now).ok_or(Incomplete("terms of use that are in force"))
}

async fn register(deps: &Deps, call: &Call, now: Timestamp) -> Result<Answer, Problem> {
    // Counted at the true time, whatever time the rest is done at: clocks of counters never go back.
    let peer = peer_quota(call.peer());
    deps.quotas.admit(&peer, &PEER_LIMITS, Timestamp::now).await?.outcome?;
    let terms = current(deps, now)?;
    let form = Form::from_json(&call.body, &terms.version)?;
    let registration_id = if may_mail(deps, &form.contact.email).await? {
        let base_url = deps.public_url.as_deref().or(call.base_url());
        let base_url = base_url.ok_or(Incomplete("an address of its own"))?;
        deps.registrar.apply(form, &terms.version, base_url, now).await?
    } else {
        RegistrationId::random()
    };
    Ok(Answer::accepted(&FormTaken { registration_id }))
}

async fn may_mail(deps: &Deps, email: &EmailAddress) -> Result<bool, StoreError> {
    let admission = deps.quotas.admit(&email.quota(), &ADDRESS_LIMITS, Timestamp::now).await?;
    Ok(admission.outcome.is_ok())
}

async fn confirm(deps: &Deps, call: &Call, now: Timestamp) -> Result<Answer, Problem> {
    let token = read_token(&call.body)?;
    let id = call.path_parameter("registration_id").parse().map_err(|_| RegistrarError::Link)?;
    deps.registrar.confirm(id, &token, now).await?;
    Ok(Answer::json(&Done { done: "the address is confirmed" }).unkept())
}

fn read_token(body: &[u8]) -> Result<Token, FieldsError> {
    let mut fields = Fields::from_json(body)?;
    let token = fields.required("token", fields::line(200));
    fields.finish(token).map(Token::sent)
}
