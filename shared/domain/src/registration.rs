//! Who may use the service.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::application::RegistrationId;
use crate::limits::{Limits, Overrides};
use crate::measures::Measures;

/// The identifier of a client, as Cognito issues it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClientId(String);

impl ClientId {
    /// Takes an identifier as it is.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// The identifier.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// What a client may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tier {
    /// Single records and small batches.
    Public,
    /// These, and bulk.
    Partner,
}

impl Tier {
    /// The tier's name: `public` or `partner`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Partner => "partner",
        }
    }

    /// Whether clients of this tier may use bulk coding.
    #[must_use]
    pub const fn may_use_bulk(self) -> bool {
        matches!(self, Self::Partner)
    }

    /// The tier's published limits, in force unless the tier or the client has its own.
    #[must_use]
    pub const fn limits(self) -> Limits {
        match self {
            Self::Public => Limits {
                per_second: 1,
                burst: 1,
                per_hour: Some(100),
                per_day: 1_000,
                operations: 0,
                records_per_day: 0,
            },
            Self::Partner => Limits {
                per_second: 1,
                burst: 5,
                per_hour: None,
                per_day: 10_000,
                operations: 10,
                records_per_day: 10_000_000,
            },
        }
    }
}

/// The text names no tier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a tier: public or partner is expected")]
pub struct TierError(String);

impl FromStr for Tier {
    type Err = TierError;

    fn from_str(text: &str) -> Result<Self, TierError> {
        match text {
            "public" => Ok(Self::Public),
            "partner" => Ok(Self::Partner),
            _ => Err(TierError(text.to_owned())),
        }
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// Where a registration stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RegistrationState {
    /// May call.
    Active,
    /// May not call for now.
    Suspended,
    /// May not call any more.
    Revoked,
}

/// A client's registration: all that the authoriser needs to know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registration {
    /// The client.
    pub client_id: ClientId,
    /// Who it is, for operators.
    pub name: String,
    /// What it may use.
    pub tier: Tier,
    /// Whether it may call now.
    pub state: RegistrationState,
    /// Where its limits differ from its tier's.
    #[serde(default, skip_serializing_if = "Overrides::is_empty")]
    pub limits: Overrides,
    /// When it was made.
    pub created_at: Timestamp,
    /// The registration that it came of, unless an operator made it by hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registration_id: Option<RegistrationId>,
    /// The client under whose name its use is counted, if that is another one: the one before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal: Option<ClientId>,
    /// When it gives way to its successor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<Timestamp>,
    /// What holds beside its tier.
    #[serde(default, skip_serializing_if = "Measures::is_empty")]
    pub measures: Measures,
}

impl Registration {
    /// A new client's registration, with its tier's limits.
    #[must_use]
    pub fn new(client_id: ClientId, name: String, tier: Tier, created_at: Timestamp) -> Self {
        Self {
            client_id,
            name,
            tier,
            state: RegistrationState::Active,
            limits: Overrides::default(),
            created_at,
            registration_id: None,
            principal: None,
            valid_until: None,
            measures: Measures::default(),
        }
    }

    /// Whether the client may call at `now`.
    #[must_use]
    pub fn is_open_at(&self, now: Timestamp) -> bool {
        self.state == RegistrationState::Active
            && self.valid_until.is_none_or(|until| now < until)
            && !self.measures.suspend_at(now)
    }

    /// The client under whose name its use is counted and its operations are kept.
    #[must_use]
    pub fn principal(&self) -> &ClientId {
        self.principal.as_ref().unwrap_or(&self.client_id)
    }
}
