//! Large files, on this machine: `make soak`. Not part of `make test`, as they take minutes.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{create, lines};
use crate::answers::found;
use crate::callers::{Caller, partner};
use crate::privacy::lines_of;
#[cfg(target_os = "linux")]
use crate::processes::{Process, of_function};

/// Whatever the file's size, a worker may take no more than this.
#[cfg(target_os = "linux")]
const MOST_MEMORY_KB: u64 = 256_000;

/// The corpus's own records, as titles and tasks that a synchronous call would take too.
fn corpus() -> Vec<(String, String)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../models/corpus");
    let mut files: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    let mut records = Vec::new();
    for file in files.iter().filter(|file| file.extension().is_some_and(|kind| kind == "tsv")) {
        let text = std::fs::read_to_string(file).unwrap();
        let rows = text.lines().skip(1).map(|row| row.split('\t').collect::<Vec<_>>());
        let texts = rows.map(|row| (row[2].to_owned(), row[3].to_owned()));
        records.extend(texts.filter(|(title, tasks)| title.len() + tasks.len() <= 100));
    }
    records
}

fn file_of(records: &[(String, String)], count: usize) -> String {
    let mut file = String::new();
    for (number, (title, tasks)) in records.iter().cycle().take(count).enumerate() {
        file.push_str(&super::line(&number.into(), title, tasks));
        file.push('\n');
    }
    file
}

/// What synchronous coding says of each text: status, best code or suggestions.
async fn in_batches(
    caller: &Caller,
    records: &[(String, String)],
) -> HashMap<(String, String), Value> {
    let mut codes = HashMap::new();
    for batch in records.chunks(300) {
        let body: Vec<Value> = batch
            .iter()
            .map(|(title, tasks)| json!({"occp_text": title, "tasks_text": tasks}))
            .collect();
        let answer = found(&caller.code(&json!({"records": body})).await);
        for (record, coded) in batch.iter().zip(answer.as_array().unwrap()) {
            codes.insert(record.clone(), json!([coded["codeStatus"], coded["result"]]));
        }
    }
    codes
}

/// What a result's line says, in the same form.
fn said(line: &Value) -> Value {
    let result = match line["codeStatus"].as_str() {
        Some("successful") => json!([line["result"]]),
        _ => line["suggestions"].clone(),
    };
    json!([line["codeStatus"], result])
}

/// The seconds that workers were busy with chunks since then, added up.
async fn busy_seconds(since: Timestamp) -> f64 {
    // Logs come a little after the work.
    tokio::time::sleep(Duration::from_secs(3)).await;
    let lines = lines_of("/aws/lambda/occupation-coding-code-chunk", since).await;
    let handled = lines.iter().filter(|line| line.contains("message handled"));
    let durations = handled.map(|line| {
        let (_, duration) = line.split_once("duration_ms=").unwrap();
        let end = duration.find(|letter: char| !matches!(letter, '0'..='9' | '.'));
        duration[..end.unwrap_or(duration.len())].parse::<f64>().unwrap()
    });
    durations.sum::<f64>() / 1_000.0
}

/// Codes a file and compares every line; gives the records a second from first chunk to end, and
/// of each second that a worker was busy.
async fn code_and_compare(
    caller: &Caller,
    records: &[(String, String)],
    expected: &HashMap<(String, String), Value>,
    count: usize,
) -> (f64, f64) {
    let began = Timestamp::now();
    let operation = create(caller, "osca").await;
    operation.upload(file_of(records, count)).await;
    let completed = operation.ended().await;
    assert_eq!(completed["status"], "COMPLETED", "{completed}");
    assert_eq!(completed["recordsTotal"], count);

    let url = completed["resultDownloadUrl"].as_str().unwrap();
    let text = reqwest::get(url).await.unwrap().text().await.unwrap();
    assert_eq!(text.lines().count(), count);
    for (number, (line, record)) in text.lines().zip(records.iter().cycle()).enumerate() {
        let line: Value = serde_json::from_str(line).unwrap();
        assert_eq!(line["recordId"], number);
        assert_eq!(said(&line), expected[record], "line {number}: {record:?}");
    }
    let time = |name: &str| completed[name].as_str().unwrap().parse::<Timestamp>().unwrap();
    let seconds = time("finishedAt").duration_since(time("startedAt")).as_secs_f64();
    let count = f64::from(u32::try_from(count).unwrap());
    (count / seconds, count / busy_seconds(began).await)
}

#[ignore = "takes minutes: make soak"]
#[tokio::test]
async fn a_million_lines_come_out_in_order_and_as_synchronous_coding_says() {
    let caller = partner().registered().await;
    let records = corpus();
    let began = Instant::now();
    let expected = in_batches(&caller, &records).await;
    let seconds = began.elapsed().as_secs_f64();
    eprintln!("{} records in synchronous batches of 300: {seconds:.0} s", records.len());
    // The first file finds no worker with its model loaded.
    for count in [10_000, 10_000, 100_000, 1_000_000] {
        let (rate, of_worker) = code_and_compare(&caller, &records, &expected, count).await;
        eprintln!(
            "{count:>9} lines: {rate:>6.0} records a second, queues and emulator included; \
             {of_worker:>6.0} in each busy second of a worker"
        );
    }
    #[cfg(target_os = "linux")]
    {
        let workers = of_function("code-chunk");
        let peaks: Vec<u64> = workers.iter().filter_map(Process::peak_memory_kb).collect();
        eprintln!("peak memory of the workers, KB: {peaks:?}");
        assert!(!peaks.is_empty() && peaks.iter().all(|&peak| peak < MOST_MEMORY_KB));
    }
}

#[ignore = "takes minutes: make soak"]
#[tokio::test]
async fn a_hundred_lines_do_not_wait_for_half_a_million() {
    let (large, small) = (partner().registered().await, partner().registered().await);
    let large = create(&large, "osca").await;
    large.upload(file_of(&corpus(), 500_000)).await;
    large.becomes(&["IN_PROGRESS"]).await;
    let began = Instant::now();
    let operation = create(&small, "osca").await;
    operation.upload(lines(100).join("\n")).await;
    assert_eq!(operation.ended().await["status"], "COMPLETED");
    let large_now = large.get().await;
    eprintln!(
        "100 lines took {:.1} s while {} % of 500,000 were done",
        began.elapsed().as_secs_f64(),
        large_now["percentComplete"]
    );
    assert!(large_now["percentComplete"].as_u64().unwrap() < 50, "{large_now}");
    large.cancel().await;
}
