//! Every function has an event under `events/`, and every event is one that its function reads.

use std::collections::BTreeSet;
use std::path::Path;

use aws_lambda_events::apigw::ApiGatewayCustomAuthorizerRequestTypeRequest;
use aws_lambda_events::sqs::SqsEvent;
use store::{ChunkMessage, FinishMessage, operations_uploaded};
use testkit::Event;

use super::call;

fn names(folder: &str) -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder);
    let entries = folder.read_dir().unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

fn message(event: &str) -> String {
    let event: SqsEvent = serde_json::from_str(event).unwrap();
    let [message] = &event.records[..] else { panic!("one message is expected") };
    assert!(
        message.message_id.is_some() && message.attributes.contains_key("ApproximateReceiveCount")
    );
    message.body.clone().unwrap()
}

#[test]
fn every_function_reads_its_events_and_has_one() {
    let mut functions = BTreeSet::new();
    for name in names("events") {
        let name = name.strip_suffix(".json").unwrap();
        let (function, _) = name.split_once('.').unwrap();
        let json = Event::load(name).json();
        match function {
            "authorise-request" => {
                serde_json::from_str::<ApiGatewayCustomAuthorizerRequestTypeRequest>(&json)
                    .unwrap();
            }
            "split-upload" => {
                operations_uploaded(&message(&json)).unwrap();
            }
            "code-chunk" => {
                serde_json::from_str::<ChunkMessage>(&message(&json)).unwrap();
            }
            "finish-operation" => {
                serde_json::from_str::<FinishMessage>(&message(&json)).unwrap();
            }
            "tend-registrations" => {
                serde_json::from_str::<tend_registrations::Tick>(&json).unwrap();
            }
            "fail-operation" => assert!(!message(&json).is_empty()),
            _ => assert!(call(&Event::load(name)).route.starts_with("/v1/"), "{name}"),
        }
        functions.insert(function.to_owned());
    }
    assert_eq!(functions, names("functions"));
}
