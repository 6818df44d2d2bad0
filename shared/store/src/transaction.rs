//! Several writes at once, or none of them.

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{CancellationReason, TransactWriteItem};

use crate::error::StoreError;

/// How long a transaction waits, in milliseconds, each time that it met another on the same item.
const PAUSES: [u64; 5] = [20, 40, 80, 160, 320];

enum Cancellation {
    Condition,
    Conflict,
}

/// Writes all of it and says true; or nothing, and says false, if a condition does not hold.
pub(crate) async fn transact(
    client: &Client,
    purpose: &'static str,
    items: Vec<TransactWriteItem>,
) -> Result<bool, StoreError> {
    let mut pauses = PAUSES.iter();
    loop {
        let request = client.transact_write_items().set_transact_items(Some(items.clone()));
        let Err(error) = request.send().await else { return Ok(true) };
        match (cancellation(&error), pauses.next()) {
            (Some(Cancellation::Condition), _) => return Ok(false),
            (Some(Cancellation::Conflict), Some(&pause)) => {
                tokio::time::sleep(Duration::from_millis(pause)).await;
            }
            _ => return Err(StoreError::call(purpose, error)),
        }
    }
}

fn cancellation(error: &SdkError<TransactWriteItemsError>) -> Option<Cancellation> {
    let SdkError::ServiceError(error) = error else { return None };
    let TransactWriteItemsError::TransactionCanceledException(cancelled) = error.err() else {
        return None;
    };
    let codes = || cancelled.cancellation_reasons().iter().filter_map(CancellationReason::code);
    if codes().any(|code| code == "ConditionalCheckFailed") {
        Some(Cancellation::Condition)
    } else {
        codes().any(|code| code == "TransactionConflict").then_some(Cancellation::Conflict)
    }
}
