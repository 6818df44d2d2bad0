//! What time does, at times that the tests choose.

use domain::{ApplicationState, RegistrationId, TermsCatalogue};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::mails::{newest, to};
use super::office::{Applicant, Office, applicant, registrar, terms};
use crate::stack::stack;

fn after(now: Timestamp, seconds: i64) -> Timestamp {
    now + SignedDuration::from_secs(seconds)
}

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

fn id_of(answer: &api::Answer) -> String {
    assert_eq!(answer.status(), 202, "{}", String::from_utf8_lossy(answer.body()));
    body(answer)["registrationId"].as_str().unwrap().to_owned()
}

fn body(answer: &api::Answer) -> Value {
    serde_json::from_slice(answer.body()).unwrap()
}

async fn confirmed(office: &Office, applicant: &Applicant, now: Timestamp) -> String {
    let id = id_of(&office.apply(&applicant.form, now).await);
    let token = newest(&applicant.email, 1).await.token();
    assert_eq!(office.confirm(&id, &token, now).await.status(), 200);
    id
}

async fn approved(office: &Office, applicant: &Applicant, now: Timestamp) -> String {
    let id = confirmed(office, applicant, now).await;
    assert_eq!(office.order(&id, "approve", &json!({}), now).await.status(), 200);
    id
}

#[tokio::test]
async fn a_link_to_confirm_is_good_for_48_hours_and_its_form_for_7_days() {
    let (office, now) = (Office::new().await, Timestamp::now());
    let applicant = applicant("other", "public");
    let id = id_of(&office.apply(&applicant.form, now).await);
    let token = newest(&applicant.email, 1).await.token();
    let late = office.confirm(&id, &token, after(now, 48 * HOUR)).await;
    assert_eq!((late.status(), &body(&late)["message"]), (404, &json!(LINK)));
    assert_eq!(office.confirm(&id, &token, after(now, 48 * HOUR - 1)).await.status(), 200);

    let unconfirmed = applicant_of_another_address();
    let id = id_of(&office.apply(&unconfirmed.form, now).await);
    let registrar = registrar().await;
    let find = |seconds| {
        let id: RegistrationId = id.parse().unwrap();
        registrar.find(id, after(now, seconds))
    };
    assert!(find(7 * DAY - 1).await.is_ok());
    assert!(find(7 * DAY).await.is_err());
    // And the table lets go of it by itself.
    let item = stack().dynamodb().await.get_item().table_name(&stack().applications_table);
    let text = |text: &str| store::sdk::dynamodb::types::AttributeValue::S(text.to_owned());
    let item = item.key("registration_id", text(&id)).key("item", text("application"));
    let item = item.send().await.unwrap().item.unwrap();
    let expires_at: i64 = item["expires_at"].as_n().unwrap().parse().unwrap();
    assert_eq!(expires_at, after(now, 7 * DAY).as_second());
}

const LINK: &str = "The link is wrong, was used before or is out of date";

fn applicant_of_another_address() -> Applicant {
    applicant("other", "public")
}

#[tokio::test]
async fn a_link_to_a_secret_is_good_for_72_hours_and_can_be_sent_again_until_it_is_used() {
    let (office, now) = (Office::new().await, Timestamp::now());
    let applicant = applicant("commonwealth", "partner");
    let id = approved(&office, &applicant, now).await;
    let first = newest(&applicant.email, 3).await.token();
    let late = after(now, 72 * HOUR);
    assert_eq!(body(&office.secret(&id, &first, late).await)["message"], LINK);

    let again = json!({"reason": "they were on leave"});
    assert_eq!(office.order(&id, "send-secret", &again, late).await.status(), 200);
    let second = newest(&applicant.email, 4).await.token();
    assert_eq!(body(&office.secret(&id, &first, late).await)["message"], LINK);
    let shown = office.secret(&id, &second, late).await;
    assert_eq!(shown.status(), 200);
    assert_eq!(shown.header("cache-control"), Some("no-store"));
    assert_eq!(body(&office.secret(&id, &second, late).await)["message"], LINK);
    let refused = office.order(&id, "send-secret", &again, late).await;
    assert_eq!(body(&refused)["detail"], "the secret was shown before: rotate it");
}

#[tokio::test]
async fn a_suspension_ends_at_its_end() {
    let (office, now) = (Office::new().await, Timestamp::now());
    let applicant = applicant("commonwealth", "partner");
    let id = approved(&office, &applicant, now).await;
    let end = after(now, DAY);
    let suspend = json!({"until": end.to_string(), "reason": "an audit"});
    assert_eq!(office.order(&id, "suspend", &suspend, now).await.status(), 200);
    let registrar = registrar().await;
    let application = registrar.find(id.parse().unwrap(), now).await.unwrap();
    let client = application.clients[0].client_id.clone();
    let known = stack().registrations().await.find(&client).await.unwrap().unwrap().registration;
    assert!(!known.is_open_at(after(end, -1)));
    assert!(known.is_open_at(end));
}

#[tokio::test]
async fn a_client_that_gave_way_is_deleted_when_the_overlap_is_over() {
    let (office, now) = (Office::new().await, Timestamp::now());
    let applicant = applicant("commonwealth", "partner");
    let id = approved(&office, &applicant, now).await;
    let rotate = json!({"overlapHours": 168, "reason": "yearly"});
    assert_eq!(office.order(&id, "rotate", &rotate, now).await.status(), 200);
    let registrar = registrar().await;
    let id: RegistrationId = id.parse().unwrap();
    let name = format!("registration-{id}-");
    for (seconds, left) in [(7 * DAY - 1, 2), (7 * DAY, 1), (7 * DAY + 1, 1)] {
        // Only this registration: the others of the stack are other tests', and of today.
        let application = registrar.find(id, now).await.unwrap();
        let then = after(now, seconds);
        registrar.tend_registration(application, &terms(), then).await.unwrap();
        assert_eq!(registrar.clients.named(&name).await.unwrap().len(), left, "{seconds}");
    }
    let application = registrar.find(id, now).await.unwrap();
    assert_eq!(application.clients.len(), 1);
    let first = application.principal.unwrap();
    assert_ne!(application.clients[0].client_id, first);
    assert!(stack().registrations().await.find(&first).await.unwrap().is_none());
    let second = &application.clients[0].client_id;
    let known = stack().registrations().await.find(second).await.unwrap().unwrap();
    assert_eq!(known.registration.principal(), &first);
}

#[tokio::test]
async fn new_terms_are_pressed_for_by_mail_and_then_by_a_restriction() {
    let (office, now) = (Office::new().await, Timestamp::now());
    let applicant = applicant("commonwealth", "partner");
    let id: RegistrationId = approved(&office, &applicant, now).await.parse().unwrap();
    let registrar = registrar().await;
    let text = |version: &str, date: &str, by: &str| {
        format!("Version: {version}\nDate: {date}\nAccept by: {by}\n")
    };
    let texts = [text("1.0", "2026-01-01", "2026-01-01"), text("2.0", "2030-01-01", "2030-03-01")];
    let terms = TermsCatalogue::of(&[&texts[0], &texts[1]]).unwrap();
    let press = async |time: &str| {
        let now: Timestamp = time.parse().unwrap();
        let application = registrar.find(id, now).await.unwrap();
        registrar.tend_registration(application, &terms, now).await.unwrap();
    };
    for (time, mails, about) in [
        ("2029-12-31T00:00:00Z", 3, "your registration"),
        ("2030-01-01T00:00:00Z", 4, "new terms of use"),
        ("2030-01-02T00:00:00Z", 4, "new terms of use"),
        ("2030-02-15T00:00:00Z", 5, "the new terms of use await you"),
        ("2030-02-26T00:00:00Z", 6, "the new terms of use await you"),
        ("2030-03-01T00:00:00Z", 7, "accept the terms to go on coding"),
        ("2030-03-02T00:00:00Z", 7, "accept the terms to go on coding"),
    ] {
        press(time).await;
        let newest = newest(&applicant.email, mails).await;
        assert!(newest.subject.ends_with(about), "{time}: {}", newest.subject);
    }
    let then: Timestamp = "2030-03-02T00:00:00Z".parse().unwrap();
    let application = registrar.find(id, then).await.unwrap();
    let client = application.clients[0].client_id.clone();
    let known = async || {
        let found = stack().registrations().await.find(&client).await.unwrap();
        found.unwrap().registration
    };
    let restricted = known().await;
    assert!(restricted.is_open_at(then) && restricted.measures.bar_coding_at(then));
    registrar.accept(id, "2.0", domain::Actor::client(&client), then).await.unwrap();
    assert!(!known().await.measures.bar_coding_at(then));
    assert_eq!(registrar.find(id, then).await.unwrap().state, ApplicationState::Active);
    assert_eq!(to(&applicant.email).await.len(), 8);
}

/// What the function does every quarter of an hour, over all registrations of the stack.
#[tokio::test]
async fn tending_goes_through_every_registration() {
    let (office, now) = (Office::new().await, Timestamp::now());
    let applicant = applicant("commonwealth", "partner");
    let id: RegistrationId = approved(&office, &applicant, now).await.parse().unwrap();
    let registrar = registrar().await;
    let rotate = json!({"overlapHours": 0, "reason": "the secret leaked"});
    assert_eq!(office.order(&id.to_string(), "rotate", &rotate, now).await.status(), 200);
    let tick = tend_registrations::Tick { time: Timestamp::now() };
    let deps = tend_registrations::Deps { registrar: registrar.clone(), terms: terms() };
    tend_registrations::handle(&deps, tick).await.unwrap();
    assert_eq!(registrar.find(id, now).await.unwrap().clients.len(), 1);
}
