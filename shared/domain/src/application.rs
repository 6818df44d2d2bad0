//! What an organisation that wants to use the service says of itself, and what became of it.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::fields::{self, Fields, FieldsError};
use crate::terms::sha256;
use crate::{ClientId, Limits, Measures, Registration, RegistrationState, Tier};

/// The largest form that is taken, in bytes.
pub const FORM_LIMIT: usize = 16_384;
/// How long an address may stay unconfirmed before its application vanishes.
pub const UNCONFIRMED_LIFE: jiff::SignedDuration = jiff::SignedDuration::from_hours(7 * 24);

const MOST_CALLS: u32 = 100_000_000;
const MOST_RECORDS: u32 = 1_000_000_000;
const KINDS: &str = "commonwealth, stateOrTerritory, other";
const TIERS: &str = "public, partner";

/// The identifier of a registration, from the form to its end. Clients come and go with their
/// secrets; this stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RegistrationId(Uuid);

impl RegistrationId {
    /// A new one, that cannot be guessed.
    #[must_use]
    pub fn random() -> Self {
        Self(Uuid::new_v4())
    }
}

impl fmt::Display for RegistrationId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(formatter)
    }
}

impl FromStr for RegistrationId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, uuid::Error> {
        text.parse().map(Self)
    }
}

/// An e-mail address of the plain kind: no quotes, comments or brackets, ASCII only.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EmailAddress(String);

impl EmailAddress {
    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Reads an address. The host's letters become small ones.
    pub fn read(value: &Value) -> Result<Self, String> {
        let text = value.as_str().ok_or("is not a text")?;
        let wrong = || "is not an e-mail address".to_owned();
        let (name, host) = text.rsplit_once('@').ok_or_else(wrong)?;
        if text.len() > 254 || !is_mail_name(name) || !is_host(host) {
            return Err(wrong());
        }
        Ok(Self(format!("{name}@{}", host.to_ascii_lowercase())))
    }
}

/// How often mail that nobody asked us for with a token may go to one address.
pub const ADDRESS_LIMITS: Limits = form_limits(5);
/// How often one peer may send a form.
pub const PEER_LIMITS: Limits = form_limits(20);

const fn form_limits(per_day: u32) -> Limits {
    let per_hour = Some(per_day);
    Limits { per_second: 1, burst: per_day, per_hour, per_day, operations: 0, records_per_day: 0 }
}

/// Under what name the forms of a peer are counted. No client is named so, as Cognito's identifiers
/// hold no `#`.
#[must_use]
pub fn peer_quota(peer: &str) -> ClientId {
    ClientId::new(format!("peer#{peer}"))
}

impl EmailAddress {
    /// Under what name mails to the address are counted: one that does not say which it is.
    #[must_use]
    pub fn quota(&self) -> ClientId {
        ClientId::new(format!("address#{}", sha256(&self.0.to_ascii_lowercase())))
    }
}

/// A dot-atom (RFC 5322, section 3.2.3) of at most 64 bytes.
fn is_mail_name(name: &str) -> bool {
    let is_part = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b))
    };
    name.len() <= 64 && name.split('.').all(is_part)
}

/// A host name of at least two labels (RFC 1123).
fn is_host(host: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    host.contains('.')
        && host.split('.').all(is_label)
        && !host.bytes().all(|b| b.is_ascii_digit() || b == b'.')
}

fn phone(value: &Value) -> Result<String, String> {
    let text = fields::line(30)(value)?;
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let is_phone = text.bytes().all(|b| b.is_ascii_digit() || b" +-().".contains(&b));
    if is_phone && digits >= 6 { Ok(text) } else { Err("is not a telephone number".to_owned()) }
}

/// What kind of organisation it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum OrganisationKind {
    /// An agency of the Commonwealth.
    Commonwealth,
    /// An agency of a state or territory.
    StateOrTerritory,
    /// Anybody else.
    Other,
}

impl OrganisationKind {
    /// What such organisations are offered unless an operator decides otherwise.
    #[must_use]
    pub const fn usual_tier(self) -> Tier {
        match self {
            Self::Commonwealth | Self::StateOrTerritory => Tier::Partner,
            Self::Other => Tier::Public,
        }
    }
}

/// Who answers for a registration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Contact {
    /// The person's name.
    pub contact_name: String,
    /// Where mail goes.
    pub email: EmailAddress,
    /// Where to call, if they want to be called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
}

/// What a user expects to use. Nothing is refused for going over it; operators may act on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Volumes {
    /// Calls of the API a day.
    pub calls_per_day: u32,
    /// Records coded a day.
    pub records_per_day: u32,
}

/// The form of `POST /v1/registrations`, checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Form {
    /// The organisation.
    pub organisation: String,
    /// Its kind.
    pub organisation_kind: OrganisationKind,
    /// Who answers for it.
    #[serde(flatten)]
    pub contact: Contact,
    /// The service that it asks for.
    pub service: Tier,
    /// What for.
    pub purpose: String,
    /// How much.
    #[serde(flatten)]
    pub volumes: Volumes,
}

impl Form {
    /// Reads a form whose sender accepts the terms of the version `current`.
    pub fn from_json(body: &[u8], current: &str) -> Result<Self, FieldsError> {
        let mut fields = Fields::from_json(body)?;
        let organisation = fields.required("organisation", fields::line(200));
        let organisation_kind = fields.required("organisationKind", fields::word(KINDS));
        let contact_name = fields.required("contactName", fields::line(100));
        let email = fields.required("email", EmailAddress::read);
        let phone = fields.optional("phone", phone);
        let service = fields.required("service", fields::word(TIERS));
        let purpose = fields.required("purpose", fields::paragraph(2_000));
        let calls_per_day = fields.required("callsPerDay", fields::whole(1..=MOST_CALLS));
        let records_per_day = fields.required("recordsPerDay", fields::whole(1..=MOST_RECORDS));
        accepted(&mut fields, current);
        let form = (|| {
            Some(Self {
                organisation: organisation?,
                organisation_kind: organisation_kind?,
                contact: Contact { contact_name: contact_name?, email: email?, phone },
                service: service?,
                purpose: purpose?,
                volumes: Volumes {
                    calls_per_day: calls_per_day?,
                    records_per_day: records_per_day?,
                },
            })
        })();
        fields.finish(form)
    }
}

/// Takes the acceptance of the terms out of a body.
fn accepted(fields: &mut Fields, current: &str) {
    fields.required("termsVersion", |value| match value.as_str() {
        Some(version) if version == current => Ok(()),
        _ => Err(format!("is not the current version, {current}")),
    });
    fields.required("mayAccept", fields::agreement);
}

/// The body of an acceptance of newer terms.
pub fn read_acceptance(body: &[u8], current: &str) -> Result<(), FieldsError> {
    let mut fields = Fields::from_json(body)?;
    accepted(&mut fields, current);
    fields.finish(Some(()))
}

/// What a user changes of a registration; what is `None` stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    /// Another name.
    pub contact_name: Option<String>,
    /// Another address.
    pub email: Option<EmailAddress>,
    /// Another telephone number.
    pub phone: Option<String>,
    /// Another number of calls.
    pub calls_per_day: Option<u32>,
    /// Another number of records.
    pub records_per_day: Option<u32>,
}

impl Change {
    /// Reads the body of a `PATCH`.
    pub fn from_json(body: &[u8]) -> Result<Self, FieldsError> {
        let mut fields = Fields::from_json(body)?;
        let change = Self {
            contact_name: fields.optional("contactName", fields::line(100)),
            email: fields.optional("email", EmailAddress::read),
            phone: fields.optional("phone", phone),
            calls_per_day: fields.optional("callsPerDay", fields::whole(1..=MOST_CALLS)),
            records_per_day: fields.optional("recordsPerDay", fields::whole(1..=MOST_RECORDS)),
        };
        let change = fields.finish(Some(change))?;
        if change == Self::default() {
            return Err(FieldsError::of("body", "changes nothing"));
        }
        Ok(change)
    }
}

/// Where an application stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ApplicationState {
    /// The form came; its address is not confirmed.
    Applied,
    /// The address is confirmed; an operator is to decide.
    Confirmed,
    /// An operator asked for more.
    Asked,
    /// Refused.
    Rejected,
    /// Approved; its client is being made.
    Approving,
    /// Its client may use the service, as far as the measures allow.
    Active,
    /// Taken back; its clients are being deleted.
    Revoking,
    /// Taken back for good.
    Revoked,
}

impl ApplicationState {
    /// Every state, in the order of a life.
    pub const ALL: [Self; 8] = [
        Self::Applied,
        Self::Confirmed,
        Self::Asked,
        Self::Rejected,
        Self::Approving,
        Self::Active,
        Self::Revoking,
        Self::Revoked,
    ];

    /// Its name in answers and tables.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Confirmed => "confirmed",
            Self::Asked => "asked",
            Self::Rejected => "rejected",
            Self::Approving => "approving",
            Self::Active => "active",
            Self::Revoking => "revoking",
            Self::Revoked => "revoked",
        }
    }
}

/// A client of a registration, in Cognito.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IssuedClient {
    /// Its identifier.
    pub client_id: ClientId,
    /// When it gives way to its successor, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<Timestamp>,
}

/// A client that is being made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Provision {
    /// Its name in Cognito, by which one that was made and not recorded is found again.
    pub client_name: String,
    /// Until when whoever makes it is left alone.
    pub until: Timestamp,
    /// Hours for which the client before it stays good.
    pub overlap_hours: i64,
}

/// Which version of the terms a user accepted, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acceptance {
    /// The version.
    pub version: String,
    /// When.
    pub at: Timestamp,
}

/// What was sent about a version of the terms that a user has not accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TermsNotices {
    /// The version.
    pub version: String,
    /// How many mails: the notice, then two reminders.
    pub sent: u8,
}

/// A registration's whole record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Application {
    /// What names it.
    pub registration_id: RegistrationId,
    /// Counts its changes, so that none is made on a state that is no longer there.
    pub revision: u64,
    /// Where it stands.
    pub state: ApplicationState,
    /// What was asked for, as changed since.
    pub form: Form,
    /// The terms that were accepted.
    pub terms: Acceptance,
    /// What was sent about newer terms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms_notices: Option<TermsNotices>,
    /// When the form came.
    pub created_at: Timestamp,
    /// When it last changed.
    pub changed_at: Timestamp,
    /// The address of the service as the applicant called it; links in mails begin with it.
    pub base_url: String,
    /// The tier that was granted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<Tier>,
    /// Its clients, newest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clients: Vec<IssuedClient>,
    /// Its first client: the name under which its use is counted and its operations are kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal: Option<ClientId>,
    /// How many clients were made for it, ever.
    #[serde(default)]
    pub clients_made: u32,
    /// The client that is being made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provision: Option<Provision>,
    /// An address that the user changed to and has not confirmed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_email: Option<EmailAddress>,
    /// What holds beside the tier.
    #[serde(default, skip_serializing_if = "Measures::is_empty")]
    pub measures: Measures,
}

impl Application {
    /// What the authoriser is to know of each client.
    #[must_use]
    pub fn registrations(&self) -> Vec<Registration> {
        let state = match self.state {
            ApplicationState::Active | ApplicationState::Approving => RegistrationState::Active,
            _ => RegistrationState::Revoked,
        };
        let Some(tier) = self.tier else { return Vec::new() };
        let of = |client: &IssuedClient| Registration {
            state,
            registration_id: Some(self.registration_id),
            principal: self.principal.clone(),
            valid_until: client.valid_until,
            measures: self.measures.clone(),
            ..Registration::new(
                client.client_id.clone(),
                self.form.organisation.clone(),
                tier,
                self.created_at,
            )
        };
        self.clients.iter().map(of).collect()
    }

    /// Whether an address stayed unconfirmed for too long, so that this counts as gone.
    #[must_use]
    pub fn has_vanished_at(&self, now: Timestamp) -> bool {
        self.state == ApplicationState::Applied && now >= self.created_at + UNCONFIRMED_LIFE
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    pub(crate) fn form() -> Value {
        json!({
            "organisation": "Department of Examples",
            "organisationKind": "commonwealth",
            "contactName": "Ada O'Neil <ada>",
            "email": "ada.oneil+coding@Example.GOV.AU",
            "phone": "+61 (0)2 6252 5000",
            "service": "partner",
            "purpose": "The census.\nAnd surveys.",
            "callsPerDay": 100,
            "recordsPerDay": 30_000,
            "termsVersion": "1.0",
            "mayAccept": true,
        })
    }

    fn refusals(form: &Value) -> Vec<String> {
        let FieldsError(problems) =
            Form::from_json(form.to_string().as_bytes(), "1.0").unwrap_err();
        problems
            .into_iter()
            .map(|problem| format!("{} {}", problem.field, problem.detail))
            .collect()
    }

    #[test]
    fn a_good_form_is_taken() {
        let form = Form::from_json(form().to_string().as_bytes(), "1.0").unwrap();
        assert_eq!(form.contact.email.as_str(), "ada.oneil+coding@example.gov.au");
        assert_eq!(form.organisation_kind.usual_tier(), Tier::Partner);
        assert_eq!(form.purpose, "The census.\nAnd surveys.");
    }

    #[test]
    fn every_field_is_checked_with_its_own_words() {
        for (field, value, expected) in [
            ("organisation", json!(""), "is blank"),
            ("organisation", json!("a\nb"), "has more than one line"),
            ("organisation", json!("x".repeat(201)), "has more than 200 characters"),
            (
                "organisationKind",
                json!("state"),
                "is none of commonwealth, stateOrTerritory, other",
            ),
            ("contactName", json!("a\r\nBcc: all@example.org"), "has control characters"),
            ("phone", json!("call me"), "is not a telephone number"),
            ("phone", json!("12345"), "is not a telephone number"),
            ("service", json!("gold"), "is none of public, partner"),
            ("purpose", Value::Null, "is missing"),
            ("callsPerDay", json!(0), "is not a whole number from 1 to 100000000"),
            ("callsPerDay", json!("5"), "is not a whole number from 1 to 100000000"),
            ("recordsPerDay", json!(1.5), "is not a whole number from 1 to 1000000000"),
            ("termsVersion", json!("0.9"), "is not the current version, 1.0"),
            ("mayAccept", json!(false), "is not true"),
            ("mayAccept", json!("true"), "is not true"),
            ("extra", json!(1), "is unknown"),
        ] {
            let mut form = form();
            form[field] = value;
            assert_eq!(refusals(&form), [format!("{field} {expected}")]);
        }
        assert_eq!(refusals(&json!({})).len(), 10);
    }

    #[test]
    fn only_plain_addresses_are_taken() {
        for good in ["a@b.au", "a.b-c_d@x-y.example.org", "o'neil@example.com"] {
            assert!(EmailAddress::read(&json!(good)).is_ok(), "{good}");
        }
        for bad in [
            "",
            "a",
            "a@",
            "@b.au",
            "a@b",
            "a b@c.au",
            "a@b.au\r\nBcc: c@d.au",
            "\"a\"@b.au",
            "a@[127.0.0.1]",
            "a@127.0.0.1",
            "a@b..au",
            ".a@b.au",
            "a.@b.au",
            "a@-b.au",
            "a@b.au,c@d.au",
            "a@b.au;c@d.au",
            "Ada <a@b.au>",
            "a@b@c.au",
            "ä@b.au",
            "a@bä.au",
            &format!("{}@b.au", "a".repeat(65)),
            &format!("a@{}.au", "b".repeat(64)),
        ] {
            assert!(EmailAddress::read(&json!(bad)).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_change_changes_something() {
        let change = Change::from_json(br#"{"callsPerDay": 7}"#).unwrap();
        assert_eq!(change.calls_per_day, Some(7));
        for body in ["{}", r#"{"organisation": "other"}"#, r#"{"email": "no"}"#] {
            assert!(Change::from_json(body.as_bytes()).is_err(), "{body}");
        }
    }
}
