//! Who is an operator, and what nobody else may do.

use client::Request;
use serde_json::json;

use super::mails::to;
use super::office::{Office, applicant, event, feedback, nobody, operator_get, order, registrar};
use crate::answers::{denied, found, refused};
use crate::callers::partner;

const SOME: &str = "0b1e7d56-0f5e-4b0c-9a3e-1f0f1c5f7d10";

#[tokio::test]
async fn without_a_signature_there_is_nothing_to_see() {
    let caller = partner().registered().await;
    for request in [
        Request::get("/v1/admin/registrations").without_token(),
        Request::post(format!("/v1/admin/registrations/{SOME}/approve"), "{}").without_token(),
    ] {
        refused(&nobody().send(request).await, 404, "Not Found");
    }
    // A user's token is no signature; the function itself refuses, should the gateway not.
    for path in ["/v1/admin/registrations", &format!("/v1/admin/registrations/{SOME}")] {
        denied(&caller.get(path).await);
    }
    denied(&caller.post(&format!("/v1/admin/registrations/{SOME}/revoke"), &json!({})).await);
}

/// The function takes the operator's name from the gateway and from nowhere else.
#[tokio::test]
async fn nobody_can_say_who_they_are() {
    let deps = std::sync::Arc::new(administer_registrations::Deps {
        registrar: registrar().await,
        feedback: feedback().await,
    });
    let route = "/v1/admin/registrations/{registration_id}/{order}";
    let event = event(route, &[("registration_id", SOME), ("order", "approve")], &json!({}))
        .with("/headers/userarn", "arn:aws:iam::123456789012:user/olive")
        .with("/requestContext/authorizer/userArn", "arn:aws:iam::123456789012:user/olive");
    for event in [event.clone(), event.with("/requestContext/identity/userArn", "")] {
        let call = crate::functions::call(&event);
        let answer: api::Answer =
            administer_registrations::handle(std::sync::Arc::clone(&deps), call).await.into();
        assert_eq!(answer.status(), 403);
    }
}

#[tokio::test]
async fn orders_that_make_no_sense_are_refused() {
    refused(
        &order(SOME, "approve", &json!({})).await,
        404,
        "The specified registration does not exist",
    );
    refused(
        &order("not-an-id", "approve", &json!({})).await,
        404,
        "The specified registration does not exist",
    );
    let body = refused(&order(SOME, "destroy", &json!({})).await, 400, "Invalid request body");
    assert_eq!(body["detail"], "order is no order");
    let body = refused(&order(SOME, "suspend", &json!({})).await, 400, "Invalid request body");
    let fields: Vec<_> =
        body["errors"].as_array().unwrap().iter().map(|error| &error["field"]).collect();
    assert_eq!(fields, ["reason", "until"]);
    for query in ["state=gold", "after=soon"] {
        let path = format!("/v1/admin/registrations?{query}");
        refused(&operator_get(&path).await, 400, "Invalid request body");
    }
}

#[tokio::test]
async fn a_hundred_approvals_at_once_make_one_client() {
    let applicant = applicant("commonwealth", "partner");
    let id = applicant.confirmed().await;
    let office = Office::new().await;
    let (now, approve) = (jiff::Timestamp::now(), json!({}));
    let approvals = (0..100).map(|_| office.order(&id, "approve", &approve, now));
    let answers = futures::future::join_all(approvals).await;
    let statuses: Vec<u16> = answers.iter().map(api::Answer::status).collect();
    assert_eq!(statuses.iter().filter(|&&status| status == 200).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| [200, 409].contains(status)), "{statuses:?}");
    let name = format!("registration-{id}-");
    assert_eq!(registrar().await.clients.named(&name).await.unwrap().len(), 1);
    assert_eq!(to(&applicant.email).await.len(), 3);
    let history = found(&operator_get(&format!("/v1/admin/registrations/{id}")).await);
    let acts = history["acts"].as_array().unwrap();
    assert_eq!(acts.iter().filter(|act| act["act"] == "approve").count(), 1);
}
