//! Who is calling: clients registered for one test each.

use client::{Answer, Client, Credentials, Request};
use domain::{ClientId, Overrides, Registration, RegistrationState, Tier};
use jiff::Timestamp;
use serde_json::Value;
use store::sdk::dynamodb::types::AttributeValue;

use crate::stack::stack;

/// So much that no test runs into a limit that it is not about.
const GENEROUS: Overrides = Overrides {
    per_second: Some(1_000),
    burst: Some(1_000),
    per_hour: Some(1_000_000),
    per_day: Some(1_000_000),
    operations: Some(1_000),
    records_per_day: Some(1_000_000_000),
};

/// A client about to be registered.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Applicant {
    tier: Tier,
    limits: Overrides,
}

/// A registered client.
#[derive(Debug)]
pub(crate) struct Caller {
    pub(crate) id: ClientId,
    pub(crate) secret: String,
    pub(crate) client: Client,
}

/// A member of the public, with generous limits.
pub(crate) const fn public() -> Applicant {
    Applicant { tier: Tier::Public, limits: GENEROUS }
}

/// A partner, with generous limits.
pub(crate) const fn partner() -> Applicant {
    Applicant { tier: Tier::Partner, limits: GENEROUS }
}

impl Applicant {
    /// With these limits in place of the generous ones.
    pub(crate) fn limited(self, limits: Overrides) -> Self {
        let of = self.limits;
        Self {
            limits: Overrides {
                per_second: limits.per_second.or(of.per_second),
                burst: limits.burst.or(of.burst),
                per_hour: limits.per_hour.or(of.per_hour),
                per_day: limits.per_day.or(of.per_day),
                operations: limits.operations.or(of.operations),
                records_per_day: limits.records_per_day.or(of.records_per_day),
            },
            ..self
        }
    }

    /// With the limits that the tier is published with.
    pub(crate) fn with_the_tiers_limits(self) -> Self {
        Self { limits: Overrides::default(), ..self }
    }

    pub(crate) async fn registered(self) -> Caller {
        let created = stack().clients().await.create("a test's client", self.tier).await.unwrap();
        let name = "a test's client".to_owned();
        let id = created.client_id.clone();
        let registration = Registration {
            limits: self.limits,
            ..Registration::new(id, name, self.tier, Timestamp::now())
        };
        stack().registrations().await.add(&registration).await.unwrap();
        Caller::with(created.client_id, &created.client_secret)
    }
}

impl Caller {
    /// A client with these credentials, registered or not.
    pub(crate) fn with(id: ClientId, secret: &str) -> Self {
        let credentials = Credentials::new(id.as_str(), secret);
        let client = Client::new(&stack().base_url, &stack().token_url, credentials).unwrap();
        Self { id, secret: secret.to_owned(), client }
    }

    pub(crate) async fn send(&self, request: Request) -> Answer {
        self.client.send(request).await.unwrap()
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(Request::post(path, body.to_string())).await
    }

    /// Codes to OSCA with the latest model.
    pub(crate) async fn code(&self, body: &Value) -> Answer {
        self.post("/v1/topics/osca/code", body).await
    }

    pub(crate) async fn set_state(&self, state: RegistrationState) {
        stack().registrations().await.set_state(&self.id, state).await.unwrap();
    }

    pub(crate) async fn set_limits(&self, limits: Overrides) {
        stack().registrations().await.set_limits(&self.id, limits).await.unwrap();
    }

    /// Deletes the registration; the client in Cognito stays, and so does its token.
    pub(crate) async fn forget_registration(&self) {
        let request = stack().dynamodb().await.delete_item();
        let id = AttributeValue::S(self.id.as_str().to_owned());
        let request = request.table_name(&stack().registrations_table).key("client_id", id);
        request.send().await.unwrap();
    }
}
