//! What is done when its time has come, and not because somebody asked for it.

use domain::{Application, ApplicationState, TermsCatalogue};
use jiff::{SignedDuration, Timestamp};

use crate::error::RegistrarError;
use crate::registrar::Registrar;

/// A mail that is owed for longer than this was broken off, and is sent again.
const PATIENCE: SignedDuration = SignedDuration::from_secs(120);
/// Records that are looked at in one read.
const PAGE: i32 = 100;
/// States in which something may have to be done.
const LIVE: [ApplicationState; 3] =
    [ApplicationState::Approving, ApplicationState::Revoking, ApplicationState::Active];

impl Registrar {
    /// Goes on with what was broken off, ends what has an end, presses for the acceptance of terms,
    /// and sends the mails that stayed owed. What fails is logged, and tried again the next time.
    pub async fn tend(&self, terms: &TermsCatalogue, now: Timestamp) -> Result<(), RegistrarError> {
        for state in LIVE {
            let mut after = None;
            loop {
                let page = self.applications.in_state(state, after, PAGE).await?;
                let Some(last) = page.last() else { break };
                after = Some(last.created_at);
                for application in page {
                    let id = application.registration_id;
                    if let Err(error) = self.tend_registration(application, terms, now).await {
                        let error = &error as &dyn std::error::Error;
                        tracing::error!(error, registration.id = %id, "a registration waits");
                    }
                }
            }
        }
        for (id, mail) in self.applications.owed_mails(now - PATIENCE, PAGE).await? {
            if let Err(error) = self.send(id, &mail, now).await {
                let error = &error as &dyn std::error::Error;
                tracing::error!(error, registration.id = %id, "a mail stays owed");
            }
        }
        Ok(())
    }

    /// Does what is due to one registration, and sends what it is owed.
    pub async fn tend_registration(
        &self,
        application: Application,
        terms: &TermsCatalogue,
        now: Timestamp,
    ) -> Result<(), RegistrarError> {
        if application.has_broken_off_at(now) {
            self.finish(application.resume(now)?, &[], now).await?;
            return Ok(());
        }
        let application = self.end_overlap(application, now).await?;
        let step = terms.current(now).and_then(|current| application.press_for_terms(current, now));
        match step {
            Some(step) => drop(self.finish(step, &[], now).await?),
            None => self.send_owed(application.registration_id, now).await,
        }
        Ok(())
    }
}
