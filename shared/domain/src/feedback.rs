//! Questions, complaints and reports of wrong codes.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::application::RegistrationId;
use crate::fields::{self, Fields, FieldsError};
use crate::{BULK_TEXT_LIMIT, ClientId, Code};

/// When a complaint is to be acknowledged at the latest, and when it is to be settled.
const ACKNOWLEDGE: SignedDuration = SignedDuration::from_hours(7 * 24);
const SETTLE: SignedDuration = SignedDuration::from_hours(4 * 7 * 24);
const KINDS: &str = "question, feedback, complaint, criticalFault, wrongCode";

/// What somebody writes to us about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum FeedbackKind {
    /// A question.
    Question,
    /// Praise, wishes, ideas.
    Feedback,
    /// A complaint, with days by which it is to be acknowledged and settled.
    Complaint,
    /// The service cannot be used, or answers good requests wrongly.
    CriticalFault,
    /// A code is wrong.
    WrongCode,
}

/// A code that is wrong, in the words of whoever found it. The texts are kept only with consent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WrongCode {
    /// The topic.
    pub topic: String,
    /// The code that was given.
    pub given_code: String,
    /// The code that would have been right, if the sender knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub right_code: Option<String>,
    /// The texts that were coded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub texts: Option<CodedTexts>,
}

/// The texts of a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodedTexts {
    /// The title.
    pub occp_text: String,
    /// The tasks.
    pub tasks_text: String,
}

/// The body of `POST /v1/feedback`, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedbackForm {
    /// What it is about.
    pub kind: FeedbackKind,
    /// What is said, of every kind but a wrong code.
    pub text: Option<String>,
    /// The wrong code, without its texts unless the sender agreed that they are kept.
    pub wrong_code: Option<WrongCode>,
}

/// Feedback as it is kept and listed for operators.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Feedback {
    /// What names it.
    pub reference: String,
    /// What it is about.
    pub kind: FeedbackKind,
    /// Who sent it.
    pub client_id: ClientId,
    /// Of which registration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registration_id: Option<RegistrationId>,
    /// When it came.
    pub at: Timestamp,
    /// What it says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// By when a complaint is to be acknowledged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledge_by: Option<Timestamp>,
    /// By when a complaint is to be settled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settle_by: Option<Timestamp>,
}

fn code(value: &Value) -> Result<String, String> {
    let text = value.as_str().ok_or("is not a text")?;
    let wrong = |_| "is not a code of 1, 2, 3, 4 or 6 digits".to_owned();
    text.parse::<Code>().map_err(wrong)?;
    Ok(text.to_owned())
}

impl FeedbackForm {
    /// Reads a body.
    pub fn from_json(body: &[u8]) -> Result<Self, FieldsError> {
        let mut fields = Fields::from_json(body)?;
        let Some(kind) = fields.required("kind", fields::word(KINDS)) else {
            return fields.finish(None);
        };
        if kind != FeedbackKind::WrongCode {
            let text = fields.required("text", fields::paragraph(5_000));
            return fields.finish(Some(Self { kind, text, wrong_code: None }));
        }
        let topic = fields.required("topic", fields::line(40));
        let given_code = fields.required("givenCode", code);
        let right_code = fields.optional("rightCode", code);
        let title = fields.optional("occp_text", fields::line(BULK_TEXT_LIMIT));
        let tasks = fields.optional("tasks_text", fields::line(BULK_TEXT_LIMIT));
        let may_keep = fields.optional("mayKeepText", fields::boolean).unwrap_or(false);
        let texts = (may_keep && title.is_some()).then(|| CodedTexts {
            occp_text: title.unwrap_or_default(),
            tasks_text: tasks.unwrap_or_default(),
        });
        let wrong_code = topic.zip(given_code).map(|(topic, given_code)| WrongCode {
            topic,
            given_code,
            right_code,
            texts,
        });
        let form = wrong_code.map(|wrong| Self { kind, text: None, wrong_code: Some(wrong) });
        fields.finish(form)
    }
}

impl Feedback {
    /// What is kept of a form that came at `now`.
    #[must_use]
    pub fn new(
        form: &FeedbackForm,
        client_id: ClientId,
        registration_id: Option<RegistrationId>,
        now: Timestamp,
    ) -> Self {
        let random = Uuid::new_v4().simple().to_string().to_uppercase();
        let is_complaint = form.kind == FeedbackKind::Complaint;
        let due = |after| is_complaint.then(|| now + after);
        Self {
            reference: format!("F-{}", &random[..12]),
            kind: form.kind,
            client_id,
            registration_id,
            at: now,
            text: form.text.clone(),
            acknowledge_by: due(ACKNOWLEDGE),
            settle_by: due(SETTLE),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn form(json: &Value) -> Result<FeedbackForm, FieldsError> {
        FeedbackForm::from_json(json.to_string().as_bytes())
    }

    #[test]
    fn the_texts_of_a_wrong_code_are_kept_only_with_consent() {
        let mut report = json!({
            "kind": "wrongCode", "topic": "osca", "givenCode": "371131", "rightCode": "3711",
            "occp_text": "brickie", "tasks_text": "lay bricks",
        });
        let texts = |report: &Value| form(report).unwrap().wrong_code.unwrap().texts;
        assert_eq!(texts(&report), None);
        report["mayKeepText"] = json!(false);
        assert_eq!(texts(&report), None);
        report["mayKeepText"] = json!(true);
        assert_eq!(texts(&report).unwrap().occp_text, "brickie");
        report["text"] = json!("brickie is no code");
        assert!(form(&report).is_err());
    }

    #[test]
    fn a_complaint_has_due_days_and_nothing_else_has() {
        let now: Timestamp = "2026-12-01T00:00:00Z".parse().unwrap();
        for (kind, settle_by) in [
            ("question", None),
            ("feedback", None),
            ("criticalFault", None),
            ("complaint", Some("2026-12-29T00:00:00Z".parse().unwrap())),
        ] {
            let form = form(&json!({"kind": kind, "text": "hello"})).unwrap();
            let kept = Feedback::new(&form, ClientId::new("c"), None, now);
            assert_eq!(kept.settle_by, settle_by, "{kind}");
            assert_eq!(kept.reference.len(), 14);
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (body, expected) in [
            (json!({}), "kind is missing"),
            (json!({"kind": "praise", "text": "x"}), "kind is none of"),
            (json!({"kind": "question"}), "text is missing"),
            (json!({"kind": "wrongCode", "topic": "osca"}), "givenCode is missing"),
            (
                json!({"kind": "wrongCode", "topic": "osca", "givenCode": "12345"}),
                "givenCode is not",
            ),
        ] {
            let error = form(&body).unwrap_err();
            let first = &error.0[0];
            let said = format!("{} {}", first.field, first.detail);
            assert!(said.starts_with(expected), "{said}");
        }
    }
}
