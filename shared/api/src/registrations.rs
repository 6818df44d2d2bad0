//! Bodies of registrations, for users and for operators.

use domain::{
    ActRecord, Application, ApplicationState, EmailAddress, Feedback, IssuedClient, LimitsMeasure,
    Measure, OrganisationKind, Overrides, RegistrationId, Terms, Tier,
};
use jiff::Timestamp;
use serde::Serialize;

/// The answer to a form.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FormTaken {
    /// What names the registration from now on.
    pub registration_id: RegistrationId,
}

/// A secret, shown once.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ShownSecret<'a> {
    /// The client.
    pub client_id: &'a str,
    /// Its secret.
    pub client_secret: &'a str,
}

/// The answer to an act that has nothing else to say.
#[derive(Debug, Serialize)]
pub struct Done {
    /// What was done.
    pub done: &'static str,
}

/// The versions of the terms.
#[derive(Debug, Serialize)]
pub struct TermsVersions<'a> {
    /// The one in force.
    pub current: &'a Terms,
    /// Those before it, newest first.
    pub earlier: Vec<&'a Terms>,
}

/// A registration as it is answered.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RegistrationDetails<'a> {
    registration_id: RegistrationId,
    state: ApplicationState,
    organisation: &'a str,
    organisation_kind: OrganisationKind,
    contact_name: &'a str,
    email: &'a EmailAddress,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unconfirmed_email: Option<&'a EmailAddress>,
    service: Tier,
    purpose: &'a str,
    calls_per_day: u32,
    records_per_day: u32,
    terms_version: &'a str,
    terms_accepted_at: Timestamp,
    created_at: Timestamp,
    changed_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    tier: Option<Tier>,
    clients: &'a [IssuedClient],
    measures: MeasuresBody<'a>,
}

/// What holds for a registration at a time.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct MeasuresBody<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    limits: Option<LimitsBody<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    throttle: Option<LimitsBody<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bulk_restriction: Option<&'a Measure>,
    #[serde(skip_serializing_if = "Option::is_none")]
    terms_restriction: Option<&'a Measure>,
    #[serde(skip_serializing_if = "Option::is_none")]
    suspension: Option<&'a Measure>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct LimitsBody<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    per_second: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    burst: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    per_hour: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    per_day: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    operations: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    records_per_day: Option<u32>,
    #[serde(flatten)]
    measure: &'a Measure,
}

impl<'a> LimitsBody<'a> {
    fn new(limits: &'a LimitsMeasure) -> Self {
        let Overrides { per_second, burst, per_hour, per_day, operations, records_per_day } =
            limits.limits;
        let measure = &limits.measure;
        Self { per_second, burst, per_hour, per_day, operations, records_per_day, measure }
    }
}

impl<'a> RegistrationDetails<'a> {
    /// A registration as it stands at `now`: measures that have ended are left out.
    #[must_use]
    pub fn new(application: &'a Application, now: Timestamp) -> Self {
        let form = &application.form;
        let measures = &application.measures;
        let limits = |limits: &'a Option<LimitsMeasure>| {
            let limits = limits.as_ref().filter(|limits| limits.measure.holds_at(now));
            limits.map(LimitsBody::new)
        };
        let measure =
            |measure: &'a Option<Measure>| measure.as_ref().filter(|measure| measure.holds_at(now));
        Self {
            registration_id: application.registration_id,
            state: application.state,
            organisation: &form.organisation,
            organisation_kind: form.organisation_kind,
            contact_name: &form.contact.contact_name,
            email: &form.contact.email,
            phone: form.contact.phone.as_deref(),
            unconfirmed_email: application.new_email.as_ref(),
            service: form.service,
            purpose: &form.purpose,
            calls_per_day: form.volumes.calls_per_day,
            records_per_day: form.volumes.records_per_day,
            terms_version: &application.terms.version,
            terms_accepted_at: application.terms.at,
            created_at: application.created_at,
            changed_at: application.changed_at,
            tier: application.tier,
            clients: &application.clients,
            measures: MeasuresBody {
                limits: limits(&measures.limits),
                throttle: limits(&measures.throttle),
                bulk_restriction: measure(&measures.bulk_restriction),
                terms_restriction: measure(&measures.terms_restriction),
                suspension: measure(&measures.suspension),
            },
        }
    }
}

/// The answer to feedback.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FeedbackTaken<'a> {
    /// What to name when writing about it.
    pub reference: &'a str,
    /// By when a complaint is to be settled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settle_by: Option<Timestamp>,
}

/// Feedback that nobody has settled, oldest first.
#[derive(Debug, Serialize)]
pub struct OpenFeedback<'a> {
    /// The feedback.
    pub feedback: &'a [Feedback],
}

/// A page of registrations, oldest first.
#[derive(Debug, Serialize)]
pub struct RegistrationPage<'a> {
    /// The registrations.
    pub registrations: Vec<RegistrationDetails<'a>>,
    /// What to ask for after this page, if there may be more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<Timestamp>,
}

/// A registration with the acts on it, oldest first.
#[derive(Debug, Serialize)]
pub struct RegistrationHistory<'a> {
    /// The registration.
    pub registration: RegistrationDetails<'a>,
    /// The acts.
    pub acts: &'a [ActRecord],
}
