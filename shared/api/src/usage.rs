//! The body of what a client may use and has used.

use domain::{Admission, Limits, Operation, OperationId, OperationStatus, Volumes};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::caller::Caller;

/// What a client may use and has used.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UsageDetails<'a> {
    limits: LimitsInForce,
    left: Vec<Allowed>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nominated: Option<Volumes>,
    today: Used,
    month: Used,
    days: Vec<UsedOn>,
    running_operations: Vec<Running<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct LimitsInForce {
    per_second: u32,
    burst: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    per_hour: Option<u32>,
    per_day: u32,
    operations: u32,
    records_per_day: u32,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Allowed {
    window: &'static str,
    limit: u32,
    left: u32,
    reset_seconds: u64,
}

#[derive(Debug, Default, Clone, Copy, Serialize)]
struct Used {
    calls: u64,
    records: u64,
}

#[derive(Debug, Serialize)]
struct UsedOn {
    date: Date,
    #[serde(flatten)]
    used: Used,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Running<'a> {
    operation_id: OperationId,
    status: OperationStatus,
    topic: &'a str,
    percent_complete: usize,
    created_at: Timestamp,
}

impl<'a> UsageDetails<'a> {
    /// What `caller` may use and has used at `now`. `days` are the dates with the calls and records
    /// of each, newest first; the calls of today come from the admission of this very request.
    #[must_use]
    pub fn new(
        caller: &Caller,
        admission: &Admission,
        nominated: Option<Volumes>,
        days: &[(Date, u64, u64)],
        running: &'a [Operation],
        now: Timestamp,
    ) -> Self {
        let Limits { per_second, burst, per_hour, per_day, operations, records_per_day } =
            caller.limits;
        let today = now.to_zoned_datetime(TimeZone::UTC).date();
        let is_past = |date: &Date| *date != today;
        let records = days.iter().find(|(date, ..)| *date == today).map_or(0, |day| day.2);
        let calls = admission.usage.rolled_to(admission.at_ms).day.calls.into();
        let today_used = Used { calls, records };
        let mut all = vec![UsedOn { date: today, used: today_used }];
        all.extend(
            days.iter()
                .filter(|(date, ..)| is_past(date))
                .map(|&(date, calls, records)| UsedOn { date, used: Used { calls, records } }),
        );
        let in_month = |day: &&UsedOn| day.date.first_of_month() == today.first_of_month();
        let month = all.iter().filter(in_month).fold(Used::default(), |sum, day| Used {
            calls: sum.calls + day.used.calls,
            records: sum.records + day.used.records,
        });
        let left = admission.usage.allowances(&caller.limits, admission.at_ms);
        Self {
            limits: LimitsInForce {
                per_second,
                burst,
                per_hour,
                per_day,
                operations,
                records_per_day,
            },
            left: left
                .into_iter()
                .map(|limit| Allowed {
                    window: limit.name,
                    limit: limit.quota,
                    left: limit.remaining,
                    reset_seconds: limit.reset,
                })
                .collect(),
            nominated,
            today: today_used,
            month,
            days: all,
            running_operations: running
                .iter()
                .map(|operation| Running {
                    operation_id: operation.operation_id,
                    status: operation.status_at(now),
                    topic: &operation.topic,
                    percent_complete: operation.percent_complete(),
                    created_at: operation.created_at,
                })
                .collect(),
        }
    }
}
