//! AWS, mocked at the SDK's edge.

use std::collections::HashMap;

use aws_sdk_dynamodb as dynamodb;
use aws_sdk_dynamodb::error::ErrorMetadata;
use aws_sdk_dynamodb::operation::batch_get_item::{BatchGetItemError, BatchGetItemOutput};
use aws_sdk_dynamodb::operation::get_item::{GetItemError, GetItemOutput};
use aws_sdk_dynamodb::operation::update_item::UpdateItemOutput;
use aws_sdk_dynamodb::types::AttributeValue;
use aws_smithy_mocks::{RuleMode, mock, mock_client};
use store::{Quotas, Registrations};

const REGISTRATIONS: &str = "registrations";

type Item = HashMap<String, AttributeValue>;

/// Quotas that let every request through as a client's first.
pub(super) fn generous_quotas() -> Quotas {
    let get = mock!(dynamodb::Client::get_item).then_output(|| GetItemOutput::builder().build());
    let update = mock!(dynamodb::Client::update_item).then_output(|| {
        let numbers = ["busy_until_us", "hour_start", "hour_before", "day_start", "day_before"]
            .map(|n| (n, 0));
        let calls = ["hour_calls", "day_calls"].map(|name| (name, 1));
        let item: Item = numbers
            .into_iter()
            .chain(calls)
            .map(|(name, value)| (name.to_owned(), AttributeValue::N(value.to_string())))
            .collect();
        UpdateItemOutput::builder().set_attributes(Some(item)).build()
    });
    Quotas::new(mock_client!(dynamodb, RuleMode::MatchAny, [&get, &update]), "quotas")
}

/// Quotas whose table cannot be reached.
pub(super) fn failing_quotas() -> Quotas {
    let get = mock!(dynamodb::Client::get_item).then_error(|| GetItemError::generic(broken()));
    Quotas::new(mock_client!(dynamodb, RuleMode::MatchAny, [&get]), "quotas")
}

/// Registrations that hold these items.
pub(super) fn registrations(items: &[serde_json::Value]) -> Registrations {
    let items: Vec<Item> =
        items.iter().map(|item| item.as_object().unwrap()).map(strings).collect();
    let get = mock!(dynamodb::Client::batch_get_item).then_output(move || {
        BatchGetItemOutput::builder().responses(REGISTRATIONS, items.clone()).build()
    });
    Registrations::new(mock_client!(dynamodb, RuleMode::MatchAny, [&get]), REGISTRATIONS)
}

/// Registrations whose table cannot be reached.
pub(super) fn failing_registrations() -> Registrations {
    let get =
        mock!(dynamodb::Client::batch_get_item).then_error(|| BatchGetItemError::generic(broken()));
    Registrations::new(mock_client!(dynamodb, RuleMode::MatchAny, [&get]), REGISTRATIONS)
}

fn broken() -> ErrorMetadata {
    ErrorMetadata::builder().code("InternalServerError").message("broken").build()
}

fn strings(item: &serde_json::Map<String, serde_json::Value>) -> Item {
    let text = |value: &serde_json::Value| AttributeValue::S(value.as_str().unwrap().to_owned());
    item.iter().map(|(name, value)| (name.clone(), text(value))).collect()
}
