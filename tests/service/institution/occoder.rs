//! `occoder admin`, against the whole service.

use std::process::Output;

use serde_json::{Value, json};
use tokio::process::Command;

use super::mails::to;
use super::office::{applicant, operator_get};
use crate::answers::{denied, refused};
use crate::stack::stack;

async fn admin(words: &[&str]) -> Output {
    let tests = std::env::current_exe().unwrap();
    let binary = tests.parent().unwrap().with_file_name("occoder");
    let mut command = Command::new(binary);
    command.env("BASE_URL", &stack().base_url).arg("admin").args(words).output().await.unwrap()
}

async fn admin_json(words: &[&str]) -> Value {
    let output = admin(words).await;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[tokio::test]
async fn an_operator_keeps_a_registration_from_the_command_line() {
    let applicant = applicant("commonwealth", "partner");
    let id = applicant.confirmed().await;
    let listed = admin(&["list"]).await;
    let lines = String::from_utf8(listed.stdout).unwrap();
    let line = lines.lines().find(|line| line.contains(&id)).unwrap();
    assert!(line.contains("Department of <b>Examples</b> & Co") && line.contains("partner"));

    assert_eq!(admin_json(&["approve", &id]).await["state"], "active");
    let caller = super::office::shown(&id, &to(&applicant.email).await[2].token()).await;
    let until = "2030-01-01T00:00:00Z";
    let suspended =
        admin_json(&["suspend", &id, "--until", until, "--reason", "a leaked secret"]).await;
    assert_eq!(suspended["measures"]["suspension"]["reason"], "a leaked secret");
    denied(&caller.get("/v1/registration").await);
    let lift = ["lift", &id, "--measure", "suspension", "--reason", "it was not"];
    assert_eq!(admin_json(&lift).await["measures"], json!({}));
    let shown = admin_json(&["show", &id]).await;
    assert!(shown["acts"].as_array().unwrap().iter().any(|act| act["act"] == "suspend"));

    let early = admin(&["erase", &id, "--reason", "asked for"]).await;
    assert_eq!(early.status.code(), Some(4));
    let said = String::from_utf8(early.stderr).unwrap();
    assert!(said.contains("revoke it first"), "{said}");
    admin_json(&["revoke", &id, "--reason", "asked for"]).await;
    let exported = admin_json(&["export", &id]).await;
    assert_eq!(exported["registration"]["email"], applicant.email.as_str());
    assert_eq!(exported["acts"].as_array().unwrap().last().unwrap()["act"], "export");
    admin_json(&["erase", &id, "--reason", "asked for"]).await;
    let gone = operator_get(&format!("/v1/admin/registrations/{id}")).await;
    refused(&gone, 404, "The specified registration does not exist");
    nothing_is_left(&id, &applicant.email).await;
}

/// What stays of an erased registration is the record of acts, which says nothing of a person.
async fn nothing_is_left(id: &str, email: &str) {
    let table = &stack().applications_table;
    let value = store::sdk::dynamodb::types::AttributeValue::S(id.to_owned());
    let request = stack().dynamodb().await.query().table_name(table);
    let request = request.key_condition_expression("registration_id = :id");
    let answer = request.expression_attribute_values(":id", value).send().await.unwrap();
    let items = answer.items();
    assert!(items.iter().all(|item| item["item"].as_s().unwrap().starts_with("act#")));
    let text = format!("{items:?}");
    for personal in [email, "Ada", "Examples"] {
        assert!(!text.contains(personal), "{personal} is left");
    }
}
