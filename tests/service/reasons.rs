//! Reasons, follow-up questions and codes of a further topic: what a request may ask for.

use std::collections::BTreeSet;

use client::{Code, CodeStatus, CodedRecord, FollowUp, Record, Wishes};
use domain::Correspondence;
use serde_json::{Value, json};

use crate::answers::{found, refused};
use crate::callers::{Caller, public};
use crate::functions::model_dir;
use crate::schema::assert_conforms;

const ROUTE: &str = "/v1/topics/{topic}/code";
const MALFORMED: &str = "Malformed record found in request";
/// From clear to hopeless.
const TITLES: [&str; 10] = [
    "barista",
    "brickie",
    "accountant",
    "teacher",
    "nurse",
    "labourer",
    "factory hand",
    "manager",
    "driver",
    "zqxv",
];

fn records() -> Vec<Record> {
    TITLES.map(|title| Record::new(title, "")).to_vec()
}

fn wishes() -> Wishes {
    Wishes::default()
}

/// Whether nothing is left to ask.
fn is_settled(coded: &CodedRecord) -> bool {
    coded.code_status == CodeStatus::Successful && coded.result[0].code_category.as_str().len() == 6
}

#[track_caller]
fn assert_is_a_choice(follow_up: &FollowUp) {
    assert!((2..=5).contains(&follow_up.options.len()), "{follow_up:?}");
    let codes: BTreeSet<_> = follow_up.options.iter().map(|option| &option.code).collect();
    let texts: BTreeSet<_> = follow_up.options.iter().map(|option| &option.text).collect();
    assert_eq!([codes.len(), texts.len()], [follow_up.options.len(); 2], "{follow_up:?}");
    assert!(follow_up.question.ends_with('?') && texts.iter().all(|text| !text.is_empty()));
}

#[tokio::test]
async fn what_is_not_asked_for_leaves_no_trace() {
    let caller = public().registered().await;
    let records: Vec<_> = TITLES.iter().map(|title| json!({"occp_text": title})).collect();
    for mut body in [json!({"records": records}), json!({"record": {"occp_text": "brickie"}})] {
        let plain = caller.code(&body).await;
        for (name, off) in
            [("explain", json!(false)), ("followUp", json!(false)), ("alsoCode", json!([]))]
        {
            body[name] = off;
        }
        let off = caller.code(&body).await;
        assert_eq!(plain.text(), off.text());
        for name in ["explanation", "followUp", "also"] {
            assert!(!plain.text().contains(name), "{name} in {}", plain.text());
        }
    }
}

#[tokio::test]
async fn each_code_says_which_words_spoke_for_and_against_it() {
    let caller = public().registered().await;
    let body = json!({
        "record": {"occp_text": "Brickie", "tasks_text": "lay bricks, drive a “truck”"},
        "explain": true, "alsoCode": ["anzsco"],
    });
    let answer = caller.code(&body).await;
    assert_conforms("post", ROUTE, &answer);
    let coded = found(&answer);
    let also = coded["also"][0]["result"].as_array().unwrap();
    for candidate in coded["result"].as_array().unwrap().iter().chain(also) {
        let explanation = &candidate["explanation"];
        for side in ["for", "against"] {
            for part in explanation[side].as_array().unwrap() {
                let text = part["text"].as_str().unwrap();
                let field = part["field"].as_str().unwrap();
                assert!(body["record"][field].as_str().unwrap().contains(text), "{part}");
            }
        }
        assert!(!explanation["nearestTitles"].as_array().unwrap().is_empty());
    }
    let first = &coded["result"][0]["explanation"];
    let spoke_for: Vec<_> =
        first["for"].as_array().unwrap().iter().map(|part| &part["text"]).collect();
    assert!(spoke_for.contains(&&json!("Brickie")), "{first}");
    assert_eq!(caller.code(&body).await.text(), answer.text());
}

/// The odds that are given, as far as four places tell.
async fn log_odds(caller: &Caller, record: &Record, code: &Code) -> Option<f64> {
    let coded =
        caller.client.code_batch("osca", None, std::slice::from_ref(record), Some(16)).await;
    let result = coded.unwrap().remove(0).result;
    let confidence = result.iter().find(|other| other.code_category == *code)?.code_confidence;
    (0.005..=0.995).contains(&confidence).then(|| (confidence / (1.0 - confidence)).ln())
}

#[tokio::test]
async fn a_weight_is_what_a_record_without_the_word_makes_of_the_odds() {
    let caller = public().registered().await;
    let mut checked = 0;
    for title in [
        "senior chef",
        "apprentice chef",
        "shop chef",
        "bank security officer",
        "night cleaner",
        "head barista",
        "retail accounts clerk",
        "junior electrician",
        "casual sales assistant",
        "legal secretary",
    ] {
        let record = Record::new(title, "");
        let asked = Wishes { explain: true, suggestions: Some(3), ..wishes() };
        let coded =
            caller.client.code_batch_with("osca", None, std::slice::from_ref(&record), &asked);
        for candidate in coded.await.unwrap().remove(0).result {
            let explanation = candidate.explanation.unwrap();
            for part in explanation.in_favour.iter().chain(&explanation.against) {
                let rest = Record::new(title.replacen(&part.text, "", 1), "");
                if rest.occp_text.trim().is_empty() {
                    continue;
                }
                let code = &candidate.code_category;
                let whole = log_odds(&caller, &record, code).await;
                let without = log_odds(&caller, &rest, code).await;
                if let (Some(whole), Some(without)) = (whole, without) {
                    assert!((whole - without - part.weight).abs() < 0.03, "{title}: {part:?}");
                    checked += 1;
                }
            }
        }
    }
    assert!(checked > 0, "nothing could be compared");
}

#[tokio::test]
async fn what_is_not_settled_raises_a_question_and_any_answer_settles_it() {
    let caller = public().registered().await;
    let asked = Wishes { follow_up: true, ..wishes() };
    for topic in ["osca", "anzsco"] {
        let coded = caller.client.code_batch_with(topic, None, &records(), &asked).await.unwrap();
        let mut levels = BTreeSet::new();
        for (record, coded) in records().into_iter().zip(&coded) {
            assert_eq!(coded.follow_up.is_none(), is_settled(coded), "{coded:?}");
            let single = caller.client.code_with(topic, None, &record, &asked).await.unwrap();
            assert_eq!(single.follow_up, coded.follow_up, "alone it asks another question");
            let Some(follow_up) = &coded.follow_up else { continue };
            assert_is_a_choice(follow_up);
            let answered: Vec<_> = follow_up
                .options
                .iter()
                .map(|option| record.clone().with_answer(option.code.clone()))
                .collect();
            let settled =
                caller.client.code_batch_with(topic, None, &answered, &asked).await.unwrap();
            let alone = caller.client.code_with(topic, None, &answered[0], &asked).await.unwrap();
            assert_eq!(alone.result[0], settled[0].result[0]);
            for (option, settled) in follow_up.options.iter().zip(settled) {
                assert_eq!(settled.code_status, CodeStatus::Successful, "{settled:?}");
                let code = &settled.result[0].code_category;
                assert!(code.as_str().starts_with(option.code.as_str()), "{settled:?}");
                if option.code.as_str().len() == 6 {
                    assert!((settled.result[0].code_confidence - 1.0).abs() < f64::EPSILON);
                    assert_eq!(settled.follow_up, None);
                }
                levels.insert(option.code.as_str().len());
            }
        }
        assert!(
            levels.contains(&6) && levels.len() > 1,
            "{topic}: options of {levels:?} digits only"
        );
    }
}

#[tokio::test]
async fn a_group_that_was_chosen_raises_the_next_question_until_there_is_an_occupation() {
    let caller = public().registered().await;
    let asked =
        Wishes { follow_up: true, explain: true, also_code: vec!["anzsco".to_owned()], ..wishes() };
    let mut record = Record::new("zqxv", "");
    // One answer at each of the five levels, and the code.
    for _ in 0..6 {
        let coded = caller.client.code_with("osca", None, &record, &asked).await.unwrap();
        let Some(follow_up) = coded.follow_up else {
            assert!(is_settled(&coded));
            assert!(coded.result.iter().all(|candidate| candidate.explanation.is_some()));
            assert!(!coded.also.is_empty());
            return;
        };
        record.follow_up_answer = Some(follow_up.options[0].code.clone());
    }
    panic!("there is no end to the questions");
}

#[tokio::test]
async fn an_answer_that_is_no_answer_is_refused_exactly() {
    let caller = public().registered().await;
    let asked = Wishes { follow_up: true, ..wishes() };
    let nurse = Record::new("nurse", "");
    let nurse = caller.client.code_with("osca", None, &nurse, &asked).await.unwrap();
    let offered = nurse.follow_up.unwrap().options;
    let offered: Vec<_> = offered.iter().map(|option| option.code.as_str()).collect();
    let not_offered = format!("is not among the codes that are offered: {}", offered.join(", "));
    let body = json!({"records": [
        {"recordId": "format", "occp_text": "nurse", "followUpAnswer": 2544},
        {"occp_text": "nurse", "followUpAnswer": "25441"},
    ]});
    let refusal = refused(&caller.code(&body).await, 400, MALFORMED);
    let format = "must be a code: a string of 1, 2, 3, 4 or 6 digits";
    let fault = |index: usize, id: Value, detail: &str| json!({"index": index, "recordId": id, "field": "followUpAnswer", "detail": detail});
    assert_eq!(
        refusal["errors"],
        json!([fault(0, json!("format"), format), fault(1, Value::Null, format)])
    );

    let body = json!({"records": [
        {"occp_text": "nurse"},
        {"recordId": "unknown", "occp_text": "nurse", "followUpAnswer": "999998"},
        {"recordId": "brickie", "occp_text": "brickie", "followUpAnswer": "371131"},
        {"recordId": "other", "occp_text": "nurse", "followUpAnswer": "371131"},
    ]});
    let answer = caller.code(&body).await;
    assert_conforms("post", ROUTE, &answer);
    let refusal = refused(&answer, 400, MALFORMED);
    assert_eq!(
        refusal["errors"],
        json!([
            fault(1, json!("unknown"), "is not a code of the topic"),
            fault(
                2,
                json!("brickie"),
                "answers a question that the record does not raise: its own words settle the code",
            ),
            fault(3, json!("other"), &not_offered),
        ])
    );
}

#[tokio::test]
async fn the_code_of_a_further_topic_is_one_that_the_correspondence_links() {
    let caller = public().registered().await;
    let json = std::fs::read(model_dir().join("correspondence.json")).unwrap();
    let correspondence = Correspondence::from_json(&json).unwrap();
    for (topic, other) in [("osca", "anzsco"), ("anzsco", "osca")] {
        let asked = Wishes { also_code: vec![other.to_owned()], ..wishes() };
        let coded = caller.client.code_batch_with(topic, None, &records(), &asked).await.unwrap();
        let latest = caller.client.latest_model(other).await.unwrap();
        for coded in coded {
            let [also] = &coded.also[..] else { panic!("one further topic: {coded:?}") };
            assert_eq!((also.topic.as_str(), also.model_id), (other, latest.model_id));
            if coded.code_status == CodeStatus::Unsuccessful {
                continue;
            }
            let linked = correspondence.linked(topic, &coded.result[0].code_category);
            for candidate in &also.result {
                let is_linked = linked.iter().any(|code| code.lies_in(&candidate.code_category));
                assert!(is_linked, "{candidate:?} for {:?}", coded.result[0]);
            }
            if linked.len() == 1 {
                assert_eq!(also.code_status, CodeStatus::Successful);
                assert!((also.result[0].code_confidence - 1.0).abs() < f64::EPSILON);
            }
        }
    }
    let body = json!({"records": [{"occp_text": "brickie"}, {"occp_text": "zqxv"}], "alsoCode": ["anzsco"]});
    assert_conforms("post", ROUTE, &caller.code(&body).await);
}

#[tokio::test]
async fn a_wish_that_is_not_understood_is_refused() {
    let caller = public().registered().await;
    for (name, value, detail) in [
        ("alsoCode", json!(["isco"]), "alsoCode[0] is not the name of a topic"),
        ("alsoCode", json!(["osca"]), "alsoCode[0] is the topic that is coded to anyway"),
        ("alsoCode", json!(["anzsco", "anzsco"]), "alsoCode[1] names a topic again"),
        ("alsoCode", json!("anzsco"), "alsoCode: invalid type"),
        ("explain", json!("yes"), "explain: invalid type"),
        ("followUp", json!(1), "followUp: invalid type"),
        ("followup", json!(true), "followup: unknown field"),
        ("explanation", json!(true), "explanation: unknown field"),
        ("followUpAnswer", json!("2544"), "followUpAnswer: unknown field"),
    ] {
        let mut body = json!({"record": {"occp_text": "nurse"}});
        body[name] = value;
        let refusal = refused(&caller.code(&body).await, 400, "Invalid request body");
        let found = refusal["detail"].as_str().unwrap();
        assert!(found.starts_with(detail), "{found}, but {detail} was expected");
    }
}

#[tokio::test]
async fn three_hundred_records_can_be_explained_at_once() {
    let caller = public().registered().await;
    let records =
        vec![Record::new("a b c d e f g h i j k l m n o p q r s t u v w x y", "lay bricks"); 300];
    let asked = Wishes {
        suggestions: Some(5),
        explain: true,
        follow_up: true,
        also_code: vec!["anzsco".to_owned()],
    };
    let coded = caller.client.code_batch_with("osca", None, &records, &asked).await.unwrap();
    assert_eq!(coded.len(), 300);

    let more = Wishes { suggestions: Some(6), ..asked };
    let refusal = caller.client.code_batch_with("osca", None, &records, &more).await.unwrap_err();
    assert!(refusal.to_string().contains("3000 are allowed"), "{refusal}");
}
