//! An approval, a rotation or a revocation that is broken off at any call to AWS, before it is done
//! or after, leaves nothing behind that is not taken up again.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use aws_config::retry::RetryConfig;
use domain::{Actor, ApplicationState, Order, RegistrationId};
use jiff::{SignedDuration, Timestamp};
use registrar::Registrar;
use serde_json::json;
use store::sdk::dynamodb::config::interceptors::{
    BeforeDeserializationInterceptorContextRef, BeforeTransmitInterceptorContextRef,
};
use store::sdk::dynamodb::config::{ConfigBag, Intercept, RuntimeComponents};
use store::sdk::dynamodb::error::BoxError;
use store::sdk::{cognito, dynamodb, ses};
use store::{Clients, Mailer};

use super::mails::to;
use super::office::{FROM, applicant, applications, registrar, terms};
use crate::stack::{aws, stack};

/// Breaks everything off at the call of one number: each counts twice, before and after it is done.
#[derive(Debug, Clone)]
struct BreakAt {
    at: u32,
    count: Arc<AtomicU32>,
}

impl BreakAt {
    fn new(at: u32) -> Self {
        Self { at, count: Arc::default() }
    }

    fn is_reached(&self) -> bool {
        self.count.load(Ordering::SeqCst) > self.at
    }

    fn pass(&self) -> Result<(), BoxError> {
        // From then on nothing gets through: the process is dead.
        if self.count.fetch_add(1, Ordering::SeqCst) >= self.at {
            return Err("broken off by a test".into());
        }
        Ok(())
    }

    async fn registrar(&self) -> Registrar {
        let config = aws().await;
        let none = RetryConfig::disabled();
        let dynamodb = dynamodb::config::Builder::from(&config).retry_config(none.clone());
        let cognito = cognito::config::Builder::from(&config).retry_config(none.clone());
        let ses = ses::config::Builder::from(&config).retry_config(none);
        let cognito = cognito::Client::from_conf(cognito.interceptor(self.clone()).build());
        let ses = ses::Client::from_conf(ses.interceptor(self.clone()).build());
        Registrar {
            applications: applications(dynamodb::Client::from_conf(
                dynamodb.interceptor(self.clone()).build(),
            )),
            clients: Clients::new(cognito, &stack().user_pool_id, &stack().resource_server),
            mailer: Mailer::new(ses, FROM),
        }
    }
}

impl Intercept for BreakAt {
    fn name(&self) -> &'static str {
        "BreakAt"
    }

    fn read_before_transmit(
        &self,
        _context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.pass()
    }

    fn read_before_deserialization(
        &self,
        _context: &BeforeDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.pass()
    }
}

fn order(name: &str, now: Timestamp) -> Order {
    let body = if name == "approve" { json!({}) } else { json!({"reason": "a test"}) };
    Order::from_json(name, body.to_string().as_bytes(), now).unwrap().unwrap()
}

fn olive() -> Actor {
    Actor::operator("olive")
}

/// A registration as it stands once what was broken off has been taken up again, as the function
/// that tends registrations does.
async fn taken_up(id: RegistrationId, now: Timestamp) -> domain::Application {
    let registrar = registrar().await;
    let later = now + SignedDuration::from_mins(5);
    let application = registrar.find(id, later).await.unwrap();
    registrar.tend_registration(application, &terms(), later).await.unwrap();
    registrar.find(id, later).await.unwrap()
}

async fn clients_of(id: RegistrationId) -> Vec<domain::ClientId> {
    registrar().await.clients.named(&format!("registration-{id}-")).await.unwrap()
}

#[tokio::test]
async fn an_approval_broken_off_anywhere_makes_one_client() {
    let mut at = 0;
    loop {
        let applicant = applicant("commonwealth", "partner");
        let id: RegistrationId = applicant.confirmed().await.parse().unwrap();
        let (now, fault) = (Timestamp::now(), BreakAt::new(at));
        let broken = fault.registrar().await;
        let outcome = broken.order(id, &order("approve", now), olive(), now).await;
        if outcome.is_err() {
            // Nothing may have been written yet: then the operator approves again.
            let _ = registrar().await.order(id, &order("approve", now), olive(), now).await;
        }
        let application = taken_up(id, now).await;
        assert_eq!(application.state, ApplicationState::Active, "broken off at {at}");
        let known: Vec<_> = application.clients.iter().map(|c| c.client_id.clone()).collect();
        assert_eq!(clients_of(id).await, known, "broken off at {at}");
        let client = stack().registrations().await.find(&known[0]).await.unwrap().unwrap();
        assert!(client.registration.is_open_at(now));
        let mails = to(&applicant.email).await;
        let last = mails.last().unwrap();
        assert!(last.subject.ends_with(": your registration"), "broken off at {at}");
        let token = registrar::Token::sent(last.token());
        let shown = registrar().await.secret(id, &token, now).await;
        assert_eq!(shown.unwrap().client_id, known[0], "broken off at {at}");
        if !fault.is_reached() {
            break;
        }
        at += 1;
    }
    assert!(at > 15, "only {at} places to break off at");
}

#[tokio::test]
async fn a_rotation_and_a_revocation_broken_off_anywhere_are_taken_up_again() {
    let mut at = 0;
    loop {
        let applicant = applicant("commonwealth", "partner");
        let id: RegistrationId = applicant.confirmed().await.parse().unwrap();
        let now = Timestamp::now();
        let clean = registrar().await;
        clean.order(id, &order("approve", now), olive(), now).await.unwrap();

        let rotation = BreakAt::new(at);
        let rotate = order("rotate", now);
        let outcome = rotation.registrar().await.order(id, &rotate, olive(), now).await;
        if outcome.is_err() {
            let _ = clean.order(id, &rotate, olive(), now).await;
        }
        let application = taken_up(id, now).await;
        assert_eq!(application.clients.len(), 2, "broken off at {at}");
        assert_eq!(clients_of(id).await.len(), 2, "broken off at {at}");

        let revocation = BreakAt::new(at);
        let revoke = order("revoke", now);
        let outcome = revocation.registrar().await.order(id, &revoke, olive(), now).await;
        if outcome.is_err() {
            let _ = clean.order(id, &revoke, olive(), now).await;
        }
        let application = taken_up(id, now).await;
        assert_eq!(application.state, ApplicationState::Revoked, "broken off at {at}");
        assert!(clients_of(id).await.is_empty(), "broken off at {at}");
        if !rotation.is_reached() && !revocation.is_reached() {
            break;
        }
        at += 1;
    }
}
