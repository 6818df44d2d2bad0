use super::*;
use crate::TermsCatalogue;

const T0: Timestamp = Timestamp::constant(1_795_000_000, 0);

fn hours(hours: i64) -> Timestamp {
    T0 + SignedDuration::from_hours(hours)
}

fn form(kind: &str) -> Form {
    let form = json!({
        "organisation": "Department of Examples", "organisationKind": kind,
        "contactName": "Ada", "email": "ada@example.org", "service": "partner",
        "purpose": "surveys", "callsPerDay": 100, "recordsPerDay": 1000,
        "termsVersion": "1.0", "mayAccept": true,
    });
    Form::from_json(form.to_string().as_bytes(), "1.0").unwrap()
}

fn applied(kind: &str) -> Application {
    Application::apply(form(kind), "1.0", "https://api.example/prod", T0).application
}

fn confirmed(kind: &str) -> Application {
    applied(kind).confirm(LinkPurpose::Confirm, T0).unwrap().application
}

fn operator() -> Actor {
    Actor::operator("arn:aws:iam::123456789012:user/olive")
}

fn order(name: &str, body: &Value) -> Order {
    Order::from_json(name, body.to_string().as_bytes(), T0).unwrap().unwrap()
}

fn obey(application: &Application, name: &str, body: &Value) -> Result<Step, ActError> {
    application.obey(&order(name, body), operator(), T0)
}

fn active() -> Application {
    let approved = obey(&confirmed("commonwealth"), "approve", &json!({})).unwrap().application;
    approved.issue(&ClientId::new("c1"), T0).unwrap().application
}

fn templates(step: &Step) -> Vec<MailTemplate> {
    step.mails.iter().map(|mail| mail.template).collect()
}

fn detail(refused: Result<Step, ActError>) -> String {
    refused.unwrap_err().detail().unwrap()
}

#[test]
fn a_life_from_form_to_removal() {
    let step = Application::apply(form("commonwealth"), "1.0", "https://api.example/prod", T0);
    assert_eq!(templates(&step), [MailTemplate::ConfirmAddress]);
    let step = step.application.confirm(LinkPurpose::Confirm, T0).unwrap();
    assert_eq!(step.spent_link, Some(LinkPurpose::Confirm));
    let step = obey(&step.application, "ask", &json!({"reason": "What for?"})).unwrap();
    assert_eq!(templates(&step), [MailTemplate::MoreAsked]);
    let step = obey(&step.application, "approve", &json!({})).unwrap();
    assert_eq!(step.application.tier, Some(Tier::Partner));
    assert!(step.mails.is_empty() && step.application.registrations().is_empty());
    let step = step.application.issue(&ClientId::new("c1"), T0).unwrap();
    assert_eq!(templates(&step), [MailTemplate::Approved]);
    assert_eq!(step.mails[0].link.as_ref().unwrap().subject, "c1");
    assert!(step.application.registrations()[0].is_open_at(T0));
    let step = obey(&step.application, "revoke", &json!({"reason": "closed"})).unwrap();
    assert_eq!(templates(&step), [MailTemplate::Revoked]);
    assert!(!step.application.registrations()[0].is_open_at(T0));
    let step = step.application.remove(T0).unwrap();
    assert_eq!(step.removed_clients, [ClientId::new("c1")]);
    assert_eq!(step.application.state, ApplicationState::Revoked);
}

/// Every act in every state: only those that are listed are possible.
#[test]
fn acts_fit_their_states() {
    use ApplicationState::*;
    let until = "2030-01-01T00:00:00Z";
    let reason = json!({"reason": "a reason"});
    let timed = json!({"reason": "a reason", "until": until});
    let limits = json!({"reason": "a reason", "until": until, "perDay": 5});
    let lift = json!({"reason": "a reason", "measure": "suspension"});
    let any = &[Applied, Confirmed, Asked, Approving, Active, Revoking][..];
    for (name, body, states) in [
        ("approve", &json!({}), &[Confirmed, Asked, Approving][..]),
        ("reject", &reason, &[Confirmed, Asked]),
        ("ask", &reason, &[Confirmed, Asked]),
        ("send-secret", &reason, &[Active]),
        ("rotate", &reason, &[Active]),
        ("limits", &limits, &[Active]),
        ("throttle", &limits, &[Active]),
        ("restrict-bulk", &reason, &[Active]),
        ("suspend", &timed, &[Active]),
        ("lift", &lift, &[Active]),
        ("revoke", &reason, any),
    ] {
        for state in ApplicationState::ALL {
            let suspension = Some(Measure { until: None, reason: "a reason".to_owned() });
            let measures = Measures { suspension, ..Measures::default() };
            let application = Application { state, measures, ..active() };
            let outcome = obey(&application, name, body);
            assert_eq!(outcome.is_ok(), states.contains(&state), "{name} in {state:?}");
            if let Ok(step) = outcome {
                assert_eq!(step.application.revision, application.revision + 1);
            }
        }
    }
}

#[test]
fn others_become_partners_only_for_a_reason() {
    let other = confirmed("other");
    let refused = detail(obey(&other, "approve", &json!({"tier": "partner"})));
    assert!(refused.starts_with("reason is missing"), "{refused}");
    let with_reason = json!({"tier": "partner", "reason": "a university for the census"});
    let step = obey(&other, "approve", &with_reason).unwrap();
    assert_eq!(step.act.reason.as_deref(), Some("a university for the census"));
    let usual = obey(&other, "approve", &json!({})).unwrap();
    assert_eq!(usual.application.tier, Some(Tier::Public));
}

#[test]
fn a_client_is_made_by_one_at_a_time_and_can_be_gone_on_with() {
    let approving = obey(&confirmed("commonwealth"), "approve", &json!({})).unwrap().application;
    assert!(
        detail(obey(&approving, "approve", &json!({}))).starts_with("its client is being made")
    );
    assert!(approving.resume(T0).is_err() && !approving.has_broken_off_at(T0));
    let later = hours(1);
    assert!(approving.has_broken_off_at(later));
    let resumed = approving.resume(later).unwrap().application;
    let name = |application: &Application| {
        application.provision.clone().map(|provision| provision.client_name)
    };
    assert_eq!(name(&resumed), name(&approving));
    assert!(resumed.issue(&ClientId::new("c1"), later).unwrap().application.provision.is_none());
}

#[test]
fn a_rotation_keeps_the_first_client_for_the_overlap_and_its_name_for_good() {
    let body = json!({"reason": "yearly", "overlapHours": 24});
    let rotating = obey(&active(), "rotate", &body).unwrap().application;
    let step = rotating.issue(&ClientId::new("c2"), T0).unwrap();
    assert_eq!(templates(&step), [MailTemplate::Rotated]);
    assert_eq!(step.mails[0].link.as_ref().unwrap().subject, "c2");
    let rotated = step.application;
    let open = |now| rotated.registrations().iter().map(|r| r.is_open_at(now)).collect::<Vec<_>>();
    assert_eq!(open(hours(23)), [true, true]);
    assert_eq!(open(hours(24)), [true, false]);
    for registration in rotated.registrations() {
        assert_eq!(registration.principal(), &ClientId::new("c1"));
    }
    assert!(obey(&rotated, "rotate", &body).is_err());
    assert!(rotated.ended_clients(hours(23)).is_empty());
    let ended = rotated.ended_clients(hours(24));
    let after = rotated.end_overlap(ended, hours(24));
    assert_eq!(after.removed_clients, [ClientId::new("c1")]);
    assert_eq!(after.application.registrations()[0].principal(), &ClientId::new("c1"));
    let refused = Order::from_json("rotate", br#"{"reason": "x", "overlapHours": 169}"#, T0);
    assert!(refused.unwrap().is_err());
}

#[test]
fn measures_need_a_reason_and_an_end_in_the_future() {
    for (name, body, expected) in [
        ("suspend", json!({"until": "2030-01-01T00:00:00Z"}), "reason is missing"),
        ("suspend", json!({"reason": "x"}), "until is missing"),
        ("suspend", json!({"reason": "x", "until": "2020-01-01T00:00:00Z"}), "until is not in the"),
        ("suspend", json!({"reason": "x", "until": "soon"}), "until is not a time"),
        (
            "throttle",
            json!({"reason": "x", "until": "2030-01-01T00:00:00Z"}),
            "body names no limit",
        ),
        ("lift", json!({"reason": "x", "measure": "y"}), "measure is none of"),
        ("revoke", json!({"reason": " "}), "reason is blank"),
        ("reject", json!({"reason": "x", "tier": "public"}), "tier is unknown"),
    ] {
        let refused = Order::from_json(name, body.to_string().as_bytes(), T0).unwrap();
        let detail = refused.unwrap_err().detail().unwrap();
        assert!(detail.starts_with(expected), "{name}: {detail}");
    }
    assert!(Order::from_json("delete", b"{}", T0).is_none());
    assert!(obey(&active(), "lift", &json!({"reason": "x", "measure": "all"})).is_err());
}

#[test]
fn a_new_address_counts_when_it_is_confirmed_and_the_old_one_is_told_at_once() {
    let change = Change::from_json(br#"{"email": "new@example.org", "callsPerDay": 9}"#).unwrap();
    let step = active().change(&change, Actor::client(&ClientId::new("c1")), T0).unwrap();
    let to: Vec<_> = step.mails.iter().map(|mail| mail.to.as_str()).collect();
    assert_eq!(to, ["ada@example.org", "new@example.org"]);
    assert_eq!(step.application.form.contact.email.as_str(), "ada@example.org");
    assert_eq!(step.application.form.volumes.calls_per_day, 9);
    let step = step.application.confirm(LinkPurpose::Address, T0).unwrap();
    assert_eq!(step.application.form.contact.email.as_str(), "new@example.org");
    assert!(step.application.confirm(LinkPurpose::Address, T0).is_err());
}

#[test]
fn what_is_written_down_of_a_change_holds_nothing_of_a_person() {
    let change = Change::from_json(br#"{"email": "new@example.org", "contactName": "Zed"}"#);
    let step = active().change(&change.unwrap(), Actor::service(), T0).unwrap();
    let written = serde_json::to_string(&step.act).unwrap();
    assert!(!written.contains("example.org") && !written.contains("Zed"), "{written}");
}

#[test]
fn new_terms_are_announced_twice_reminded_of_and_then_enforced() {
    let old = "Version: 1.0\nDate: 2026-01-01\nAccept by: 2026-01-01\n";
    let new = "Version: 2.0\nDate: 2027-01-01\nAccept by: 2027-03-01\n";
    let terms = TermsCatalogue::of(&[old, new]).unwrap();
    let mut application = active();
    let mut press = |time: &str| {
        let now = time.parse().unwrap();
        let step = application.press_for_terms(terms.current(now).unwrap(), now)?;
        application = step.application.clone();
        Some(templates(&step)[0])
    };
    assert_eq!(press("2026-12-31T00:00:00Z"), None);
    assert_eq!(press("2027-01-01T00:00:00Z"), Some(MailTemplate::TermsChanged));
    assert_eq!(press("2027-02-01T00:00:00Z"), None);
    assert_eq!(press("2027-02-15T00:00:00Z"), Some(MailTemplate::TermsReminder));
    assert_eq!(press("2027-02-16T00:00:00Z"), None);
    assert_eq!(press("2027-02-26T00:00:00Z"), Some(MailTemplate::TermsReminder));
    assert_eq!(press("2027-02-28T00:00:00Z"), None);
    assert_eq!(press("2027-03-01T00:00:00Z"), Some(MailTemplate::TermsRestricted));
    assert_eq!(press("2027-03-02T00:00:00Z"), None);
    let now = "2027-03-02T00:00:00Z".parse().unwrap();
    let registration = &application.registrations()[0];
    assert!(registration.is_open_at(now) && registration.measures.bar_coding_at(now));
    let accepted = application.accept("2.0", Actor::service(), now).unwrap().application;
    assert!(accepted.measures.is_empty());
    assert_eq!(accepted.press_for_terms(terms.current(now).unwrap(), now), None);
}

#[test]
fn a_record_survives_the_table() {
    let application = active();
    let json = serde_json::to_value(&application).unwrap();
    assert_eq!(serde_json::from_value::<Application>(json).unwrap(), application);
}
