//! What a client used on each day: items beside those of the quotas, one a client and day.
//!
//! | attribute | what it counts | when it is written |
//! |---|---|---|
//! | `calls` | requests that were admitted | by the first request of a later day |
//! | `sync_records` | records coded in requests | after each of them |
//! | `records` | records coded in files | when an operation is completed |

use std::collections::HashMap;

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use domain::{ClientId, Window};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use crate::error::StoreError;
use crate::quotas::Quotas;

/// How many days a client's daily counts are kept.
pub(crate) const COUNT_LIFE_DAYS: i64 = 100;
/// The most items that DynamoDB reads at once.
const MOST_KEYS: i64 = 100;

/// What a client used on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayUse {
    /// The day, UTC.
    pub date: Date,
    /// Requests that were admitted; known once the day is over and another request has come.
    pub calls: u64,
    /// Records that were coded, in requests and in files.
    pub records: u64,
}

pub(crate) fn date_of(now: Timestamp) -> Date {
    now.to_zoned_datetime(TimeZone::UTC).date()
}

pub(crate) fn day_key(client: &ClientId, date: Date) -> AttributeValue {
    AttributeValue::S(format!("{client}#{date}"))
}

impl Quotas {
    /// Keeps the number of a day's calls beyond the quotas, which forget it. Before they do: who
    /// comes second finds a number that is as high, or raises it.
    pub(crate) async fn keep_calls(
        &self,
        client: &ClientId,
        day: Window,
    ) -> Result<(), StoreError> {
        const OPERATION: &str = "dynamodb:UpdateItem of a day's calls";
        let start = Timestamp::from_second(day.start).unwrap_or_default();
        let outcome = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("client_id", day_key(client, date_of(start)))
            .update_expression("SET calls = :calls, expires_at = :expires_at")
            .condition_expression("attribute_not_exists(calls) OR calls < :calls")
            .expression_attribute_values(":calls", number(day.calls))
            .expression_attribute_values(":expires_at", expires_at(start))
            .send()
            .await;
        match outcome {
            Ok(_) => Ok(()),
            Err(SdkError::ServiceError(error))
                if error.err().is_conditional_check_failed_exception() =>
            {
                Ok(())
            }
            Err(error) => Err(StoreError::call(OPERATION, error)),
        }
    }

    /// Counts records that were coded in a request.
    pub async fn count_records(
        &self,
        client: &ClientId,
        records: usize,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.client
            .update_item()
            .table_name(&self.table)
            .key("client_id", day_key(client, date_of(now)))
            .update_expression("SET expires_at = :expires_at ADD sync_records :records")
            .expression_attribute_values(":records", number(records))
            .expression_attribute_values(":expires_at", expires_at(now))
            .send()
            .await
            .map_err(|error| StoreError::call("dynamodb:UpdateItem of a day's records", error))?;
        Ok(())
    }

    /// What a client used on the day of `now` and the days before it, newest first: of `days` days,
    /// at most 100, those on which it used anything.
    pub async fn days(
        &self,
        client: &ClientId,
        days: i64,
        now: Timestamp,
    ) -> Result<Vec<DayUse>, StoreError> {
        const OPERATION: &str = "dynamodb:BatchGetItem of days";
        let today = date_of(now);
        let dates: Vec<Date> = (0..days.min(MOST_KEYS))
            .filter_map(|ago| today.checked_sub(Span::new().days(ago)).ok())
            .collect();
        let keys = dates
            .iter()
            .map(|&date| HashMap::from([("client_id".to_owned(), day_key(client, date))]));
        let request = KeysAndAttributes::builder().set_keys(Some(keys.collect())).build();
        let request = request.map_err(|error| StoreError::call(OPERATION, error))?;
        let answer = self.client.batch_get_item().request_items(&self.table, request).send().await;
        let answer = answer.map_err(|error| StoreError::call(OPERATION, error))?;
        if answer.unprocessed_keys.is_some_and(|keys| !keys.is_empty()) {
            return Err(StoreError::Incomplete { operation: OPERATION });
        }
        let items = answer.responses.and_then(|mut tables| tables.remove(&self.table));
        let items = items.unwrap_or_default();
        let used_on = |date: Date| {
            let key = day_key(client, date);
            let item = items.iter().find(|item| item.get("client_id") == Some(&key))?;
            let count = |name: &str| item.get(name)?.as_n().ok()?.parse::<u64>().ok();
            Some(DayUse {
                date,
                calls: count("calls").unwrap_or(0),
                records: count("records").unwrap_or(0) + count("sync_records").unwrap_or(0),
            })
        };
        Ok(dates.into_iter().filter_map(used_on).collect())
    }
}

fn expires_at(day: Timestamp) -> AttributeValue {
    number(day.as_second() + COUNT_LIFE_DAYS * 86_400)
}

fn number(value: impl std::fmt::Display) -> AttributeValue {
    AttributeValue::N(value.to_string())
}
