//! What can be done to a registration: one state machine.
//!
//! Each act takes a record as it stands and gives the record after it, what is written down of the
//! act, and the mails that it owes. The store writes all of that in one transaction, on condition
//! that the record still stands as it was seen.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::application::{
    Acceptance, Application, ApplicationState, Change, EmailAddress, Form, IssuedClient, Provision,
    RegistrationId, TermsNotices,
};
use crate::fields::{self, FieldProblem, Fields, FieldsError};
use crate::mail::{LinkPurpose, MailTemplate, OwedLink, OwedMail};
use crate::{
    ClientId, Failure, Kind, LimitsMeasure, Measure, Measures, OrganisationKind, Overrides, Terms,
    Tier,
};

/// The longest that two secrets of one registration are good at the same time, in hours.
const MOST_OVERLAP_HOURS: u32 = 7 * 24;
/// How long whoever makes a client is left alone: longer than any function may run.
const PROVISION_TIME: SignedDuration = SignedDuration::from_secs(120);
/// When the reminders of new terms are due, before the time to accept them is over.
const REMINDERS: [SignedDuration; 2] =
    [SignedDuration::from_hours(14 * 24), SignedDuration::from_hours(3 * 24)];

/// Who acts, as it is written down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Actor(String);

impl Actor {
    /// Whoever sent a form or holds a link.
    #[must_use]
    pub fn applicant() -> Self {
        Self("applicant".to_owned())
    }

    /// A registered client.
    #[must_use]
    pub fn client(id: &ClientId) -> Self {
        Self(format!("client {id}"))
    }

    /// An operator, by the name that AWS IAM knows.
    #[must_use]
    pub fn operator(arn: &str) -> Self {
        Self(format!("operator {arn}"))
    }

    /// The service itself, when a time has come.
    #[must_use]
    pub fn service() -> Self {
        Self("service".to_owned())
    }
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Act {
    /// The form came.
    Apply,
    /// The address was confirmed.
    Confirm,
    /// An operator asked for more.
    Ask,
    /// An operator refused.
    Reject,
    /// An operator approved, or went on with an approval that was broken off.
    Approve,
    /// The client was made, and the registration is active.
    Activate,
    /// The secret was shown, once.
    ShowSecret,
    /// Another link to a secret that nobody has seen.
    SendSecret,
    /// An operator ordered a second secret.
    Rotate,
    /// The second client was made.
    IssueSecond,
    /// The first of two clients was deleted.
    EndOverlap,
    /// The user changed details.
    Change,
    /// The user confirmed a new address.
    ConfirmAddress,
    /// The user accepted newer terms.
    AcceptTerms,
    /// The user complained.
    Complain,
    /// The user was told of newer terms.
    NotifyTerms,
    /// The user did not accept them in time.
    RestrictForTerms,
    /// An operator set limits.
    SetLimits,
    /// An operator lowered limits.
    Throttle,
    /// An operator closed bulk coding.
    RestrictBulk,
    /// An operator closed all access for a time.
    Suspend,
    /// An operator lifted a measure.
    Lift,
    /// An operator took the registration back.
    Revoke,
    /// The clients of a revoked registration were deleted.
    Remove,
    /// An operator took out all that is kept of a user.
    Export,
    /// An operator deleted what is kept of a user.
    Erase,
}

/// One line of the record of acts, which is only ever added to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ActRecord {
    /// What names it.
    pub act_id: Uuid,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: Actor,
    /// What.
    pub act: Act,
    /// Particulars; nothing of a person, so that it can outlive an erasure.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub particulars: BTreeMap<String, Value>,
    /// Why, in the actor's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl ActRecord {
    /// An act without particulars.
    #[must_use]
    pub fn new(act: Act, by: Actor, reason: Option<String>, at: Timestamp) -> Self {
        Self { act_id: Uuid::new_v4(), at, by, act, particulars: BTreeMap::new(), reason }
    }
}

/// What an act comes to: written whole, or not at all.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The record after it. Its revision is one more than the record's before it.
    pub application: Application,
    /// What is written down.
    pub act: ActRecord,
    /// What is owed.
    pub mails: Vec<OwedMail>,
    /// The purpose of the link that is used up.
    pub spent_link: Option<LinkPurpose>,
    /// Clients that are no more.
    pub removed_clients: Vec<ClientId>,
}

/// An act cannot be done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ActError {
    /// The registration stands otherwise.
    #[error("the act does not fit the registration: {0}")]
    NotAllowed(String),
    /// The act's own fields are wrong.
    #[error(transparent)]
    Fields(#[from] FieldsError),
}

impl Failure for ActError {
    fn kind(&self) -> Kind {
        match self {
            Self::NotAllowed(_) => Kind::ActNotAllowed,
            Self::Fields(fields) => fields.kind(),
        }
    }

    fn detail(&self) -> Option<String> {
        match self {
            Self::NotAllowed(detail) => Some(detail.clone()),
            Self::Fields(fields) => fields.detail(),
        }
    }

    fn fields(&self) -> &[FieldProblem] {
        match self {
            Self::NotAllowed(_) => &[],
            Self::Fields(fields) => &fields.0,
        }
    }
}

/// What an operator orders.
#[derive(Debug, Clone, PartialEq)]
pub enum Order {
    /// Let it in, at this tier or at the usual one.
    Approve {
        /// The tier.
        tier: Option<Tier>,
        /// Why; demanded for a tier that its kind is not offered.
        reason: Option<String>,
    },
    /// Refuse it.
    Reject {
        /// Why.
        reason: String,
    },
    /// Ask for more.
    Ask {
        /// What.
        reason: String,
    },
    /// Send another link to a secret that nobody has seen.
    SendSecret {
        /// Why.
        reason: String,
    },
    /// Make a second secret.
    Rotate {
        /// How long the first stays good.
        overlap_hours: u32,
        /// Why.
        reason: String,
    },
    /// Set limits until a time.
    SetLimits(LimitsMeasure),
    /// Lower limits until a time.
    Throttle(LimitsMeasure),
    /// Close bulk coding.
    RestrictBulk(Measure),
    /// Close all access until a time.
    Suspend(Measure),
    /// Lift a measure, or all of them.
    Lift {
        /// Which.
        measure: Lifted,
        /// Why.
        reason: String,
    },
    /// Take the registration back.
    Revoke {
        /// Why.
        reason: String,
    },
}

/// What can be lifted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lifted {
    /// Limits of its own.
    Limits,
    /// Lowered limits.
    Throttle,
    /// The restriction of bulk coding.
    Bulk,
    /// The restriction for want of accepted terms.
    Terms,
    /// The suspension.
    Suspension,
    /// Everything.
    All,
}

impl Order {
    /// The names of orders in paths.
    pub const NAMES: [&str; 11] = [
        "approve",
        "reject",
        "ask",
        "send-secret",
        "rotate",
        "limits",
        "throttle",
        "restrict-bulk",
        "suspend",
        "lift",
        "revoke",
    ];

    /// Reads the body of an order; `None` if there is no such order.
    #[must_use]
    pub fn from_json(name: &str, body: &[u8], now: Timestamp) -> Option<Result<Self, FieldsError>> {
        Self::NAMES.contains(&name).then(|| Self::read(name, body, now))
    }

    fn read(name: &str, body: &[u8], now: Timestamp) -> Result<Self, FieldsError> {
        let mut fields = Fields::from_json(body)?;
        if name == "approve" {
            let tier = fields.optional("tier", fields::word("public, partner"));
            let reason = fields.optional("reason", fields::paragraph(1_000));
            return fields.finish(Some(Self::Approve { tier, reason }));
        }
        let reason = fields.required("reason", fields::paragraph(1_000));
        let is_timed = matches!(name, "limits" | "throttle" | "suspend");
        let until = if is_timed {
            fields.required("until", future(now))
        } else if name == "restrict-bulk" {
            fields.optional("until", future(now))
        } else {
            None
        };
        let measure = || Some(Measure { until, reason: reason.clone()? });
        let order = match name {
            "reject" => reason.map(|reason| Self::Reject { reason }),
            "ask" => reason.map(|reason| Self::Ask { reason }),
            "send-secret" => reason.map(|reason| Self::SendSecret { reason }),
            "revoke" => reason.map(|reason| Self::Revoke { reason }),
            "rotate" => {
                let overlap =
                    fields.optional("overlapHours", fields::whole(0..=MOST_OVERLAP_HOURS));
                let overlap_hours = overlap.unwrap_or(MOST_OVERLAP_HOURS);
                reason.map(|reason| Self::Rotate { overlap_hours, reason })
            }
            "lift" => {
                let measures = "limits, throttle, bulk, terms, suspension, all";
                let measure = fields.required("measure", fields::word(measures));
                measure.zip(reason).map(|(measure, reason)| Self::Lift { measure, reason })
            }
            "limits" | "throttle" => {
                let limits = read_limits(&mut fields);
                let limits = measure().map(|measure| LimitsMeasure { limits, measure });
                limits.map(if name == "limits" { Self::SetLimits } else { Self::Throttle })
            }
            "restrict-bulk" => measure().map(Self::RestrictBulk),
            _ => measure().map(Self::Suspend),
        };
        fields.finish(order)
    }
}

fn future(now: Timestamp) -> impl Fn(&Value) -> Result<Timestamp, String> {
    move |value| {
        let until = fields::instant(value)?;
        if until > now { Ok(until) } else { Err("is not in the future".to_owned()) }
    }
}

fn read_limits(fields: &mut Fields) -> Overrides {
    let limits = Overrides {
        per_second: fields.optional("perSecond", fields::whole(1..=1_000)),
        burst: fields.optional("burst", fields::whole(1..=1_000)),
        per_hour: fields.optional("perHour", fields::whole(0..=u32::MAX)),
        per_day: fields.optional("perDay", fields::whole(0..=u32::MAX)),
        operations: fields.optional("operations", fields::whole(0..=1_000)),
        records_per_day: fields.optional("recordsPerDay", fields::whole(0..=u32::MAX)),
    };
    if limits.is_empty() {
        fields.refuse("body", "names no limit");
    }
    limits
}

impl Application {
    /// The application of a form, its address not yet confirmed.
    #[must_use]
    pub fn apply(form: Form, terms_version: &str, base_url: &str, now: Timestamp) -> Step {
        let application = Self {
            registration_id: RegistrationId::random(),
            revision: 1,
            state: ApplicationState::Applied,
            terms: Acceptance { version: terms_version.to_owned(), at: now },
            terms_notices: None,
            created_at: now,
            changed_at: now,
            base_url: base_url.to_owned(),
            tier: None,
            clients: Vec::new(),
            principal: None,
            clients_made: 0,
            provision: None,
            new_email: None,
            measures: Measures::default(),
            form,
        };
        let to = application.form.contact.email.clone();
        let link = OwedLink { purpose: LinkPurpose::Confirm, subject: to.as_str().to_owned() };
        let mail = application.mail(MailTemplate::ConfirmAddress, to, Some(link), []);
        Step {
            act: ActRecord::new(Act::Apply, Actor::applicant(), None, now)
                .with("terms", terms_version)
                .with("service", application.form.service),
            application,
            mails: vec![mail],
            spent_link: None,
            removed_clients: Vec::new(),
        }
    }

    /// The address is confirmed, with a link of this purpose.
    pub fn confirm(&self, purpose: LinkPurpose, now: Timestamp) -> Result<Step, ActError> {
        let mut next = self.clone();
        if purpose == LinkPurpose::Confirm {
            self.expect(&[ApplicationState::Applied], "confirmed")?;
            next.state = ApplicationState::Confirmed;
            let step = next.step(Act::Confirm, Actor::applicant(), None, now).spending(purpose);
            return Ok(step.mailing(MailTemplate::ApplicationReceived, []));
        }
        let Some(email) = next.new_email.take() else {
            return Err(ActError::NotAllowed("no address waits to be confirmed".to_owned()));
        };
        next.form.contact.email = email;
        let step = next.step(Act::ConfirmAddress, Actor::applicant(), None, now);
        Ok(step.spending(purpose).mailing(MailTemplate::DetailsChanged, [("changes", "email")]))
    }

    /// What an operator orders.
    pub fn obey(&self, order: &Order, by: Actor, now: Timestamp) -> Result<Step, ActError> {
        use ApplicationState::{Active, Applied, Approving, Asked, Confirmed, Revoking};
        let mut next = self.clone();
        Ok(match order {
            Order::Approve { tier, reason } => {
                return self.approve(*tier, reason.as_deref(), by, now);
            }
            Order::Reject { reason } => {
                self.expect(&[Confirmed, Asked], "rejected")?;
                next.state = ApplicationState::Rejected;
                let step = next.step(Act::Reject, by, Some(reason), now);
                step.mailing(MailTemplate::Rejected, [("reason", reason.as_str())])
            }
            Order::Ask { reason } => {
                self.expect(&[Confirmed, Asked], "asked for more")?;
                next.state = Asked;
                let step = next.step(Act::Ask, by, Some(reason), now);
                step.mailing(MailTemplate::MoreAsked, [("reason", reason.as_str())])
            }
            Order::SendSecret { reason } => {
                self.expect(&[Active], "sent a secret")?;
                let step = next.step(Act::SendSecret, by, Some(reason), now);
                step.mailing_secret(MailTemplate::SecretAgain, [])
            }
            Order::Rotate { overlap_hours, reason } => {
                return self.rotate(*overlap_hours, reason, by, now);
            }
            Order::SetLimits(limits) => {
                self.expect(&[Active], "given limits")?;
                next.measures.limits = Some(limits.clone());
                next.limited(Act::SetLimits, MailTemplate::LimitsSet, limits, by, now)
            }
            Order::Throttle(limits) => {
                self.expect(&[Active], "throttled")?;
                next.measures.throttle = Some(limits.clone());
                next.limited(Act::Throttle, MailTemplate::Throttled, limits, by, now)
            }
            Order::RestrictBulk(measure) => {
                self.expect(&[Active], "restricted")?;
                next.measures.bulk_restriction = Some(measure.clone());
                next.measured(Act::RestrictBulk, MailTemplate::BulkRestricted, measure, by, now)
            }
            Order::Suspend(measure) => {
                self.expect(&[Active], "suspended")?;
                next.measures.suspension = Some(measure.clone());
                next.measured(Act::Suspend, MailTemplate::Suspended, measure, by, now)
            }
            Order::Lift { measure, reason } => {
                self.expect(&[Active], "relieved")?;
                next.measures = next.measures.without(*measure).without_ended(now);
                if next.measures == self.measures.clone().without_ended(now) {
                    return Err(ActError::NotAllowed("no such measure is in force".to_owned()));
                }
                let mut step = next.step(Act::Lift, by, Some(reason), now);
                step.act = step.act.with("measure", measure);
                step.mailing(MailTemplate::Lifted, [("reason", reason.as_str())])
            }
            Order::Revoke { reason } => {
                self.expect(&[Applied, Confirmed, Asked, Approving, Active, Revoking], "revoked")?;
                // One that is being made would come too late to be deleted.
                self.expect_no_provision(now)?;
                next.state = Revoking;
                let step = next.step(Act::Revoke, by, Some(reason), now);
                // Told once, though a revocation that was broken off is begun again; and never to
                // an address that nobody has confirmed.
                if matches!(self.state, Revoking | Applied) {
                    step
                } else {
                    step.mailing(MailTemplate::Revoked, [("reason", reason.as_str())])
                }
            }
        })
    }

    fn approve(
        &self,
        tier: Option<Tier>,
        reason: Option<&str>,
        by: Actor,
        now: Timestamp,
    ) -> Result<Step, ActError> {
        use ApplicationState::{Approving, Asked, Confirmed};
        self.expect(&[Confirmed, Asked, Approving], "approved")?;
        self.expect_no_provision(now)?;
        // An approval that is gone on with keeps its tier.
        let tier = self.tier.or(tier).unwrap_or(self.form.organisation_kind.usual_tier());
        let is_unusual =
            tier == Tier::Partner && self.form.organisation_kind == OrganisationKind::Other;
        if is_unusual && reason.is_none() && self.state != Approving {
            let detail = "is missing: only Australian government agencies are partners without one";
            return Err(FieldsError::of("reason", detail).into());
        }
        let mut next = self.clone();
        next.state = Approving;
        next.tier = Some(tier);
        next.provision = Some(self.next_provision(0, now));
        let mut step = next.step(Act::Approve, by, reason, now);
        step.act = step.act.with("tier", tier);
        Ok(step)
    }

    fn rotate(
        &self,
        overlap_hours: u32,
        reason: &str,
        by: Actor,
        now: Timestamp,
    ) -> Result<Step, ActError> {
        self.expect(&[ApplicationState::Active], "given a second secret")?;
        self.expect_no_provision(now)?;
        if self.clients.len() > 1 {
            let detail =
                "two secrets are good already: the first must end before the next rotation";
            return Err(ActError::NotAllowed(detail.to_owned()));
        }
        let mut next = self.clone();
        let hours = self.provision.as_ref().map_or(overlap_hours.into(), |p| p.overlap_hours);
        next.provision = Some(self.next_provision(hours, now));
        let mut step = next.step(Act::Rotate, by, Some(reason), now);
        step.act = step.act.with("overlapHours", hours);
        Ok(step)
    }

    /// The client that is to be made, or to be gone on with, by whoever records this.
    fn next_provision(&self, overlap_hours: i64, now: Timestamp) -> Provision {
        let client_name =
            format!("registration-{}-{}", self.registration_id, self.clients_made + 1);
        Provision { client_name, until: now + PROVISION_TIME, overlap_hours }
    }

    fn expect_no_provision(&self, now: Timestamp) -> Result<(), ActError> {
        match &self.provision {
            Some(provision) if now < provision.until => {
                let detail = "its client is being made; try again in two minutes";
                Err(ActError::NotAllowed(detail.to_owned()))
            }
            _ => Ok(()),
        }
    }

    /// Whether making a client was begun and broken off, so that it can be gone on with.
    #[must_use]
    pub fn has_broken_off_at(&self, now: Timestamp) -> bool {
        self.state == ApplicationState::Revoking
            || self.provision.as_ref().is_some_and(|provision| now >= provision.until)
    }

    /// Goes on with what was broken off: whoever records this makes the client or deletes it.
    pub fn resume(&self, now: Timestamp) -> Result<Step, ActError> {
        let mut next = self.clone();
        let act = match self.state {
            ApplicationState::Revoking => Act::Revoke,
            ApplicationState::Approving => Act::Approve,
            _ => Act::Rotate,
        };
        if let Some(provision) = &self.provision {
            self.expect_no_provision(now)?;
            next.provision = Some(self.next_provision(provision.overlap_hours, now));
        }
        Ok(next.step(act, Actor::service(), None, now))
    }

    /// The client of the provision was made.
    pub fn issue(&self, client_id: &ClientId, now: Timestamp) -> Result<Step, ActError> {
        let Some(provision) = &self.provision else {
            return Err(ActError::NotAllowed("no client is being made for it".to_owned()));
        };
        let mut next = self.clone();
        next.provision = None;
        next.clients_made += 1;
        let is_first = next.clients.is_empty();
        let end = now + SignedDuration::from_hours(provision.overlap_hours);
        for client in &mut next.clients {
            client.valid_until = Some(end);
        }
        let issued = IssuedClient { client_id: client_id.clone(), valid_until: None };
        next.clients.insert(0, issued);
        next.principal.get_or_insert_with(|| client_id.clone());
        next.state = ApplicationState::Active;
        let act = if is_first { Act::Activate } else { Act::IssueSecond };
        let mut step = next.step(act, Actor::service(), None, now);
        step.act = step.act.with("clientId", client_id);
        Ok(if is_first {
            step.mailing_secret(MailTemplate::Approved, [])
        } else {
            let until = format!("{end:.0}");
            step.mailing_secret(MailTemplate::Rotated, [("until", until.as_str())])
        })
    }

    /// Clients whose time is over, but for the newest.
    #[must_use]
    pub fn ended_clients(&self, now: Timestamp) -> Vec<ClientId> {
        let ended = self.clients.iter().filter(|c| c.valid_until.is_some_and(|end| end <= now));
        ended.map(|client| client.client_id.clone()).collect()
    }

    /// These clients were deleted, as another has taken their place.
    #[must_use]
    pub fn end_overlap(&self, ended: Vec<ClientId>, now: Timestamp) -> Step {
        let mut next = self.clone();
        next.clients.retain(|client| !ended.contains(&client.client_id));
        let step = next.step(Act::EndOverlap, Actor::service(), None, now);
        Step { removed_clients: ended, ..step }
    }

    /// The clients of a revoked registration were deleted.
    pub fn remove(&self, now: Timestamp) -> Result<Step, ActError> {
        self.expect(&[ApplicationState::Revoking], "removed")?;
        let mut next = self.clone();
        next.state = ApplicationState::Revoked;
        next.provision = None;
        let removed = next.clients.drain(..).map(|client| client.client_id).collect();
        let step = next.step(Act::Remove, Actor::service(), None, now);
        Ok(Step { removed_clients: removed, ..step })
    }

    /// The secret of the client that a link is for is shown.
    #[must_use]
    pub fn show_secret(&self, client_id: &ClientId, now: Timestamp) -> Step {
        let mut step = self.clone().step(Act::ShowSecret, Actor::applicant(), None, now);
        step.act = step.act.with("clientId", client_id);
        step.spending(LinkPurpose::Secret)
    }

    /// The user changes details.
    pub fn change(&self, change: &Change, by: Actor, now: Timestamp) -> Result<Step, ActError> {
        self.expect(&[ApplicationState::Active], "changed")?;
        let mut next = self.clone();
        let contact = &mut next.form.contact;
        let mut changed = Vec::new();
        let mut put = |name: &'static str, is_given: bool| {
            if is_given {
                changed.push(name);
            }
        };
        put("contactName", change.contact_name.is_some());
        put("phone", change.phone.is_some());
        put("callsPerDay", change.calls_per_day.is_some());
        put("recordsPerDay", change.records_per_day.is_some());
        put("email", change.email.is_some());
        contact.contact_name = change.contact_name.clone().unwrap_or(contact.contact_name.clone());
        contact.phone = change.phone.clone().or(contact.phone.take());
        let volumes = &mut next.form.volumes;
        volumes.calls_per_day = change.calls_per_day.unwrap_or(volumes.calls_per_day);
        volumes.records_per_day = change.records_per_day.unwrap_or(volumes.records_per_day);
        next.new_email = change.email.clone().or(next.new_email.take());
        let named = changed.join(", ");
        let mut step = next.step(Act::Change, by, None, now);
        step.act = step.act.with("changed", &named);
        // To the old address, which stays in force until the new one is confirmed.
        step = step.mailing(MailTemplate::DetailsChanged, [("changes", named.as_str())]);
        if let Some(to) = change.email.clone() {
            let link = OwedLink { purpose: LinkPurpose::Address, subject: to.as_str().to_owned() };
            let mail = step.application.mail(MailTemplate::ConfirmNewAddress, to, Some(link), []);
            step.mails.push(mail);
        }
        Ok(step)
    }

    /// The user accepts the current terms.
    pub fn accept(&self, version: &str, by: Actor, now: Timestamp) -> Result<Step, ActError> {
        self.expect(&[ApplicationState::Active], "bound by newer terms")?;
        let mut next = self.clone();
        next.terms = Acceptance { version: version.to_owned(), at: now };
        next.terms_notices = None;
        next.measures.terms_restriction = None;
        let mut step = next.step(Act::AcceptTerms, by, None, now);
        step.act = step.act.with("terms", version);
        Ok(step.mailing(MailTemplate::TermsAccepted, [("terms_version", version)]))
    }

    /// The user complained, and is told that this was received.
    #[must_use]
    pub fn complain(
        &self,
        reference: &str,
        settle_by: Timestamp,
        by: Actor,
        now: Timestamp,
    ) -> Step {
        let mut step = self.clone().step(Act::Complain, by, None, now);
        step.act = step.act.with("reference", reference);
        let until = format!("{settle_by:.0}");
        let fields = [("reference", reference), ("until", until.as_str())];
        step.mailing(MailTemplate::ComplaintReceived, fields)
    }

    /// What is due about terms that the user has not accepted: the notice when they come into
    /// force, two reminders, and the restriction when the time is over.
    #[must_use]
    pub fn press_for_terms(&self, current: &Terms, now: Timestamp) -> Option<Step> {
        let is_bound = self.terms.version == current.version;
        if self.state != ApplicationState::Active || is_bound {
            return None;
        }
        let notices = self.terms_notices.as_ref().filter(|n| n.version == current.version);
        let sent = notices.map_or(0, |notices| notices.sent);
        let end = current.accept_by_instant();
        let until = format!("{end:.0}");
        let fields = [("terms_version", current.version.as_str()), ("until", until.as_str())];
        let mut next = self.clone();
        let due = match sent {
            0 => Timestamp::MIN,
            1 => end - REMINDERS[0],
            2 => end - REMINDERS[1],
            _ if self.measures.terms_restriction.is_none() => end,
            _ => return None,
        };
        if now < due {
            return None;
        }
        let (act, template) = match sent {
            0 => (Act::NotifyTerms, MailTemplate::TermsChanged),
            1 | 2 => (Act::NotifyTerms, MailTemplate::TermsReminder),
            _ => {
                let reason = format!("version {} of the terms is not accepted", current.version);
                next.measures.terms_restriction = Some(Measure { until: None, reason });
                (Act::RestrictForTerms, MailTemplate::TermsRestricted)
            }
        };
        next.terms_notices =
            Some(TermsNotices { version: current.version.clone(), sent: (sent + 1).min(3) });
        let mut step = next.step(act, Actor::service(), None, now);
        step.act = step.act.with("terms", &current.version);
        Some(step.mailing(template, fields))
    }

    fn limited(
        self,
        act: Act,
        template: MailTemplate,
        limits: &LimitsMeasure,
        by: Actor,
        now: Timestamp,
    ) -> Step {
        let mut step = self.measured(act, template, &limits.measure, by, now);
        step.act = step.act.with("limits", in_words(limits.limits));
        for mail in &mut step.mails {
            mail.fields.insert("limits".to_owned(), in_words(limits.limits));
        }
        step
    }

    fn measured(
        self,
        act: Act,
        template: MailTemplate,
        measure: &Measure,
        by: Actor,
        now: Timestamp,
    ) -> Step {
        let until =
            measure.until.map_or("further notice".to_owned(), |until| format!("{until:.0}"));
        let mut step = self.step(act, by, Some(&measure.reason), now);
        step.act = step.act.with("until", measure.until);
        step.mailing(template, [("reason", measure.reason.as_str()), ("until", until.as_str())])
    }

    fn expect(&self, states: &[ApplicationState], done: &str) -> Result<(), ActError> {
        if states.contains(&self.state) {
            return Ok(());
        }
        let state = self.state.as_str();
        Err(ActError::NotAllowed(format!("a registration that is {state} cannot be {done}")))
    }

    fn step(mut self, act: Act, by: Actor, reason: Option<&str>, now: Timestamp) -> Step {
        self.revision += 1;
        self.changed_at = now;
        Step {
            application: self,
            act: ActRecord::new(act, by, reason.map(str::to_owned), now),
            mails: Vec::new(),
            spent_link: None,
            removed_clients: Vec::new(),
        }
    }

    fn mail<const N: usize>(
        &self,
        template: MailTemplate,
        to: EmailAddress,
        link: Option<OwedLink>,
        fields: [(&str, &str); N],
    ) -> OwedMail {
        let of_all = [
            ("base_url", self.base_url.as_str()),
            ("registration_id", &self.registration_id.to_string()),
            ("organisation", &self.form.organisation),
            ("contact_name", &self.form.contact.contact_name),
            ("client_id", self.clients.first().map_or("", |client| client.client_id.as_str())),
            ("tier", self.tier.map_or("", Tier::as_str)),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let own = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let fields = of_all.into_iter().chain(own).collect();
        OwedMail { mail_id: Uuid::new_v4(), template, to, fields, link, owed_at: self.changed_at }
    }
}

impl ActRecord {
    fn with(mut self, name: &str, value: impl Serialize) -> Self {
        self.particulars.insert(name.to_owned(), json!(value));
        self
    }
}

impl Step {
    fn spending(self, purpose: LinkPurpose) -> Self {
        Self { spent_link: Some(purpose), ..self }
    }

    fn mailing<const N: usize>(
        mut self,
        template: MailTemplate,
        fields: [(&str, &str); N],
    ) -> Self {
        let to = self.application.form.contact.email.clone();
        self.mails.push(self.application.mail(template, to, None, fields));
        self
    }

    /// Mails a link to the newest client's secret.
    fn mailing_secret<const N: usize>(
        mut self,
        template: MailTemplate,
        fields: [(&str, &str); N],
    ) -> Self {
        let to = self.application.form.contact.email.clone();
        let newest = self.application.clients.first();
        let link = newest.map(|client| OwedLink {
            purpose: LinkPurpose::Secret,
            subject: client.client_id.as_str().to_owned(),
        });
        self.mails.push(self.application.mail(template, to, link, fields));
        self
    }
}

impl Measures {
    fn without(mut self, lifted: Lifted) -> Self {
        let is = |one| lifted == one || lifted == Lifted::All;
        if is(Lifted::Limits) {
            self.limits = None;
        }
        if is(Lifted::Throttle) {
            self.throttle = None;
        }
        if is(Lifted::Bulk) {
            self.bulk_restriction = None;
        }
        if is(Lifted::Terms) {
            self.terms_restriction = None;
        }
        if is(Lifted::Suspension) {
            self.suspension = None;
        }
        self
    }
}

fn in_words(limits: Overrides) -> String {
    let named = [
        (limits.per_second, "requests a second"),
        (limits.burst, "requests at once"),
        (limits.per_hour, "requests an hour"),
        (limits.per_day, "requests a day"),
        (limits.operations, "bulk operations at a time"),
        (limits.records_per_day, "bulk records a day"),
    ];
    let given = named.into_iter().filter_map(|(limit, name)| Some(format!("{} {name}", limit?)));
    given.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
