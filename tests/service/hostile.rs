//! Bodies made to do harm: each gets the right refusal, and the service goes on.

use client::Request;
use serde_json::json;

use crate::answers::{found, refused};
use crate::callers::{Caller, public};
#[cfg(target_os = "linux")]
use crate::processes::{Process, of_function};

const INVALID: &str = "Invalid request body";
const MALFORMED: &str = "Malformed record found in request";

/// The function may take no more than this at any time, whatever it is sent. With both models
/// loaded it has some 70 MB.
#[cfg(target_os = "linux")]
const MOST_MEMORY_KB: u64 = 160_000;

async fn refused_bytes(caller: &Caller, name: &str, body: impl Into<Vec<u8>>, message: &str) {
    let answer = caller.send(Request::post("/v1/topics/osca/code", body.into())).await;
    assert_eq!(answer.status, 400, "{name}: {}", answer.text());
    refused(&answer, 400, message);
    found(&caller.code(&json!({"record": {"occp_text": "nurse"}})).await);
}

#[tokio::test]
async fn deep_nesting_is_refused() {
    let caller = public().registered().await;
    let nested = |open: &str, close: &str| open.repeat(100_000) + "0" + &close.repeat(100_000);
    for deep in [nested("[", "]"), nested(r#"{"a":"#, "}"), "[".repeat(900_000)] {
        refused_bytes(&caller, "alone", deep, INVALID).await;
    }
    let arrays = nested("[", "]");
    for (place, message) in [
        (format!(r#"{{"record": {arrays}}}"#), MALFORMED),
        (format!(r#"{{"record": {{"occp_text": {arrays}}}}}"#), MALFORMED),
        (format!(r#"{{"record": {{"occp_text": "nurse", "recordId": {arrays}}}}}"#), MALFORMED),
        (format!(r#"{{"records": [{{"occp_text": "nurse"}}, {arrays}]}}"#), MALFORMED),
        (format!(r#"{{"numberOfSuggestions": {arrays}}}"#), INVALID),
        (format!(r#"{{"{}": 1}}"#, "x".repeat(500_000)), INVALID),
    ] {
        refused_bytes(&caller, &place[..20], place.clone(), message).await;
    }
}

#[tokio::test]
async fn bytes_that_are_no_text_are_refused() {
    let caller = public().registered().await;
    let around = |text: &[u8]| [br#"{"record": {"occp_text": "nurse "#, text, br#""}}"#].concat();
    for (name, body) in [
        ("a stray byte", around(b"\xff")),
        ("an overlong slash", around(b"\xc0\xaf")),
        ("a surrogate in UTF-8", around(b"\xed\xa0\x80")),
        ("an unfinished character", around(b"\xe2\x80")),
        ("a NUL", around(b"\0")),
        ("an escaped NUL", around(br"\u0000")),
        ("a lone high surrogate", around(br"\ud83c")),
        ("a lone low surrogate", around(br"\udfa7")),
        ("a wrong pair", around(br"\ud83c\ud83c")),
        ("an unknown escape", around(br"\x41")),
        ("a line break", around(b"\n")),
        ("gzip", b"\x1f\x8b\x08\0\0\0\0\0\0\x03\xabVJL\xff\xfe\x02".to_vec()),
        ("a NUL alone", b"\0".to_vec()),
        ("UTF-16", b"\xff\xfe{\0\"\0".to_vec()),
    ] {
        refused_bytes(&caller, name, body, INVALID).await;
    }
}

#[tokio::test]
async fn text_that_is_no_json_is_refused() {
    let caller = public().registered().await;
    for (name, body) in [
        ("nothing", ""),
        ("spaces", "   "),
        ("a byte-order mark", "\u{feff}{\"record\": {\"occp_text\": \"nurse\"}}"),
        ("two documents", r#"{"record": {"occp_text": "nurse"}} {}"#),
        ("a missing brace", r#"{"record": {"occp_text": "nurse"}"#),
        ("a trailing comma", r#"{"record": {"occp_text": "nurse"},}"#),
        ("a comment", r#"{"record": {"occp_text": "nurse"}} // nurse"#),
        ("single quotes", "{'record': {'occp_text': 'nurse'}}"),
        ("not a number", r#"{"record": {"occp_text": "nurse", "recordId": NaN}}"#),
        ("a form", "record=nurse"),
        ("XML", "<record>nurse</record>"),
        ("a record twice", r#"{"record": {"occp_text": "a"}, "record": {"occp_text": "b"}}"#),
        ("a huge number", r#"{"record": {"occp_text": "a"}, "numberOfSuggestions": 1e999999}"#),
        ("a long number", &format!(r#"{{"numberOfSuggestions": {}}}"#, "9".repeat(100_000))),
    ] {
        refused_bytes(&caller, name, body, INVALID).await;
    }
    let twice = r#"{"record": {"occp_text": "a", "occp_text": "b"}}"#;
    refused_bytes(&caller, "a field twice", twice, MALFORMED).await;
}

#[tokio::test]
async fn far_too_many_records_are_refused() {
    let caller = public().registered().await;
    let records = vec![json!({"occp_text": "nurse"}); 10_000];
    refused_bytes(&caller, "good ones", json!({"records": records}).to_string(), INVALID).await;
    let zeros = format!(r#"{{"records": [{}0]}}"#, "0,".repeat(400_000));
    refused_bytes(&caller, "zeros", zeros, INVALID).await;
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn memory_stays_flat_whatever_is_sent() {
    let caller = public().registered().await;
    for body in [
        "[".repeat(1_000_000),
        "0".repeat(2_000_000),
        format!(r#"{{"records": [{}0]}}"#, "{},".repeat(300_000)),
        format!(r#"{{"records": [{}0]}}"#, "[],".repeat(300_000)),
        format!(r#"{{"record": {{"occp_text": "{}"}}}}"#, r"\u0041".repeat(150_000)),
        format!(r#"{{"record": {{{}"a": 1}}}}"#, r#""b": 1,"#.repeat(120_000)),
    ] {
        caller.send(Request::post("/v1/topics/osca/code", body)).await;
    }
    let processes = of_function("code-records");
    let peaks: Vec<u64> = processes.iter().filter_map(Process::peak_memory_kb).collect();
    assert!(!peaks.is_empty(), "no process of the function is to be seen");
    assert!(peaks.iter().all(|&peak| peak < MOST_MEMORY_KB), "{peaks:?} KB");
}
