//! Files as partners code them: with `occoder`, against the whole service.

use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

use crate::answers::found;
use crate::callers::{Caller, partner, public};
use crate::stack::stack;

/// The tool, with a caller's credentials in its environment and nobody's login.
fn occoder(caller: &Caller, folder: &Path) -> Command {
    let tests = std::env::current_exe().unwrap();
    // The tests are in target/<profile>/deps, binaries in target/<profile>.
    let binary = tests.parent().unwrap().with_file_name("occoder");
    let mut command = Command::new(binary);
    command
        .current_dir(folder)
        .env("OCCODER_CONFIG", folder.join("login.json"))
        .env("BASE_URL", &stack().base_url)
        .env("TOKEN_URL", &stack().token_url)
        .env("CLIENT_ID", caller.id.as_str())
        .env("CLIENT_SECRET", &caller.secret);
    command
}

async fn run(caller: &Caller, folder: &Path, arguments: &str) -> Output {
    occoder(caller, folder).args(arguments.split(' ')).output().await.unwrap()
}

#[track_caller]
fn succeeded(output: &Output) {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

const TITLES: [&str; 6] =
    ["brickie", "AIN nights", "manager", "zzxqy", "truck driver, \"interstate\"", "teacher"];

/// A CSV file as a survey would have it: other columns, quotes, line breaks in cells.
fn survey(folder: &Path, rows: usize) -> PathBuf {
    let path = folder.join("jobs.csv");
    let mut file = csv::Writer::from_path(&path).unwrap();
    file.write_record(["id", "occupation", "duties", "note, with a comma", "code"]).unwrap();
    for row in 0..rows {
        let title = TITLES[row % TITLES.len()];
        let duties = if row % 2 == 0 { "" } else { "day to day work" };
        file.write_record([&format!("p{row:05}"), title, duties, "two\nlines", "007"]).unwrap();
    }
    file.flush().unwrap();
    path
}

fn rows_of(path: &Path) -> (Vec<String>, Vec<Vec<String>>) {
    let mut file = csv::Reader::from_path(path).unwrap();
    let header = file.headers().unwrap().iter().map(str::to_owned).collect();
    let rows = file.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect();
    (header, rows)
}

const BULK: &str =
    "bulk jobs.csv --title-column occupation --tasks-column duties --id-column id -o coded.csv";

#[tokio::test]
async fn a_survey_comes_back_with_its_codes_beside_every_row() {
    let caller = partner().registered().await;
    let folder = tempfile::tempdir().unwrap();
    let path = survey(folder.path(), 3_000);
    succeeded(&run(&caller, folder.path(), BULK).await);

    let (header, rows) = rows_of(&folder.path().join("coded.csv"));
    let (sent_header, sent_rows) = rows_of(&path);
    assert_eq!(header[..5], sent_header);
    assert_eq!(
        header[5..],
        [
            "code_coded",
            "label",
            "level",
            "confidence",
            "status",
            "code_1",
            "code_2",
            "code_3",
            "code_4",
            "code_6",
            "suggestions",
            "error",
        ]
    );
    assert_eq!(rows.len(), sent_rows.len());
    let records: Vec<Value> = sent_rows[..12]
        .iter()
        .map(|row| json!({"occp_text": row[1], "tasks_text": row[2]}))
        .collect();
    let expected = found(&caller.code(&json!({"records": records})).await);
    for (number, (row, sent)) in rows.iter().zip(&sent_rows).enumerate() {
        assert_eq!(row[..5], sent[..]);
        let expected = &expected[number % 12];
        let best = &expected["result"][0];
        assert_eq!(row[9], expected["codeStatus"].as_str().unwrap());
        if row[9] == "successful" {
            assert_eq!(row[5], best["codeCategory"].as_str().unwrap());
            assert_eq!(row[6], best["codeLabel"].as_str().unwrap());
            assert_eq!(row[7], row[5].len().to_string());
            assert_eq!(row[10], row[5][..1]);
            assert_eq!(row[15], "");
        } else {
            assert_eq!(row[5], "");
            assert_eq!(row[15].split(' ').count(), 3);
        }
    }
}

#[tokio::test]
async fn bad_rows_stop_it_before_anything_is_sent_unless_they_may_be_left_out() {
    let caller = partner().registered().await;
    let folder = tempfile::tempdir().unwrap();
    let long = "x".repeat(301);
    let file =
        format!("occupation,duties,id\nbrickie,,a\n{long},,b\n,,c\nnurse,看護,d\nnurse,,e\n");
    std::fs::write(folder.path().join("jobs.csv"), file).unwrap();

    let output = run(&caller, folder.path(), BULK).await;
    assert_eq!(output.status.code(), Some(3));
    let messages = String::from_utf8_lossy(&output.stderr).into_owned();
    for row in ["2", "3", "4"] {
        assert!(messages.contains(row), "{messages}");
    }
    assert!(!folder.path().join("coded.csv").try_exists().unwrap());

    succeeded(&run(&caller, folder.path(), &format!("{BULK} --skip-bad-rows")).await);
    let (header, rows) = rows_of(&folder.path().join("coded.csv"));
    let place = |name: &str| header.iter().position(|column| column == name).unwrap();
    let status: Vec<&str> = rows.iter().map(|row| &*row[place("status")]).collect();
    assert_eq!(status[1..4], ["not sent"; 3]);
    assert_eq!(rows[0][place("code")], "371131");
    assert_eq!(rows.iter().map(|row| &*row[2]).collect::<String>(), "abcde");
}

#[cfg(unix)]
#[tokio::test]
async fn one_that_is_interrupted_is_resumed_with_the_command_that_it_shows() {
    let caller = partner().registered().await;
    let folder = tempfile::tempdir().unwrap();
    survey(folder.path(), 40_000);
    let mut child = occoder(&caller, folder.path())
        .args(BULK.split(' '))
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut messages = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut operation = None;
    while let Some(message) = messages.next_line().await.unwrap() {
        let mut words = message.split([' ', '.', ',', ':']);
        let id = words.find_map(|word| word.parse::<uuid::Uuid>().ok());
        if let (None, Some(id)) = (operation, id) {
            operation = Some(id);
            // Once the service has the file, it is for the service to go on.
            super::life::wait_until_uploaded(&id.to_string()).await;
            let interrupt =
                Command::new("kill").args(["-INT", &child.id().unwrap().to_string()]).status();
            assert!(interrupt.await.unwrap().success());
        }
    }
    assert_eq!(child.wait().await.unwrap().code(), Some(130));
    assert!(!folder.path().join("coded.csv").try_exists().unwrap());

    let resume = format!("{BULK} --resume {}", operation.unwrap());
    succeeded(&run(&caller, folder.path(), &resume).await);
    assert_eq!(rows_of(&folder.path().join("coded.csv")).1.len(), 40_000);
}

#[tokio::test]
async fn a_file_of_lines_is_coded_to_anzsco_and_comes_back_as_lines() {
    let caller = partner().registered().await;
    let folder = tempfile::tempdir().unwrap();
    let file =
        "{\"title\": \"brickie\", \"kept\": [1, {\"a\": 1.50}]}\n{\"title\": \"AIN nights\"}\n";
    std::fs::write(folder.path().join("jobs.jsonl"), file).unwrap();
    let bulk = "bulk jobs.jsonl --title-column title -o coded.jsonl --topic anzsco";
    succeeded(&run(&caller, folder.path(), bulk).await);
    let coded = std::fs::read_to_string(folder.path().join("coded.jsonl")).unwrap();
    let rows: Vec<Value> = coded.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows[0]["code"], "331111");
    assert_eq!(rows[0]["kept"], json!([1, {"a": 1.50}]));
    assert_eq!(rows.len(), 2);
}

#[tokio::test]
async fn who_may_not_code_files_is_told_so() {
    let caller = public().registered().await;
    let folder = tempfile::tempdir().unwrap();
    survey(folder.path(), 3);
    let output = run(&caller, folder.path(), BULK).await;
    assert_eq!(output.status.code(), Some(4));
    let messages = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(messages.contains("partners only"), "{messages}");
}

#[tokio::test]
async fn a_single_occupation_is_coded_and_shown() {
    let caller = public().registered().await;
    let folder = tempfile::tempdir().unwrap();
    let output = run(&caller, folder.path(), "code brickie --json").await;
    succeeded(&output);
    let coded: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(coded["result"][0]["codeCategory"], "371131");
    let output = run(&caller, folder.path(), "code brickie --tasks walls").await;
    succeeded(&output);
    assert!(String::from_utf8_lossy(&output.stdout).contains("371131"));
}
