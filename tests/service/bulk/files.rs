//! Files as people make them.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use super::life::is_deleted;
use super::{coded, create, line, lines, result_of};
use crate::callers::partner;

const GOOD: &str = r#"{"recordId": "good", "occp_text": "brickie", "tasks_text": ""}"#;

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn ids(result: &[Value]) -> Vec<&Value> {
    result.iter().map(|line| &line["recordId"]).collect()
}

async fn fails_with(file: impl Into<Vec<u8>>, message: &str) {
    let caller = partner().registered().await;
    let operation = create(&caller, "osca").await;
    operation.upload(file).await;
    let failed = operation.ended().await;
    assert_eq!(failed["status"], "FAILED", "{failed}");
    assert!(failed["message"].as_str().unwrap().starts_with(message), "{failed}");
    assert!(is_deleted(&operation.id).await);
}

#[tokio::test]
async fn line_ends_blank_lines_and_a_byte_order_mark_make_no_difference() {
    let caller = partner().registered().await;
    let [a, b, c] = [1, 2, 3].map(|id| line(&json!(id), "brickie", "lay bricks"));
    for file in [
        format!("{a}\n{b}\n{c}\n"),
        format!("{a}\n{b}\n{c}"),
        format!("{a}\r\n{b}\r\n{c}\r\n"),
        format!("\u{feff}{a}\n\n   \n\r\n{b}\n\t\n\n{c}\n\n\n"),
        format!("\n\n\u{20}{a} \n {b}\n{c}"),
    ] {
        let operation = coded(&caller, file).await;
        let result = result_of(&operation).await;
        assert_eq!(ids(&result), [&json!(1), &json!(2), &json!(3)]);
        assert!(result.iter().all(|line| line["result"]["codeCategory"] == "371131"));
    }
}

#[tokio::test]
async fn a_gzip_file_is_inflated() {
    let caller = partner().registered().await;
    let text = lines(5_000).join("\r\n");
    let plain = result_of(&coded(&caller, text.clone()).await).await;
    assert_eq!(plain.len(), 5_000);
    // In one member, and in several, as tools that compress in parallel write them.
    let (start, end) = text.as_bytes().split_at(text.len() / 3);
    for file in [gzip(text.as_bytes()), [gzip(start), gzip(end)].concat()] {
        assert_eq!(result_of(&coded(&caller, file).await).await, plain);
    }
}

#[tokio::test]
async fn a_damaged_or_endless_gzip_file_fails() {
    let good = gzip(lines(2_000).join("\n").as_bytes());
    let cut = good[..good.len() / 2].to_vec();
    fails_with(cut, "the uploaded file is not valid gzip").await;
    fails_with(b"\x1f\x8bnot really".to_vec(), "the uploaded file is not valid gzip").await;
    fails_with(gzip(b""), "the uploaded file is empty").await;
    // The local stack takes 64 MiB.
    let bomb = gzip(&vec![b' '; 70_000_000]);
    fails_with(bomb, "the uploaded file is larger than 67108864 bytes once it is inflated").await;
}

#[tokio::test]
async fn a_file_without_any_record_fails() {
    fails_with("", "the uploaded file is empty").await;
    for file in ["\n\n \n", "\u{feff}", "title,tasks\nbrickie,lay bricks\n", "[1]\n[2]"] {
        fails_with(file, "the uploaded file has no valid line").await;
    }
}

#[tokio::test]
async fn an_invalid_line_says_what_is_wrong_and_costs_no_other_line() {
    let caller = partner().registered().await;
    let text = |length: usize| "n".repeat(length);
    let longest = line(&json!("longest"), &text(150), &text(150));
    let too_long = line(&json!("too long"), &text(150), &text(151));
    let padded = |length: usize| format!("{GOOD}{}", " ".repeat(length - GOOD.len()));
    let cases: Vec<(Vec<u8>, Value, Option<&str>)> = vec![
        (GOOD.into(), json!("good"), None),
        (longest.into(), json!("longest"), None),
        (too_long.into(), json!("too long"), Some("record occp_text and tasks_text have 301")),
        (b"{".into(), json!(null), Some("record must be an object")),
        (
            br#"{"recordId": 7, "occp_text": "nurse"}"#.into(),
            json!(7),
            Some("tasks_text is missing"),
        ),
        (
            br#"{"recordId": [], "occp_text": 1, "tasks_text": ""}"#.into(),
            json!(null),
            Some("recordId must be a string or a number; occp_text must be a string"),
        ),
        (
            br#"{"occp_text": "", "tasks_text": " "}"#.into(),
            json!(null),
            Some("record occp_text and tasks_text are both blank"),
        ),
        (
            "{\"occp_text\": \"看護師\", \"tasks_text\": \"\"}".into(),
            json!(null),
            Some("occp_text character 1"),
        ),
        (b"\xff\xfe{}".into(), json!(null), Some("the line is not UTF-8")),
        (padded(65_536).into(), json!("good"), None),
        (padded(65_537).into(), json!(null), Some("the line has more than 65536 bytes")),
        (vec![b'x'; 700_000], json!(null), Some("the line has more than 65536 bytes")),
        (GOOD.into(), json!("good"), None),
    ];
    let file = cases.iter().map(|(line, ..)| line.clone()).collect::<Vec<_>>().join(&b'\n');
    let operation = coded(&caller, file).await;
    let result = result_of(&operation).await;
    assert_eq!(result.len(), cases.len());
    for (line, (sent, id, error)) in result.iter().zip(&cases) {
        assert_eq!(line["recordId"], *id);
        match error {
            None => assert_eq!(line.get("error"), None, "{line}"),
            Some(error) => {
                let found = line["error"].as_str().unwrap_or_else(|| panic!("{line}"));
                assert!(found.starts_with(error), "{found}");
                assert_eq!(line["codeStatus"], "unsuccessful");
                assert_eq!((&line["result"], &line["suggestions"]), (&Value::Null, &Value::Null));
                let raw: String = String::from_utf8_lossy(sent).chars().take(300).collect();
                assert_eq!(line["input"], raw);
            }
        }
    }
    assert_eq!(operation["recordsInvalid"], 9);
    assert_eq!(operation["recordsTotal"], 13);
}

#[tokio::test]
async fn an_identifier_comes_back_exactly_as_it_was_written() {
    let caller = partner().registered().await;
    let ids = [
        r#""a1""#,
        "7",
        "-0",
        "7.10",
        "1e400",
        "123456789012345678901234567890",
        r#""\u00e9\n\"""#,
        r#""""#,
    ];
    let line =
        |id: &&str| format!(r#"{{"recordId": {id}, "occp_text": "nurse", "tasks_text": ""}}"#);
    let operation = coded(&caller, ids.iter().map(line).collect::<Vec<_>>().join("\n")).await;
    let url = operation["resultDownloadUrl"].as_str().unwrap();
    let text = reqwest::get(url).await.unwrap().text().await.unwrap();
    for (line, id) in text.lines().zip(ids) {
        assert!(line.starts_with(&format!(r#"{{"recordId":{id},"#)), "{line}");
        assert!(line.contains(&format!(r#""recordId":{id}}}"#)), "{line}");
    }
    assert_eq!(text.lines().count(), ids.len());
}
