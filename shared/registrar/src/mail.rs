//! Sending what is owed.

use domain::{OwedLink, OwedMail, RegistrationId};
use jiff::Timestamp;
use store::{Link, StoreError};

use crate::registrar::Registrar;
use crate::token::Token;

impl Registrar {
    /// Sends what a registration is owed. What cannot be sent stays owed, and is tried again when
    /// registrations are next tended: an act is not undone because a mail did not go out.
    pub(crate) async fn send_owed(&self, id: RegistrationId, now: Timestamp) {
        let owed = self.applications.owed_mails_of(id).await;
        let outcome = match owed {
            Ok(mails) => self.send_all(id, mails, now).await,
            Err(error) => Err(error),
        };
        if let Err(error) = outcome {
            let error = &error as &dyn std::error::Error;
            tracing::error!(error, registration.id = %id, "a mail stays owed");
        }
    }

    async fn send_all(
        &self,
        id: RegistrationId,
        mails: Vec<OwedMail>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        for mail in mails {
            self.send(id, &mail, now).await?;
        }
        Ok(())
    }

    /// Sends one mail, unless somebody else is at it.
    pub(crate) async fn send(
        &self,
        id: RegistrationId,
        mail: &OwedMail,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        if !self.applications.claim_mail(id, mail.mail_id, now).await? {
            return Ok(());
        }
        let link = match &mail.link {
            Some(owed) => match self.new_link(id, mail, owed, now).await? {
                Some(link) => Some(link),
                // What it opened was opened: there is nothing left to say.
                None => return self.applications.forget_mail(id, mail.mail_id).await,
            },
            None => None,
        };
        self.mailer.send(&mail.written(link.as_deref())).await?;
        self.applications.forget_mail(id, mail.mail_id).await
    }

    /// A link's address; `None` if one to the same was used before. Its token stands after the `#`,
    /// which browsers keep to themselves, so that it is in nobody's log.
    async fn new_link(
        &self,
        id: RegistrationId,
        mail: &OwedMail,
        owed: &OwedLink,
        now: Timestamp,
    ) -> Result<Option<String>, StoreError> {
        let token =
            Token::random().ok_or(StoreError::Incomplete { operation: "making a random token" })?;
        let link = Link {
            purpose: owed.purpose,
            hash: token.hash(),
            subject: owed.subject.clone(),
            good_until: now + owed.purpose.life(),
            is_used: false,
        };
        let is_put = self.applications.put_link(id, &link).await?;
        let base_url = mail.fields.get("base_url").map_or("", String::as_str);
        let page = owed.purpose.page();
        let token = token.as_str();
        Ok(is_put.then(|| format!("{base_url}/v1/registrations/{id}/{page}#{token}")))
    }
}
