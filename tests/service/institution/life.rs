//! The whole life of a public and of a partner client, over HTTP.

use client::Request;
use domain::Tier;
use serde_json::{Value, json};

use super::mails::{newest, subjects, to};
use super::office::{applicant, open_get, operator_get, order, path, shown, use_link};
use crate::answers::{denied, found, refused};
use crate::callers::Caller;
use crate::schema::assert_conforms;
use crate::stack::stack;

const IN_A_YEAR: &str = "2030-01-01T00:00:00Z";

fn record() -> Value {
    json!({"record": {"occp_text": "brickie", "tasks_text": "lay bricks"}})
}

/// Limits under which no test of this module runs into the rate of a second.
fn generous() -> Value {
    json!({"perSecond": 1_000, "burst": 1_000, "perHour": 10_000, "perDay": 10_000,
           "until": IN_A_YEAR, "reason": "a test"})
}

async fn patch(caller: &Caller, body: &Value) -> client::Answer {
    let request = Request::new(reqwest::Method::PATCH, "/v1/registration");
    caller.send(request.body(body.to_string())).await
}

#[tokio::test]
async fn a_partner_from_the_form_to_the_end() {
    let applicant = applicant("commonwealth", "partner");
    let answer = applicant.send().await;
    assert_conforms("post", "/v1/registrations", &answer);
    let id = crate::answers::json(&answer)["registrationId"].as_str().unwrap().to_owned();

    let mail = newest(&applicant.email, 1).await;
    assert!(mail.text.contains(&format!("{}{}/confirm#", stack().base_url, path(&id))));
    let page = open_get(&format!("{}/confirm", path(&id))).await;
    assert_eq!(page.status, 200);
    assert!(page.header("content-type").unwrap().starts_with("text/html"));
    assert!(page.header("content-security-policy").unwrap().contains("script-src 'sha256-"));
    assert_eq!(page.header("cache-control"), Some("no-store"));
    let confirmed = use_link(&id, "confirm", &mail.token()).await;
    assert_conforms("post", "/v1/registrations/{registration_id}/confirm", &confirmed);
    newest(&applicant.email, 2).await;

    let listed = operator_get("/v1/admin/registrations?state=confirmed").await;
    assert_conforms("get", "/v1/admin/registrations", &listed);
    let asked = order(&id, "ask", &json!({"reason": "Which survey?\nAnd whose?"})).await;
    found(&asked);
    let mail = newest(&applicant.email, 3).await;
    assert!(mail.text.contains("    Which survey?\n    And whose?"), "{}", mail.text);

    let approved = order(&id, "approve", &json!({})).await;
    assert_conforms("post", "/v1/admin/registrations/{registration_id}/{order}", &approved);
    let approved = found(&approved);
    assert_eq!((&approved["state"], &approved["tier"]), (&json!("active"), &json!("partner")));
    let client_id = approved["clients"][0]["clientId"].as_str().unwrap();
    let mail = newest(&applicant.email, 4).await;
    assert!(mail.text.contains(client_id) && mail.text.contains("partner service"));
    let caller = shown(&id, &mail.token()).await;
    assert!(!mail.text.contains(&caller.secret));
    found(&order(&id, "limits", &generous()).await);
    assert!(newest(&applicant.email, 5).await.text.contains("10000 requests a day"));
    found(&caller.code(&record()).await);

    let own = caller.get("/v1/registration").await;
    assert_conforms("get", "/v1/registration", &own);
    assert_eq!(found(&own)["registrationId"], id.as_str());

    let changed = patch(&caller, &json!({"callsPerDay": 900, "contactName": "Grace"})).await;
    assert_conforms("patch", "/v1/registration", &changed);
    assert_eq!(found(&changed)["callsPerDay"], 900);
    assert!(newest(&applicant.email, 6).await.text.contains("contactName, callsPerDay"));

    measures(&applicant.email, &id, &caller).await;
    rotation(&applicant.email, &id, &caller).await;

    let revoked = found(&order(&id, "revoke", &json!({"reason": "the survey is over"})).await);
    assert_eq!(revoked["state"], "revoked");
    denied(&caller.code(&record()).await);
    let mails = to(&applicant.email).await;
    assert!(mails.last().unwrap().text.contains("the survey is over"));
    assert!(mails.iter().all(|mail| mail.is_plain_text() && mail.source == super::office::FROM));
    let fresh = Caller::with(caller.id.clone(), &caller.secret);
    assert!(fresh.client.token().await.is_err(), "a token for a client that was deleted");
    assert_eq!(clients_named(&id).await, 0);

    let history = operator_get(&format!("/v1/admin/registrations/{id}")).await;
    assert_conforms("get", "/v1/admin/registrations/{registration_id}", &history);
    let history = found(&history);
    let acts: Vec<&str> = history["acts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|act| act["act"].as_str().unwrap())
        .collect();
    assert_eq!(
        acts,
        [
            "apply",
            "confirm",
            "ask",
            "approve",
            "activate",
            "show-secret",
            "set-limits",
            "change",
            "restrict-bulk",
            "lift",
            "throttle",
            "lift",
            "suspend",
            "lift",
            "rotate",
            "issue-second",
            "show-secret",
            "revoke",
            "remove"
        ]
    );
    let asked = &history["acts"][2];
    assert_eq!(asked["by"], "operator arn:aws:iam::000000000000:root");
    assert_eq!(asked["reason"], "Which survey?\nAnd whose?");
}

/// Each measure takes hold at once where no answer is kept, is mailed with its reason, and is lifted.
async fn measures(email: &str, id: &str, caller: &Caller) {
    let lift = |measure: &str| json!({"measure": measure, "reason": "settled"});
    let bulk = "/v1/topics/osca/batch-code";
    found(&order(id, "restrict-bulk", &json!({"reason": "the queue is full"})).await);
    denied(&caller.post(bulk, &json!({})).await);
    found(&caller.code(&record()).await);
    assert!(newest(email, 7).await.text.contains("the queue is full"));
    found(&order(id, "lift", &lift("bulk")).await);
    found(&caller.post(bulk, &json!({})).await);
    assert!(newest(email, 8).await.text.contains("settled"));

    let throttle = json!({"perDay": 0, "until": IN_A_YEAR, "reason": "ten times the volume"});
    found(&order(id, "throttle", &throttle).await);
    refused(&caller.code(&record()).await, 429, "Limit Exceeded");
    let mail = newest(email, 9).await;
    assert!(mail.text.contains("0 requests a day") && mail.text.contains("ten times the volume"));
    found(&order(id, "lift", &lift("throttle")).await);
    found(&caller.code(&record()).await);

    let suspend = json!({"until": IN_A_YEAR, "reason": "the secret leaked"});
    found(&order(id, "suspend", &suspend).await);
    denied(&caller.code(&record()).await);
    denied(&caller.get("/v1/registration").await);
    let mail = newest(email, 11).await;
    assert!(mail.text.contains("the secret leaked") && mail.text.contains(IN_A_YEAR));
    found(&order(id, "lift", &lift("suspension")).await);
    found(&caller.code(&record()).await);
    newest(email, 12).await;
}

/// Two secrets are good for the overlap; what the first began, the second goes on with.
async fn rotation(email: &str, id: &str, first: &Caller) {
    let created = found(&first.post("/v1/topics/osca/batch-code", &json!({})).await);
    let operation = created["operationId"].as_str().unwrap();
    found(&order(id, "rotate", &json!({"overlapHours": 1, "reason": "yearly"})).await);
    let second = shown(id, &newest(email, 13).await.token()).await;
    assert_ne!((&second.id, &second.secret), (&first.id, &first.secret));
    for caller in [first, &second] {
        found(&caller.code(&record()).await);
        found(&caller.get(&format!("/v1/topics/osca/batch-code/operations/{operation}")).await);
    }
    refused(
        &order(id, "rotate", &json!({"reason": "again"})).await,
        409,
        "The registration does not allow this",
    );
}

async fn clients_named(id: &str) -> usize {
    let name = format!("registration-{id}-");
    stack().clients().await.named(&name).await.unwrap().len()
}

#[tokio::test]
async fn a_member_of_the_public_from_the_form_to_the_end() {
    let applicant = applicant("other", "public");
    let (id, caller) = applicant.approved().await;
    let own = found(&caller.get("/v1/registration").await);
    assert_eq!(own["tier"], Tier::Public.as_str());
    denied(&caller.post("/v1/topics/osca/batch-code", &json!({})).await);
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    let coded = caller.code(&record()).await;
    found(&coded);
    assert!(coded.header("ratelimit-policy").unwrap().contains("\"hour\";q=100;w=3600"));
    found(&order(&id, "revoke", &json!({"reason": "a year without use"})).await);
    denied(&caller.code(&record()).await);
    let subjects_sent = to(&applicant.email).await;
    assert_eq!(
        subjects(&subjects_sent),
        [
            "confirm your address",
            "your application is with us",
            "your registration",
            "your registration has ended"
        ]
    );
    refused(
        &order(&id, "suspend", &json!({"until": IN_A_YEAR, "reason": "late"})).await,
        409,
        "The registration does not allow this",
    );
}

#[tokio::test]
async fn an_application_is_refused_with_a_reason() {
    let applicant = applicant("other", "partner");
    let id = applicant.confirmed().await;
    let refusal = order(&id, "approve", &json!({"tier": "partner"})).await;
    let body = refused(&refusal, 400, "Invalid request body");
    assert_eq!(body["errors"][0]["field"], "reason");
    found(&order(&id, "reject", &json!({"reason": "it serves nobody in Australia"})).await);
    let mail = newest(&applicant.email, 3).await;
    assert!(mail.text.contains("it serves nobody in Australia"));
    let late = order(&id, "approve", &json!({})).await;
    let body = refused(&late, 409, "The registration does not allow this");
    assert_eq!(body["detail"], "a registration that is rejected cannot be approved");
}

#[tokio::test]
async fn a_new_address_counts_once_it_is_confirmed() {
    let applicant = applicant("other", "public");
    let (id, caller) = applicant.approved().await;
    let new = format!("new-{}", applicant.email);
    found(&patch(&caller, &json!({"email": new})).await);
    assert!(newest(&applicant.email, 4).await.text.contains("email"));
    let token = newest(&new, 1).await.token();
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    let own = found(&caller.get("/v1/registration").await);
    assert_eq!(own["email"], applicant.email.as_str());
    assert_eq!(own["unconfirmedEmail"], new.as_str());
    found(&use_link(&id, "confirm", &token).await);
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    assert_eq!(found(&caller.get("/v1/registration").await)["email"], new.as_str());
    found(&order(&id, "revoke", &json!({"reason": "done"})).await);
    assert_eq!(to(&applicant.email).await.len(), 4);
}
