use std::sync::Arc;

use api::{
    Answer, Call, Done, OpenFeedback, Problem, RegistrationDetails, RegistrationHistory,
    RegistrationPage,
};
use boot::setting;
use domain::fields::{self, Fields, FieldsError};
use domain::{Actor, ApplicationState, FORM_LIMIT, Failure, Kind, Order, RegistrationId};
use jiff::Timestamp;
use registrar::{Registrar, RegistrarError};
use store::FeedbackBox;

/// Registrations on a page.
const PAGE: u16 = 100;

/// What the function needs.
#[derive(Debug)]
pub struct Deps {
    /// Keeps the registrations.
    pub registrar: Registrar,
    /// Keeps feedback.
    pub feedback: FeedbackBox,
}

impl Deps {
    /// Builds everything from the settings.
    pub async fn from_settings() -> anyhow::Result<Self> {
        let dynamodb = store::sdk::dynamodb::Client::new(&boot::aws_config().await);
        let (table, wrong_codes) = (setting("FEEDBACK_TABLE")?, setting("WRONG_CODES_TABLE")?);
        let feedback = FeedbackBox::new(dynamodb, table, wrong_codes);
        Ok(Self { registrar: Registrar::from_settings().await?, feedback })
    }
}

/// Answers the routes under `/v1/admin/registrations`.
pub async fn handle(deps: Arc<Deps>, call: Call) -> Result<Answer, Problem> {
    handle_at(deps, call, Timestamp::now()).await
}

/// The same at another time.
pub async fn handle_at(deps: Arc<Deps>, call: Call, now: Timestamp) -> Result<Answer, Problem> {
    let arn = call.operator()?;
    let operator = Actor::operator(arn);
    call.limit_body(FORM_LIMIT)?;
    if call.route.starts_with("/v1/admin/feedback") {
        call.refuse_query()?;
        return feedback(&deps.feedback, &call, arn, now).await;
    }
    if call.route == "/v1/admin/registrations" {
        return list(&deps.registrar, &call, now).await;
    }
    call.refuse_query()?;
    let id: RegistrationId =
        call.path_parameter("registration_id").parse().map_err(|_| RegistrarError::Unknown)?;
    if call.method == "GET" {
        return show(&deps.registrar, id, now).await;
    }
    order(&deps.registrar, &call, id, operator, now).await
}

/// Lists what is open, or settles one.
async fn feedback(
    feedback: &FeedbackBox,
    call: &Call,
    operator: &str,
    now: Timestamp,
) -> Result<Answer, Problem> {
    if call.method == "GET" {
        return Ok(Answer::json(&OpenFeedback { feedback: &feedback.open().await? }).unkept());
    }
    let mut fields = Fields::from_json(&call.body)?;
    let how = fields.required("reason", fields::paragraph(1_000));
    let how = fields.finish(how)?;
    let reference = call.path_parameter("reference");
    if !feedback.settle(reference, operator, &how, now).await? {
        return Err(FeedbackError.into());
    }
    Ok(Answer::json(&Done { done: "the feedback is settled" }))
}

/// There is no open feedback of that reference.
#[derive(Debug, thiserror::Error)]
#[error("there is no open feedback of that reference")]
struct FeedbackError;

impl Failure for FeedbackError {
    fn kind(&self) -> Kind {
        Kind::FeedbackUnknown
    }
}

async fn list(registrar: &Registrar, call: &Call, now: Timestamp) -> Result<Answer, Problem> {
    let name = call.query("state").unwrap_or(ApplicationState::Confirmed.as_str());
    let state = ApplicationState::ALL.into_iter().find(|state| state.as_str() == name);
    let state = state.ok_or_else(|| FieldsError::of("state", "is no state"))?;
    let after = call.query("after").map(str::parse::<Timestamp>).transpose();
    let after = after.map_err(|_| FieldsError::of("after", "is no time"))?;
    let mut found = registrar.applications.in_state(state, after, PAGE.into()).await?;
    let is_full = found.len() >= usize::from(PAGE);
    let next = found.last().filter(|_| is_full).map(|last| last.created_at);
    found.retain(|application| !application.has_vanished_at(now));
    let registrations = found.iter().map(|found| RegistrationDetails::new(found, now)).collect();
    Ok(Answer::json(&RegistrationPage { registrations, next }).unkept())
}

async fn show(
    registrar: &Registrar,
    id: RegistrationId,
    now: Timestamp,
) -> Result<Answer, Problem> {
    let application = registrar.find(id, now).await?;
    let acts = registrar.applications.acts_of(id).await?;
    let registration = RegistrationDetails::new(&application, now);
    Ok(Answer::json(&RegistrationHistory { registration, acts: &acts }).unkept())
}

async fn order(
    registrar: &Registrar,
    call: &Call,
    id: RegistrationId,
    operator: Actor,
    now: Timestamp,
) -> Result<Answer, Problem> {
    let name = call.path_parameter("order");
    if name == "export" {
        call.refuse_body()?;
        let kept = registrar.export(id, operator, now).await?;
        let registration = RegistrationDetails::new(&kept.application, now);
        let history = RegistrationHistory { registration, acts: &kept.acts };
        return Ok(Answer::json(&history).unkept());
    }
    if name == "erase" {
        let mut fields = Fields::from_json(&call.body)?;
        let reason = fields.required("reason", fields::paragraph(1_000));
        registrar.erase(id, fields.finish(reason)?, operator, now).await?;
        return Ok(Answer::json(&Done { done: "the registration is erased" }));
    }
    let order = Order::from_json(name, &call.body, now);
    let order = order.ok_or_else(|| FieldsError::of("order", "is no order"))??;
    let application = registrar.order(id, &order, operator, now).await?;
    Ok(Answer::json(&RegistrationDetails::new(&application, now)).unkept())
}
