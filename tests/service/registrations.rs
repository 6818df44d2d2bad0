//! A registration decides at once, whatever token its client still holds.

use domain::{RegistrationState, Tier};

use crate::answers::{denied, found};
use crate::callers::{Caller, partner, public};
use crate::stack::stack;

#[tokio::test]
async fn a_suspended_client_is_denied_at_once_and_let_in_again_when_readmitted() {
    let caller = public().registered().await;
    found(&caller.get("/v1/topics").await);
    for state in [RegistrationState::Suspended, RegistrationState::Revoked] {
        caller.set_state(state).await;
        denied(&caller.get("/v1/topics").await);
        denied(&caller.code(&serde_json::json!({"record": {"occp_text": "nurse"}})).await);
        caller.set_state(RegistrationState::Active).await;
        found(&caller.get("/v1/topics").await);
    }
}

#[tokio::test]
async fn a_client_whose_registration_is_gone_is_denied() {
    let caller = partner().registered().await;
    found(&caller.get("/v1/topics").await);
    caller.forget_registration().await;
    denied(&caller.get("/v1/topics").await);
}

#[tokio::test]
async fn a_client_that_was_never_registered_is_denied() {
    let created = stack().clients().await.create("never registered", Tier::Partner).await.unwrap();
    let caller = Caller::with(created.client_id, &created.client_secret);
    denied(&caller.get("/v1/topics").await);
}
