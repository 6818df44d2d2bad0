//! Feedback, complaints and reports of wrong codes.

use serde_json::{Value, json};
use store::sdk::dynamodb::types::AttributeValue;

use super::mails::newest;
use super::office::{applicant, operator_get, operator_post, order};
use crate::answers::{found, refused};
use crate::callers::partner;
use crate::schema::assert_conforms;
use crate::stack::stack;

async fn open() -> Vec<Value> {
    let answer = operator_get("/v1/admin/feedback").await;
    assert_conforms("get", "/v1/admin/feedback", &answer);
    found(&answer)["feedback"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_complaint_is_acknowledged_by_mail_and_listed_until_it_is_settled() {
    let applicant = applicant("other", "public");
    let (id, caller) = applicant.approved().await;
    let complaint = json!({"kind": "complaint", "text": "It was down\nfor an hour."});
    let answer = caller.post("/v1/feedback", &complaint).await;
    assert_conforms("post", "/v1/feedback", &answer);
    let taken = found(&answer);
    let reference = taken["reference"].as_str().unwrap();
    let mail = newest(&applicant.email, 4).await;
    assert!(mail.text.contains(reference) && !mail.text.contains("for an hour"));
    let listed = open().await;
    let listed = listed.iter().find(|feedback| feedback["reference"] == reference).unwrap();
    assert_eq!(listed["registrationId"], id.as_str());
    assert_eq!(listed["settleBy"], taken["settleBy"]);
    assert!(listed["acknowledgeBy"].is_string());

    let path = format!("/v1/admin/feedback/{reference}/settle");
    let settled = json!({"reason": "explained by telephone"});
    found(&operator_post(&path, &settled).await);
    assert!(open().await.iter().all(|feedback| feedback["reference"] != reference));
    refused(&operator_post(&path, &settled).await, 404, "The specified feedback does not exist");
    found(&order(&id, "revoke", &json!({"reason": "done"})).await);
}

#[tokio::test]
async fn the_texts_of_a_wrong_code_are_kept_with_consent_only_and_apart() {
    let caller = partner().registered().await;
    let mut report = json!({
        "kind": "wrongCode", "topic": "osca", "givenCode": "371131",
        "occp_text": "Quollkeeper", "tasks_text": "keeps quolls",
    });
    for may_keep in [false, true] {
        report["mayKeepText"] = may_keep.into();
        let taken = found(&caller.post("/v1/feedback", &report).await);
        let reference = AttributeValue::S(taken["reference"].as_str().unwrap().to_owned());
        let item = async |table: &str| {
            let request = stack().dynamodb().await.get_item().table_name(table);
            let answer = request.key("reference", reference.clone()).send().await.unwrap();
            format!("{:?}", answer.item.unwrap())
        };
        let wrong_code = item(&stack().wrong_codes_table).await;
        assert_eq!(wrong_code.contains("Quollkeeper"), may_keep);
        assert!(!wrong_code.contains(caller.id.as_str()));
        assert!(!item(&stack().feedback_table).await.contains("Quollkeeper"));
    }
    let mut bad = report.clone();
    bad["kind"] = "praise".into();
    refused(&caller.post("/v1/feedback", &bad).await, 400, "Invalid request body");
}
