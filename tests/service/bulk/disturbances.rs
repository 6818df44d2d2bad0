//! Whatever goes wrong on the way, a result is the undisturbed one, or there is none and no cost.

use futures::StreamExt;
use futures::stream::iter;
use serde_json::json;

use super::faults::Faults;
use super::world::{Dealing, World};
use super::{line, lines};

/// A file of some ten chunks with lines of all kinds.
fn file() -> Vec<u8> {
    let mut lines = lines(60);
    lines[7] = String::from("no record");
    lines[20] = String::from("   ");
    lines[31] = "x".repeat(70_000);
    lines[50] = String::new();
    lines.join("\r\n").into_bytes()
}

const CHUNK_BYTES: u64 = 7_000;

#[tokio::test]
async fn every_message_twice_or_three_times_at_once_changes_nothing() {
    let file = file();
    for times in [1, 2, 3] {
        let world = World::new(CHUNK_BYTES, Faults::none()).await;
        let id = world.uploaded(&file).await;
        let operation = world.run(id, Dealing { times, kills: 0 }).await;
        assert!(world.check(&operation, &file).await, "{operation:?}");
    }
}

#[tokio::test]
async fn work_broken_off_anywhere_changes_nothing() {
    let file = file();
    let world = World::new(CHUNK_BYTES, Faults::none()).await;
    let id = world.uploaded(&file).await;
    let operation = world.run(id, Dealing { times: 2, kills: 3 }).await;
    assert!(world.check(&operation, &file).await, "{operation:?}");
}

#[tokio::test]
async fn calls_that_fail_at_random_lose_and_double_nothing() {
    let file = file();
    let runs = (0..12_u64).map(|seed| {
        let (file, faults) = (&file, Faults::one_in(20, seed));
        async move {
            let world = World::new(CHUNK_BYTES, faults.clone()).await;
            let id = world.uploaded(file).await;
            let operation = world.run(id, Dealing::ONCE).await;
            (world.check(&operation, file).await, faults.count())
        }
    });
    let outcomes: Vec<(bool, u64)> = iter(runs).buffer_unordered(4).collect().await;
    assert!(outcomes.iter().all(|&(_, faults)| faults > 0), "{outcomes:?}");
    assert!(outcomes.iter().any(|&(is_completed, _)| is_completed), "{outcomes:?}");
}

#[tokio::test]
async fn calls_that_mostly_fail_end_in_a_failed_operation() {
    let file = file();
    let faults = Faults::one_in(2, 1);
    let world = World::new(CHUNK_BYTES, faults.clone()).await;
    let id = world.uploaded(&file).await;
    let operation = world.run(id, Dealing::ONCE).await;
    assert!(!world.check(&operation, &file).await);
    let message = operation.message.unwrap();
    assert!(message.starts_with("the service failed to code the file"), "{message}");
}

#[tokio::test]
async fn a_poison_line_cut_at_every_byte_is_one_error_line() {
    let good = line(&json!("good"), "brickie", "");
    for poison in [r#"{"recordId": "p", "occp_text": "é", ]}"#, "\u{feff}\u{0}\u{1f600}"] {
        let file = format!("{good}\r\n{poison}\r\n{good}\n").into_bytes();
        let from = good.len() as u64;
        let cuts = from..=from + poison.len() as u64 + 4;
        let runs = cuts.map(|chunk_bytes| {
            let file = &file;
            async move {
                let world = World::new(chunk_bytes, Faults::none()).await;
                let id = world.uploaded(file).await;
                let operation = world.run(id, Dealing::ONCE).await;
                assert!(world.check(&operation, file).await, "cut at {chunk_bytes}");
                assert_eq!((operation.counts.coded(), operation.counts.invalid), (2, 1));
            }
        });
        iter(runs).buffer_unordered(4).collect::<Vec<()>>().await;
    }
}
