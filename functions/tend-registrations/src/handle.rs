use domain::TermsCatalogue;
use jiff::Timestamp;
use registrar::{Registrar, RegistrarError};
use serde::Deserialize;

/// What the function needs.
#[derive(Debug)]
pub struct Deps {
    /// Keeps the registrations.
    pub registrar: Registrar,
    /// The terms of use.
    pub terms: TermsCatalogue,
}

/// The event of a schedule, less what nobody needs.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Tick {
    /// When it was due.
    pub time: Timestamp,
}

impl Deps {
    /// Builds everything from the settings.
    pub async fn from_settings() -> anyhow::Result<Self> {
        let registrar = Registrar::from_settings().await?;
        Ok(Self { registrar, terms: TermsCatalogue::shipped()? })
    }
}

/// Does what is due at the time of the event.
pub async fn handle(deps: &Deps, tick: Tick) -> Result<(), RegistrarError> {
    Box::pin(deps.registrar.tend(&deps.terms, tick.time)).await
}
