//! What somebody who means harm may try.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::mails::{newest, to};
use super::office::{applicant, open_get, order, path, use_link};
use crate::answers::{found, refused};
use crate::privacy;
use crate::stack::stack;

const LINK: &str = "The link is wrong, was used before or is out of date";

/// A wrong token, a token of something else, a used one and one of nobody: the same answer.
#[tokio::test]
async fn a_link_that_is_not_good_says_nothing_of_why() {
    let applicant = applicant("other", "public");
    let id = applicant.applied().await;
    let token = newest(&applicant.email, 1).await.token();
    assert_eq!(token.len(), 43);
    let other = Uuid::new_v4().to_string();
    let mut changed = token.clone();
    let last = if changed.pop() == Some('A') { 'B' } else { 'A' };
    changed.push(last);
    let mut bodies = Vec::new();
    for (id, page, token) in [
        (&id, "confirm", changed.as_str()),
        (&id, "confirm", "x"),
        (&id, "secret", &token),
        (&other, "confirm", &token),
        (&other, "secret", &token),
        (&"not-an-id".to_owned(), "confirm", &token),
    ] {
        bodies.push(refused(&use_link(id, page, token).await, 404, LINK));
    }
    found(&use_link(&id, "confirm", &token).await);
    bodies.push(refused(&use_link(&id, "confirm", &token).await, 404, LINK));
    assert!(bodies.iter().all(|body| *body == json!({"message": LINK})), "{bodies:?}");
}

#[tokio::test]
async fn of_many_who_open_a_secret_at_once_one_sees_it() {
    let applicant = applicant("commonwealth", "partner");
    let id = applicant.confirmed().await;
    found(&order(&id, "approve", &json!({})).await);
    let token = newest(&applicant.email, 3).await.token();
    let office = super::office::Office::new().await;
    let now = Timestamp::now();
    let all = futures::future::join_all((0..20).map(|_| office.secret(&id, &token, now))).await;
    assert_eq!(all.iter().filter(|answer| answer.status() == 200).count(), 1);
}

/// Pages hold nothing of a form; programs that look at links use nothing up.
#[tokio::test]
async fn looking_at_a_link_does_not_use_it() {
    let applicant = applicant("other", "public");
    let id = applicant.applied().await;
    let token = newest(&applicant.email, 1).await.token();
    for _ in 0..3 {
        let page = open_get(&format!("{}/confirm", path(&id))).await;
        assert!(!page.text().contains("Examples"));
        assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
    }
    found(&use_link(&id, "confirm", &token).await);
}

/// No header, no markup and no foreign text where it could do harm.
#[tokio::test]
async fn names_stay_names() {
    let applicant = applicant("commonwealth", "partner");
    let (_, caller) = applicant.approved().await;
    let mails = to(&applicant.email).await;
    assert_eq!(mails.len(), 3);
    assert!(!mails[0].text.contains("Examples") && !mails[0].text.contains("Ada"));
    for mail in &mails {
        assert!(mail.subject.starts_with("Occupation Coding Service: "));
        assert!(!mail.subject.contains("Examples") && mail.is_plain_text());
        assert!(!mail.text.contains(&caller.secret), "a secret is in a mail");
    }
    assert!(mails[2].text.contains("Department of <b>Examples</b> & Co"));
}

/// Neither a secret nor a link's token is in a log or a table; of tokens, only hashes.
#[tokio::test]
async fn secrets_and_tokens_are_nowhere() {
    let started = Timestamp::now();
    let applicant = applicant("commonwealth", "partner");
    let id = applicant.confirmed().await;
    found(&order(&id, "approve", &json!({})).await);
    let token = newest(&applicant.email, 3).await.token();
    let caller = super::office::shown(&id, &token).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    let secrets = [caller.secret.as_str(), &token];
    for table in [&stack().applications_table, &stack().registrations_table, &stack().quotas_table]
    {
        let items = stack().dynamodb().await.scan().table_name(table).send().await.unwrap();
        let items = format!("{items:?}");
        assert!(secrets.iter().all(|secret| !items.contains(secret)), "a secret is in {table}");
    }
    for line in privacy::all_lines(started).await {
        assert!(secrets.iter().all(|secret| !line.contains(secret)), "a secret is in {line}");
        assert!(!line.contains(&applicant.email), "an address is in {line}");
    }
}

/// A form for an address that is known is answered like any other.
#[tokio::test]
async fn nobody_learns_whether_an_address_is_registered() {
    let applicant = applicant("other", "public");
    applicant.approved().await;
    let known = applicant.send().await;
    let unknown = super::office::applicant("other", "public").send().await;
    let shape = |answer: &client::Answer| {
        let Value::Object(body) = crate::answers::json(answer) else { panic!("no object") };
        (answer.status, body.keys().cloned().collect::<Vec<_>>())
    };
    assert_eq!(shape(&known), shape(&unknown));
}
