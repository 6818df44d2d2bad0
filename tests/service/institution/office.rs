//! Whoever asks, whoever decides, and whoever keeps the registrations, for one test each.

use std::sync::Arc;

use client::{Answer, Request};
use domain::{ClientId, TermsCatalogue};
use jiff::Timestamp;
use registrar::Registrar;
use serde_json::{Value, json};
use store::{Applications, FeedbackBox, Mailer, Quotas, sdk};
use testkit::Event;
use uuid::Uuid;

use super::mails;
use crate::answers::{found, json};
use crate::callers::Caller;
use crate::functions::call;
use crate::stack::{aws, stack};

pub(super) const FROM: &str = "coding@service.example";

/// The emulator takes an operator for whom the key says, and does not look at the signature.
const SIGNED: &str = "AWS4-HMAC-SHA256 \
    Credential=test/20261125/ap-southeast-2/execute-api/aws4_request, \
    SignedHeaders=host;x-amz-date, Signature=00";

/// An organisation that wants to use the service.
pub(super) struct Applicant {
    pub(super) email: String,
    pub(super) form: Value,
    peer: String,
}

/// What a registration's path begins with.
pub(super) fn path(id: &str) -> String {
    format!("/v1/registrations/{id}")
}

pub(super) fn applicant(kind: &str, service: &str) -> Applicant {
    let unique = Uuid::new_v4();
    let email = format!("ada-{unique}@example.org");
    let form = json!({
        "organisation": "Department of <b>Examples</b> & Co",
        "organisationKind": kind,
        "contactName": "Ada <script>alert(1)</script>",
        "email": email,
        "phone": "+61 2 6252 5000",
        "service": service,
        "purpose": "To code the answers of a survey.",
        "callsPerDay": 200,
        "recordsPerDay": 5_000,
        "termsVersion": "1.0",
        "mayAccept": true,
    });
    // On AWS the gateway says who the peer is; the emulator believes this header.
    let [a, b, ..] = *unique.as_bytes();
    Applicant { email, form, peer: format!("10.9.{a}.{b}") }
}

/// Somebody without a token.
pub(super) fn nobody() -> Caller {
    Caller::with(ClientId::new("nobody"), "nothing")
}

pub(super) async fn open_get(path: &str) -> Answer {
    nobody().send(Request::get(path).without_token()).await
}

pub(super) async fn open_post(path: &str, body: &Value) -> Answer {
    nobody().send(Request::post(path, body.to_string()).without_token()).await
}

pub(super) async fn use_link(id: &str, page: &str, token: &str) -> Answer {
    open_post(&format!("{}/{page}", path(id)), &json!({"token": token})).await
}

/// Asks as an operator.
pub(super) async fn operator_get(path: &str) -> Answer {
    let request = Request::get(path).without_token();
    nobody().send(request.header("authorization", SIGNED)).await
}

/// Orders as an operator.
pub(super) async fn order(id: &str, name: &str, body: &Value) -> Answer {
    operator_post(&format!("/v1/admin/registrations/{id}/{name}"), body).await
}

pub(super) async fn operator_post(path: &str, body: &Value) -> Answer {
    let request = Request::post(path, body.to_string()).without_token();
    nobody().send(request.header("authorization", SIGNED)).await
}

pub(super) async fn feedback() -> FeedbackBox {
    let stack = stack();
    FeedbackBox::new(stack.dynamodb().await, &stack.feedback_table, &stack.wrong_codes_table)
}

impl Applicant {
    pub(super) async fn send(&self) -> Answer {
        let request = Request::post("/v1/registrations", self.form.to_string());
        let request = request.without_token().header("x-forwarded-for", self.peer.as_str());
        nobody().send(request).await
    }

    /// Sends the form and gives the registration.
    pub(super) async fn applied(&self) -> String {
        let answer = self.send().await;
        assert_eq!(answer.status, 202, "{}", answer.text());
        json(&answer)["registrationId"].as_str().unwrap().to_owned()
    }

    /// Sends the form and confirms the address.
    pub(super) async fn confirmed(&self) -> String {
        let id = self.applied().await;
        let token = mails::newest(&self.email, 1).await.token();
        found(&use_link(&id, "confirm", &token).await);
        id
    }

    /// A registration that is approved, and its client, whose secret was shown.
    pub(super) async fn approved(&self) -> (String, Caller) {
        let id = self.confirmed().await;
        found(&order(&id, "approve", &json!({})).await);
        let caller = shown(&id, &mails::newest(&self.email, 3).await.token()).await;
        (id, caller)
    }
}

/// The client whose secret a link shows.
pub(super) async fn shown(id: &str, token: &str) -> Caller {
    let shown = found(&use_link(id, "secret", token).await);
    let client_id = ClientId::new(shown["clientId"].as_str().unwrap());
    Caller::with(client_id, shown["clientSecret"].as_str().unwrap())
}

/// The registrar of the stack as a library, so that a test can choose the time.
pub(super) async fn registrar() -> Registrar {
    Registrar {
        applications: applications(stack().dynamodb().await),
        clients: stack().clients().await,
        mailer: Mailer::new(sdk::ses::Client::new(&aws().await), FROM),
    }
}

pub(super) fn applications(dynamodb: sdk::dynamodb::Client) -> Applications {
    Applications::new(dynamodb, &stack().applications_table, &stack().registrations_table)
}

pub(super) async fn quotas() -> Quotas {
    Quotas::new(stack().dynamodb().await, &stack().quotas_table)
}

pub(super) fn terms() -> TermsCatalogue {
    TermsCatalogue::shipped().unwrap()
}

/// The functions of the stack as libraries, at a time that a test chooses.
pub(super) struct Office {
    register: Arc<register_client::Deps>,
    show: Arc<show_secret::Deps>,
    administer: Arc<administer_registrations::Deps>,
}

impl Office {
    pub(super) async fn new() -> Self {
        let registrar = registrar().await;
        Self {
            register: Arc::new(register_client::Deps {
                registrar: registrar.clone(),
                quotas: quotas().await,
                terms: terms(),
                public_url: Some("https://api.example/prod".to_owned()),
            }),
            show: Arc::new(show_secret::Deps { registrar: registrar.clone() }),
            administer: Arc::new(administer_registrations::Deps {
                registrar,
                feedback: feedback().await,
            }),
        }
    }

    pub(super) async fn apply(&self, form: &Value, now: Timestamp) -> api::Answer {
        let peer = Uuid::new_v4().to_string();
        let event = event("/v1/registrations", &[], form);
        let call = call(&event.with("/requestContext/identity/sourceIp", peer));
        register_client::handle_at(Arc::clone(&self.register), call, now).await.into()
    }

    pub(super) async fn confirm(&self, id: &str, token: &str, now: Timestamp) -> api::Answer {
        let route = "/v1/registrations/{registration_id}/confirm";
        let event = event(route, &[("registration_id", id)], &json!({"token": token}));
        register_client::handle_at(Arc::clone(&self.register), call(&event), now).await.into()
    }

    pub(super) async fn secret(&self, id: &str, token: &str, now: Timestamp) -> api::Answer {
        let route = "/v1/registrations/{registration_id}/secret";
        let event = event(route, &[("registration_id", id)], &json!({"token": token}));
        show_secret::handle_at(Arc::clone(&self.show), call(&event), now).await.into()
    }

    pub(super) async fn order(
        &self,
        id: &str,
        name: &str,
        body: &Value,
        now: Timestamp,
    ) -> api::Answer {
        let route = "/v1/admin/registrations/{registration_id}/{order}";
        let event = event(route, &[("registration_id", id), ("order", name)], body);
        let arn = "arn:aws:iam::123456789012:user/olive";
        let call = call(&event.with("/requestContext/identity/userArn", arn));
        administer_registrations::handle_at(Arc::clone(&self.administer), call, now).await.into()
    }
}

/// A `POST` as the gateway hands it on.
pub(super) fn event(route: &str, path: &[(&str, &str)], body: &Value) -> Event {
    let path: serde_json::Map<String, Value> =
        path.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
    Event::load("describe-topics.topics")
        .with("/resource", route)
        .with("/requestContext/resourcePath", route)
        .with("/httpMethod", "POST")
        .with("/requestContext/httpMethod", "POST")
        .with("/pathParameters", path)
        .with_body(body.to_string())
}
