//! Quotas: one conditional write for each admitted request, exact under concurrency.
//!
//! The rule is [`domain::Usage::admit`]. Here it is applied to the state last seen, and written
//! with conditions that hold only if the rule would admit the request on the state that *is*
//! there. Counters are incremented, not overwritten, so that callers at the same moment rarely
//! get in one another's way; whoever does loses nothing but a round trip, as DynamoDB hands back
//! the item that failed the condition.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure};
use domain::{Admission, ClientId, Limits, Period, Refusal, Usage, Window, latest_busy_until_us};
use jiff::Timestamp;
use serde::Deserialize;

use crate::error::StoreError;

/// How often a request tries again when other requests of the same client got in between.
const ATTEMPTS: usize = 12;
/// An item is of no use once two whole days lie behind it.
const ITEM_LIFE_SECONDS: i64 = 3 * 86_400;

type Item = std::collections::HashMap<String, AttributeValue>;

/// The quotas table.
#[derive(Debug, Clone)]
pub struct Quotas {
    pub(crate) client: Client,
    pub(crate) table: String,
}

impl Quotas {
    /// The table of that name.
    #[must_use]
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { client, table: table.into() }
    }

    /// Admits one request and counts it, or refuses it and counts nothing.
    ///
    /// The clock is read at each attempt: a request that was kept waiting would otherwise seem to
    /// come before those that overtook it, and be refused as too early.
    pub async fn admit(
        &self,
        client: &ClientId,
        limits: &Limits,
        clock: fn() -> Timestamp,
    ) -> Result<Admission, StoreError> {
        let mut seen = self.usage(client).await?;
        for _ in 0..ATTEMPTS {
            let now_ms = clock().as_millisecond();
            let admission = |usage, outcome| Admission { at_ms: now_ms, usage, outcome };
            let usage = seen.unwrap_or_default();
            let next = match usage.admit(limits, now_ms) {
                Ok(next) => next,
                Err(refusal) => return Ok(admission(usage, Err(refusal))),
            };
            if let Some(over) = seen.map(|seen| seen.day).filter(|day| day.start != next.day.start)
            {
                self.keep_calls(client, over).await?;
            }
            match self.write(client, seen, next, limits, now_ms).await? {
                Write::Done(usage) => return Ok(admission(usage, Ok(()))),
                Write::Overtaken(usage) => seen = usage,
            }
        }
        // So many requests at once that this one never got its turn: that is the rate.
        let outcome = Err(Refusal::Rate { retry_after: 1 });
        let at_ms = clock().as_millisecond();
        Ok(Admission { at_ms, usage: seen.unwrap_or_default(), outcome })
    }

    /// What a client has used, or `None` before its first request.
    pub async fn usage(&self, client: &ClientId) -> Result<Option<Usage>, StoreError> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.table)
            .key("client_id", AttributeValue::S(client.as_str().to_owned()))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| StoreError::call("dynamodb:GetItem of a quota", error))?;
        answer.item.map(read).transpose()
    }

    async fn write(
        &self,
        client: &ClientId,
        seen: Option<Usage>,
        next: Usage,
        limits: &Limits,
        now_ms: i64,
    ) -> Result<Write, StoreError> {
        let change = Change::new(seen, next, limits, now_ms);
        let mut request = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("client_id", AttributeValue::S(client.as_str().to_owned()))
            .update_expression(format!("SET {}", change.assignments.join(", ")))
            .condition_expression(change.conditions.join(" AND "))
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        for (name, value) in change.values {
            request = request.expression_attribute_values(name, number(value));
        }
        match request.send().await {
            Ok(answer) => Ok(Write::Done(read(answer.attributes.unwrap_or_default())?)),
            Err(SdkError::ServiceError(error))
                if error.err().is_conditional_check_failed_exception() =>
            {
                Ok(Write::Overtaken(item_of(error.into_err()).map(read).transpose()?))
            }
            Err(error) => Err(StoreError::call("dynamodb:UpdateItem of a quota", error)),
        }
    }
}

enum Write {
    Done(Usage),
    /// Another request came first; this is what it left.
    Overtaken(Option<Usage>),
}

fn item_of(error: UpdateItemError) -> Option<Item> {
    match error {
        UpdateItemError::ConditionalCheckFailedException(failed) => failed.item,
        _ => None,
    }
}

/// The update that takes the item from the usage seen to the next one.
struct Change {
    assignments: Vec<String>,
    conditions: Vec<String>,
    values: Vec<(&'static str, i64)>,
}

impl Change {
    fn new(seen: Option<Usage>, next: Usage, limits: &Limits, now_ms: i64) -> Self {
        let mut change =
            Self { assignments: Vec::new(), conditions: Vec::new(), values: Vec::new() };
        change.set("expires_at", ":expires_at", now_ms / 1_000 + ITEM_LIFE_SECONDS);
        let Some(seen) = seen else {
            change.conditions.push("attribute_not_exists(client_id)".to_owned());
            change.set("busy_until_us", ":busy_until", next.busy_until_us);
            change.set_window(&HOUR, next.hour);
            change.set_window(&DAY, next.day);
            return change;
        };
        change.move_busy_until(seen, next, limits, now_ms);
        change.count(&HOUR, seen.hour, next.hour, limits.per_hour, now_ms);
        change.count(&DAY, seen.day, next.day, Some(limits.per_day), now_ms);
        change
    }

    fn set(&mut self, attribute: &str, name: &'static str, value: i64) {
        self.assignments.push(format!("{attribute} = {name}"));
        self.values.push((name, value));
    }

    /// At rest, the rate starts anew from now; in a burst, it moves on by one interval.
    fn move_busy_until(&mut self, seen: Usage, next: Usage, limits: &Limits, now_ms: i64) {
        let instant_us = now_ms * 1_000;
        self.values.push((":now", instant_us));
        if seen.busy_until_us <= instant_us {
            self.conditions.push("busy_until_us <= :now".to_owned());
            self.set("busy_until_us", ":busy_until", next.busy_until_us);
        } else {
            self.conditions.push("busy_until_us > :now AND busy_until_us <= :latest".to_owned());
            self.values.push((":latest", latest_busy_until_us(limits, now_ms)));
            self.assignments.push("busy_until_us = busy_until_us + :interval".to_owned());
            self.values.push((":interval", next.busy_until_us - seen.busy_until_us));
        }
    }

    /// Within a window, counts one more if that is below the ceiling; at the start of a new one,
    /// carries over what was seen, if nobody did so before.
    fn count(&mut self, names: &Names, seen: Window, next: Window, limit: Option<u32>, now: i64) {
        let Names { start, calls, before, .. } = names;
        self.conditions.push(format!("{start} = {}", names.seen_start));
        self.values.push((names.seen_start, seen.start));
        if next.start != seen.start {
            self.conditions.push(format!("{calls} = {}", names.seen_calls));
            self.values.push((names.seen_calls, seen.calls.into()));
            self.set_window(names, next);
            return;
        }
        self.assignments.push(format!("{calls} = {calls} + {}", names.one));
        self.values.push((names.one, 1));
        if let Some(limit) = limit {
            self.conditions
                .push(format!("{before} = {} AND {calls} < {}", names.seen_before, names.ceiling));
            self.values.push((names.seen_before, seen.before.into()));
            self.values.push((names.ceiling, next.ceiling(limit, now, names.period).into()));
        }
    }

    fn set_window(&mut self, names: &Names, window: Window) {
        self.set(names.start, names.new_start, window.start);
        self.set(names.calls, names.new_calls, window.calls.into());
        self.set(names.before, names.new_before, window.before.into());
    }
}

/// The attributes of a window and the placeholders for their values.
struct Names {
    period: Period,
    start: &'static str,
    calls: &'static str,
    before: &'static str,
    seen_start: &'static str,
    seen_calls: &'static str,
    seen_before: &'static str,
    new_start: &'static str,
    new_calls: &'static str,
    new_before: &'static str,
    ceiling: &'static str,
    one: &'static str,
}

const HOUR: Names = Names {
    period: Period::Hour,
    start: "hour_start",
    calls: "hour_calls",
    before: "hour_before",
    seen_start: ":seen_hour_start",
    seen_calls: ":seen_hour_calls",
    seen_before: ":seen_hour_before",
    new_start: ":hour_start",
    new_calls: ":hour_calls",
    new_before: ":hour_before",
    ceiling: ":hour_ceiling",
    one: ":hour_one",
};

const DAY: Names = Names {
    period: Period::Day,
    start: "day_start",
    calls: "day_calls",
    before: "day_before",
    seen_start: ":seen_day_start",
    seen_calls: ":seen_day_calls",
    seen_before: ":seen_day_before",
    new_start: ":day_start",
    new_calls: ":day_calls",
    new_before: ":day_before",
    ceiling: ":day_ceiling",
    one: ":day_one",
};

/// An item of the table, flat, so that each number can stand in a condition.
#[derive(Deserialize)]
struct QuotaItem {
    busy_until_us: i64,
    hour_start: i64,
    hour_calls: u32,
    hour_before: u32,
    day_start: i64,
    day_calls: u32,
    day_before: u32,
}

fn read(item: Item) -> Result<Usage, StoreError> {
    let item: QuotaItem = serde_dynamo::from_item(item)
        .map_err(|source| StoreError::Item { table: "quotas", source })?;
    Ok(Usage {
        busy_until_us: item.busy_until_us,
        hour: Window { start: item.hour_start, calls: item.hour_calls, before: item.hour_before },
        day: Window { start: item.day_start, calls: item.day_calls, before: item.day_before },
    })
}

fn number(value: i64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}
