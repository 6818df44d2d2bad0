//! Forms and their refusals, and the terms that they accept.

use serde_json::{Value, json};

use super::mails::to;
use super::office::{applicant, open_get};
use crate::answers::{found, json, refused};
use crate::schema::assert_conforms;

#[tokio::test]
async fn the_terms_are_shown_with_their_dates_and_hashes() {
    let answer = open_get("/v1/terms").await;
    assert_conforms("get", "/v1/terms", &answer);
    let current = &found(&answer)["current"];
    assert_eq!(current["version"], "1.0");
    assert_eq!(current["sha256"].as_str().unwrap().len(), 64);
    let text = current["text"].as_str().unwrap();
    for part in [
        "Licence to use",
        "Confidentiality of credentials",
        "Fair use and nominated volumes",
        "Prohibited uses",
        "Monitoring",
        "Changes of models",
        "Termination",
        "Liability",
        "Privacy",
        "Support",
        "99 % availability",
    ] {
        assert!(text.contains(part), "{part}");
    }
}

#[tokio::test]
async fn every_fault_of_a_form_is_named_and_nothing_is_mailed() {
    let mut applicant = applicant("commonwealth", "partner");
    for (field, value, detail) in [
        ("organisation", Value::Null, "is missing"),
        ("organisationKind", json!("bank"), "is none of commonwealth, stateOrTerritory, other"),
        ("contactName", json!("Ada\r\nBcc: everyone@example.org"), "has control characters"),
        ("service", json!(1), "is none of public, partner"),
        ("callsPerDay", json!(-1), "is not a whole number from 1 to 100000000"),
        ("termsVersion", json!("0.1"), "is not the current version, 1.0"),
        ("mayAccept", json!(false), "is not true"),
    ] {
        let good = std::mem::replace(&mut applicant.form[field], value);
        let answer = applicant.send().await;
        applicant.form[field] = good;
        assert_conforms("post", "/v1/registrations", &answer);
        let body = refused(&answer, 400, "Invalid request body");
        assert_eq!(body["errors"], json!([{"field": field, "detail": detail}]));
        assert_eq!(body["detail"], format!("{field} {detail}"));
    }
    assert!(to(&applicant.email).await.is_empty());
}

#[tokio::test]
async fn a_large_form_or_none_is_refused() {
    let mut applicant = applicant("other", "public");
    applicant.form["purpose"] = "x".repeat(17_000).into();
    refused(&applicant.send().await, 413, "Request body too large");
    applicant.form = json!([]);
    let body = refused(&applicant.send().await, 400, "Invalid request body");
    assert_eq!(body["detail"], "body is not a JSON object");
}

#[tokio::test]
async fn a_peer_that_sends_forms_without_end_is_refused() {
    let applicant = applicant("other", "public");
    let mut statuses = Vec::new();
    for _ in 0..22 {
        statuses.push(applicant.send().await);
    }
    let last = statuses.last().unwrap();
    refused(last, 429, "Limit Exceeded");
    assert!(last.header("retry-after").is_some());
    // And whoever sends them for one address has it mailed a few times only, without being told.
    assert!(statuses[..20].iter().all(|answer| answer.status == 202));
    assert_eq!(to(&applicant.email).await.len(), 5);
    let ids: Vec<_> = statuses[..20].iter().map(json).collect();
    assert!(ids.iter().all(|id| id["registrationId"].is_string()));
}
