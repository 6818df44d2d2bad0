use boot::{SettingError, setting};
use domain::{
    Act, ActError, ActRecord, Actor, Application, ApplicationState, Change, ClientId, Form,
    LinkPurpose, Order, RegistrationId, Step,
};
use jiff::Timestamp;
use store::{Applications, Clients, Credentials, Link, Mailer};

use crate::error::RegistrarError;
use crate::token::Token;

/// The hash that a link is compared with where there is none, so that this takes as long.
const NO_HASH: [u8; 32] = [0; 32];

/// How often a client that was made is entered in a record that others change at the same time.
const ATTEMPTS: usize = 5;

/// Whoever keeps the registrations.
#[derive(Debug, Clone)]
pub struct Registrar {
    /// The records.
    pub applications: Applications,
    /// The clients in Cognito.
    pub clients: Clients,
    /// Where mail goes out.
    pub mailer: Mailer,
}

/// All that is kept of a registration.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    /// Its record.
    pub application: Application,
    /// The acts on it, oldest first.
    pub acts: Vec<ActRecord>,
}

impl Registrar {
    /// Builds it from the settings.
    pub async fn from_settings() -> Result<Self, SettingError> {
        let config = boot::aws_config().await;
        let dynamodb = store::sdk::dynamodb::Client::new(&config);
        let cognito = store::sdk::cognito::Client::new(&config);
        let ses = store::sdk::ses::Client::new(&config);
        let registrations = setting("REGISTRATIONS_TABLE")?;
        Ok(Self {
            applications: Applications::new(
                dynamodb,
                setting("APPLICATIONS_TABLE")?,
                registrations,
            ),
            clients: Clients::new(cognito, setting("USER_POOL_ID")?, setting("RESOURCE_SERVER")?),
            mailer: Mailer::new(ses, setting("MAIL_FROM")?),
        })
    }

    /// Takes a form, and asks its sender by mail to confirm the address.
    pub async fn apply(
        &self,
        form: Form,
        terms_version: &str,
        base_url: &str,
        now: Timestamp,
    ) -> Result<RegistrationId, RegistrarError> {
        let step = Application::apply(form, terms_version, base_url, now);
        Ok(self.finish(step, &[], now).await?.registration_id)
    }

    /// A registration, unless its address stayed unconfirmed for too long.
    pub async fn find(
        &self,
        id: RegistrationId,
        now: Timestamp,
    ) -> Result<Application, RegistrarError> {
        let found = self.applications.find(id).await?;
        found.filter(|found| !found.has_vanished_at(now)).ok_or(RegistrarError::Unknown)
    }

    /// Confirms the address that a link was sent to: of the form, or one that it was changed to.
    pub async fn confirm(
        &self,
        id: RegistrationId,
        token: &Token,
        now: Timestamp,
    ) -> Result<(), RegistrarError> {
        let form = self.good_link(id, LinkPurpose::Confirm, token, now).await?;
        let changed = self.good_link(id, LinkPurpose::Address, token, now).await?;
        let link = form.or(changed).ok_or(RegistrarError::Link)?;
        let application = self.find(id, now).await.map_err(nothing_of_the_registration)?;
        // A link to an address that was changed again since is good for nothing.
        let waiting = match link.purpose {
            LinkPurpose::Address => application.new_email.as_ref(),
            _ => Some(&application.form.contact.email),
        };
        if waiting.is_none_or(|email| email.as_str() != link.subject) {
            return Err(RegistrarError::Link);
        }
        let step = application.confirm(link.purpose, now).map_err(|_| RegistrarError::Link)?;
        self.finish(step, &link.hash, now).await.map_err(nothing_of_the_registration)?;
        Ok(())
    }

    /// Takes a secret out of Cognito, to be shown once: the link is used up before this returns.
    pub async fn secret(
        &self,
        id: RegistrationId,
        token: &Token,
        now: Timestamp,
    ) -> Result<Credentials, RegistrarError> {
        let link = self.good_link(id, LinkPurpose::Secret, token, now).await?;
        let link = link.ok_or(RegistrarError::Link)?;
        let client_id = ClientId::new(&link.subject);
        let application = self.find(id, now).await.map_err(nothing_of_the_registration)?;
        let is_current = application.clients.first().is_some_and(|c| c.client_id == client_id);
        if application.state != ApplicationState::Active || !is_current {
            return Err(RegistrarError::Link);
        }
        // First, so that a failure of Cognito does not use the link up.
        let credentials = self.clients.credentials(&client_id).await?;
        let credentials = credentials.ok_or(RegistrarError::Link)?;
        let step = application.show_secret(&client_id, now);
        self.finish(step, &link.hash, now).await.map_err(nothing_of_the_registration)?;
        Ok(credentials)
    }

    /// The link, if this is its token and it is good. One that is not there takes as long.
    async fn good_link(
        &self,
        id: RegistrationId,
        purpose: LinkPurpose,
        token: &Token,
        now: Timestamp,
    ) -> Result<Option<Link>, RegistrarError> {
        let link = self.applications.link(id, purpose).await?;
        let hash = link.as_ref().map_or(&NO_HASH[..], |link| &link.hash);
        let is_its_token = token.has_hash(hash);
        Ok(link.filter(|link| is_its_token && !link.is_used && now < link.good_until))
    }

    /// Carries out an operator's order.
    pub async fn order(
        &self,
        id: RegistrationId,
        order: &Order,
        by: Actor,
        now: Timestamp,
    ) -> Result<Application, RegistrarError> {
        let application = self.find(id, now).await?;
        let step = application.obey(order, by, now)?;
        if matches!(order, Order::SendSecret { .. }) {
            self.expect_unseen_secret(&application).await?;
        }
        self.finish(step, &[], now).await
    }

    async fn expect_unseen_secret(&self, application: &Application) -> Result<(), RegistrarError> {
        let link = self.applications.link(application.registration_id, LinkPurpose::Secret).await?;
        let newest = application.clients.first();
        let is_seen = link.is_some_and(|link| {
            link.is_used && newest.is_some_and(|client| client.client_id.as_str() == link.subject)
        });
        if is_seen {
            let detail = "the secret was shown before: rotate it".to_owned();
            return Err(ActError::NotAllowed(detail).into());
        }
        Ok(())
    }

    /// Changes what a user may change.
    pub async fn change(
        &self,
        id: RegistrationId,
        change: &Change,
        by: Actor,
        now: Timestamp,
    ) -> Result<Application, RegistrarError> {
        let step = self.find(id, now).await?.change(change, by, now)?;
        self.finish(step, &[], now).await
    }

    /// Accepts the terms of that version.
    pub async fn accept(
        &self,
        id: RegistrationId,
        version: &str,
        by: Actor,
        now: Timestamp,
    ) -> Result<Application, RegistrarError> {
        let step = self.find(id, now).await?.accept(version, by, now)?;
        self.finish(step, &[], now).await
    }

    /// Writes down a complaint, and tells the user that it was received.
    pub async fn acknowledge(
        &self,
        id: RegistrationId,
        reference: &str,
        settle_by: Timestamp,
        by: Actor,
        now: Timestamp,
    ) -> Result<(), RegistrarError> {
        for _ in 0..ATTEMPTS {
            let application = self.find(id, now).await?;
            let step = application.complain(reference, settle_by, by.clone(), now);
            match self.finish(step, &[], now).await {
                Err(RegistrarError::Overtaken) => {}
                outcome => return outcome.map(drop),
            }
        }
        Err(RegistrarError::Overtaken)
    }

    /// All that is kept of a registration, for whoever it is about; that it was asked for is
    /// written down.
    pub async fn export(
        &self,
        id: RegistrationId,
        by: Actor,
        now: Timestamp,
    ) -> Result<Kept, RegistrarError> {
        let application = self.find(id, now).await?;
        self.applications.write_down(id, &ActRecord::new(Act::Export, by, None, now)).await?;
        let acts = self.applications.acts_of(id).await?;
        Ok(Kept { application, acts })
    }

    /// Deletes what is kept of a registration that has ended, but the acts, which hold nothing of a
    /// person.
    pub async fn erase(
        &self,
        id: RegistrationId,
        reason: String,
        by: Actor,
        now: Timestamp,
    ) -> Result<(), RegistrarError> {
        use ApplicationState::{Applied, Rejected, Revoked};
        let application = self.find(id, now).await?;
        if !matches!(application.state, Applied | Rejected | Revoked) {
            let state = application.state.as_str();
            let detail =
                format!("a registration that is {state} cannot be erased: revoke it first");
            return Err(ActError::NotAllowed(detail).into());
        }
        let act = ActRecord::new(Act::Erase, by, Some(reason), now);
        Ok(self.applications.erase(id, &act).await?)
    }

    /// Writes a step, does what has to follow from it, and sends the mails.
    pub(crate) async fn finish(
        &self,
        step: Step,
        link_hash: &[u8],
        now: Timestamp,
    ) -> Result<Application, RegistrarError> {
        let act = step.act.act;
        let application = self.write(step, link_hash).await?;
        // Whoever wrote the order carries it out; nobody else does until its time is over.
        let application = match act {
            Act::Approve | Act::Rotate => self.make_client(application, now).await?,
            Act::Revoke => self.delete_clients(application, now).await?,
            _ => application,
        };
        self.send_owed(application.registration_id, now).await;
        Ok(application)
    }

    async fn write(&self, step: Step, link_hash: &[u8]) -> Result<Application, RegistrarError> {
        if self.applications.record(&step, link_hash).await? {
            Ok(step.application)
        } else {
            Err(RegistrarError::Overtaken)
        }
    }

    async fn make_client(
        &self,
        mut application: Application,
        now: Timestamp,
    ) -> Result<Application, RegistrarError> {
        let (Some(provision), Some(tier)) = (&application.provision, application.tier) else {
            return Ok(application);
        };
        // One that was made before and not recorded, and any that a lost answer hid from us.
        let mut made = self.clients.named(&provision.client_name).await?.into_iter();
        let client = match made.next() {
            Some(client) => client,
            None => self.clients.create(&provision.client_name, tier).await?.client_id,
        };
        for surplus in made {
            self.clients.delete(&surplus).await?;
        }
        for _ in 0..ATTEMPTS {
            match self.write(application.issue(&client, now)?, &[]).await {
                // Something else was done to it meanwhile, as a suspension.
                Err(RegistrarError::Overtaken) => {
                    application = self.find(application.registration_id, now).await?;
                }
                outcome => return outcome,
            }
        }
        Err(RegistrarError::Overtaken)
    }

    /// All of a registration's clients, also one whose making was broken off, by their names.
    async fn delete_clients(
        &self,
        application: Application,
        now: Timestamp,
    ) -> Result<Application, RegistrarError> {
        let name = format!("registration-{}-", application.registration_id);
        let named = self.clients.named(&name).await?;
        let known = application.clients.iter().map(|client| client.client_id.clone());
        for client in known.chain(named) {
            self.clients.delete(&client).await?;
        }
        self.write(application.remove(now)?, &[]).await
    }

    /// Deletes clients that have given way to another.
    pub(crate) async fn end_overlap(
        &self,
        application: Application,
        now: Timestamp,
    ) -> Result<Application, RegistrarError> {
        let ended = application.ended_clients(now);
        if ended.is_empty() {
            return Ok(application);
        }
        for client in &ended {
            self.clients.delete(client).await?;
        }
        self.write(application.end_overlap(ended, now), &[]).await
    }
}

/// Whoever holds a link learns nothing of the registration from a failure but that it is not good.
fn nothing_of_the_registration(error: RegistrarError) -> RegistrarError {
    match error {
        RegistrarError::Store(error) => RegistrarError::Store(error),
        _ => RegistrarError::Link,
    }
}
