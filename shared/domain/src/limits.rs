//! How much a client may call, and the rule that admits or refuses each request.
//!
//! The rate a second is the generic cell rate algorithm (ITU-T I.371, "virtual scheduling"): one
//! instant, `busy_until`, moves on by the interval of the rate with every request. The hour's and
//! the day's ceilings are sliding windows of two fixed ones: what was used in the window before
//! counts by the share of it that still lies within the last hour or day, so that nobody gains
//! from calling just before and just after a full hour.

use serde::{Deserialize, Serialize};

use crate::{Failure, Kind};

const SECOND_MS: i64 = 1_000;

/// How much a client may call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Requests a second, sustained; at least 1.
    pub per_second: u32,
    /// Requests that may come at once after a rest; at least 1.
    pub burst: u32,
    /// Requests an hour, if that is limited.
    pub per_hour: Option<u32>,
    /// Requests a day.
    pub per_day: u32,
    /// Bulk operations that may await their upload or run at a time.
    pub operations: u32,
    /// Records that bulk operations may code on a day, from midnight to midnight UTC.
    pub records_per_day: u32,
}

/// Limits that differ from the tier's; what is `None` stays as it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Overrides {
    /// See [`Limits::per_second`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_second: Option<u32>,
    /// See [`Limits::burst`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub burst: Option<u32>,
    /// See [`Limits::per_hour`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_hour: Option<u32>,
    /// See [`Limits::per_day`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_day: Option<u32>,
    /// See [`Limits::operations`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operations: Option<u32>,
    /// See [`Limits::records_per_day`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub records_per_day: Option<u32>,
}

impl Overrides {
    /// Whether nothing differs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Limits {
    /// These limits with some of them replaced.
    #[must_use]
    pub fn with(self, overrides: Overrides) -> Self {
        Self {
            per_second: overrides.per_second.unwrap_or(self.per_second).max(1),
            burst: overrides.burst.unwrap_or(self.burst).max(1),
            per_hour: overrides.per_hour.or(self.per_hour),
            per_day: overrides.per_day.unwrap_or(self.per_day),
            operations: overrides.operations.unwrap_or(self.operations),
            records_per_day: overrides.records_per_day.unwrap_or(self.records_per_day),
        }
    }

    /// These limits, none above those that are given.
    #[must_use]
    pub fn lowered_to(self, given: Overrides) -> Self {
        let lower = |limit: u32, given: Option<u32>| limit.min(given.unwrap_or(limit));
        Self {
            per_second: lower(self.per_second, given.per_second).max(1),
            burst: lower(self.burst, given.burst).max(1),
            per_hour: self.per_hour.map(|limit| lower(limit, given.per_hour)).or(given.per_hour),
            per_day: lower(self.per_day, given.per_day),
            operations: lower(self.operations, given.operations),
            records_per_day: lower(self.records_per_day, given.records_per_day),
        }
    }

    fn of(&self, period: Period) -> Option<u32> {
        match period {
            Period::Hour => self.per_hour,
            Period::Day => Some(self.per_day),
        }
    }

    /// The time between two requests at the sustained rate, in microseconds; at least 1.
    fn interval_us(&self) -> i64 {
        (SECOND_MS * 1_000 / i64::from(self.per_second)).max(1)
    }
}

/// The periods that have a ceiling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    /// 3,600 seconds, counted from full hours UTC.
    Hour,
    /// 86,400 seconds, counted from midnight UTC.
    Day,
}

impl Period {
    /// Its length in seconds.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        match self {
            Self::Hour => 3_600,
            Self::Day => 86_400,
        }
    }

    const fn ms(self) -> i64 {
        self.seconds() * SECOND_MS
    }
}

/// The requests of the running hour or day and of the one before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// When the running window began, in seconds since 1970.
    pub start: i64,
    /// Requests admitted in it.
    pub calls: u32,
    /// Requests admitted in the window before it.
    pub before: u32,
}

impl Window {
    /// The window that runs at `now_ms`, carrying over what this one counted.
    #[must_use]
    pub fn rolled_to(self, now_ms: i64, period: Period) -> Self {
        let start = now_ms.div_euclid(period.ms()) * period.seconds();
        match start - self.start {
            // A clock that is a little behind must not reopen a window that is over.
            passed if passed <= 0 => self,
            passed if passed == period.seconds() => Self { start, calls: 0, before: self.calls },
            _ => Self { start, calls: 0, before: 0 },
        }
    }

    fn elapsed_ms(self, now_ms: i64, period: Period) -> i64 {
        (now_ms - self.start * SECOND_MS).clamp(0, period.ms())
    }

    /// How many requests the running window may hold: the limit less what still counts of the
    /// window before, rounded up.
    #[must_use]
    pub fn ceiling(self, limit: u32, now_ms: i64, period: Period) -> u32 {
        let rest_ms = period.ms() - self.elapsed_ms(now_ms, period);
        let carried = (i64::from(self.before) * rest_ms + period.ms() - 1) / period.ms();
        limit.saturating_sub(u32::try_from(carried).unwrap_or(u32::MAX))
    }

    /// The seconds until one more request fits, at least 1.
    fn wait_seconds(self, limit: u32, now_ms: i64, period: Period) -> u64 {
        // The share of the window before that must have slid out for `room` of it to be left.
        let slid_ms = |before: u32, room: i64| match i64::from(before) {
            0 => 0,
            before => period.ms() - period.ms() * room.clamp(0, before) / before,
        };
        let room = i64::from(limit) - i64::from(self.calls) - 1;
        let wait_ms = if room >= 0 {
            slid_ms(self.before, room) - self.elapsed_ms(now_ms, period)
        } else {
            period.ms() - self.elapsed_ms(now_ms, period)
                + slid_ms(self.calls, i64::from(limit) - 1)
        };
        whole_seconds(wait_ms * 1_000)
    }
}

fn whole_seconds(us: i64) -> u64 {
    u64::try_from((us + 999_999) / 1_000_000).unwrap_or(0).max(1)
}

/// What a client has used: the state that the store keeps, one item a client.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// The instant until which the rate is used up, in microseconds since 1970.
    pub busy_until_us: i64,
    /// The running hour.
    pub hour: Window,
    /// The running day.
    pub day: Window,
}

/// Why a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Too many requests a second.
    #[error("the rate is exceeded")]
    Rate {
        /// Seconds after which the request may be tried again.
        retry_after: u64,
    },
    /// The hour's or the day's requests are used up.
    #[error("the ceiling of the hour or day is reached")]
    Ceiling {
        /// Seconds after which the request may be tried again.
        retry_after: u64,
    },
}

impl Failure for Refusal {
    fn kind(&self) -> Kind {
        match self {
            Self::Rate { .. } => Kind::RateExceeded,
            Self::Ceiling { .. } => Kind::CeilingExceeded,
        }
    }

    fn retry_after(&self) -> Option<u64> {
        match *self {
            Self::Rate { retry_after } | Self::Ceiling { retry_after } => Some(retry_after),
        }
    }
}

/// Whether a request was admitted, and what its client has used, the request included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Admission {
    /// When it was asked for, in milliseconds since 1970.
    pub at_ms: i64,
    /// What the client has used.
    pub usage: Usage,
    /// Why the request may not be answered, if it may not.
    pub outcome: Result<(), Refusal>,
}

/// What is left of one limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// The limit's name: `second`, `hour` or `day`.
    pub name: &'static str,
    /// Requests that the limit allows in its window.
    pub quota: u32,
    /// The window's length in seconds.
    pub window: i64,
    /// Requests left now.
    pub remaining: u32,
    /// Seconds until the limit is wholly free again, or until the window ends.
    pub reset: u64,
}

impl Usage {
    /// The usage as it stands at `now_ms`, with its windows moved on.
    #[must_use]
    pub fn rolled_to(self, now_ms: i64) -> Self {
        Self {
            hour: self.hour.rolled_to(now_ms, Period::Hour),
            day: self.day.rolled_to(now_ms, Period::Day),
            ..self
        }
    }

    fn window(&self, period: Period) -> Window {
        match period {
            Period::Hour => self.hour,
            Period::Day => self.day,
        }
    }

    /// Whether one more request may be admitted at `now_ms`, and the usage after it.
    ///
    /// The ceilings are looked at before the rate: a caller whose hour is used up is told so, and
    /// not to try again in a second.
    pub fn admit(self, limits: &Limits, now_ms: i64) -> Result<Self, Refusal> {
        let now = self.rolled_to(now_ms);
        let mut retry_after = None;
        for period in [Period::Hour, Period::Day] {
            let Some(limit) = limits.of(period) else { continue };
            let window = now.window(period);
            if window.calls >= window.ceiling(limit, now_ms, period) {
                retry_after = retry_after.max(Some(window.wait_seconds(limit, now_ms, period)));
            }
        }
        if let Some(retry_after) = retry_after {
            return Err(Refusal::Ceiling { retry_after });
        }
        let early_us = now.busy_until_us - latest_busy_until_us(limits, now_ms);
        if early_us > 0 {
            return Err(Refusal::Rate { retry_after: whole_seconds(early_us) });
        }
        Ok(Self {
            busy_until_us: now.busy_until_us.max(now_ms * 1_000) + limits.interval_us(),
            hour: Window { calls: now.hour.calls + 1, ..now.hour },
            day: Window { calls: now.day.calls + 1, ..now.day },
        })
    }

    /// What is left of each limit at `now_ms`.
    #[must_use]
    pub fn allowances(&self, limits: &Limits, now_ms: i64) -> Vec<Allowance> {
        let now = self.rolled_to(now_ms);
        let free_us = latest_busy_until_us(limits, now_ms) - now.busy_until_us;
        let free = if free_us < 0 { 0 } else { free_us / limits.interval_us() + 1 };
        let mut allowances = vec![Allowance {
            name: "second",
            quota: limits.burst,
            window: i64::from(limits.burst.div_ceil(limits.per_second)),
            remaining: u32::try_from(free).unwrap_or(u32::MAX).min(limits.burst),
            reset: whole_seconds(now.busy_until_us - now_ms * 1_000),
        }];
        for (name, period) in [("hour", Period::Hour), ("day", Period::Day)] {
            let Some(quota) = limits.of(period) else { continue };
            let window = now.window(period);
            let rest_ms = period.ms() - window.elapsed_ms(now_ms, period);
            allowances.push(Allowance {
                name,
                quota,
                window: period.seconds(),
                remaining: window.ceiling(quota, now_ms, period).saturating_sub(window.calls),
                reset: whole_seconds(rest_ms * 1_000),
            });
        }
        allowances
    }
}

/// The latest `busy_until` with which a request at `now_ms` still conforms to the rate.
#[must_use]
pub fn latest_busy_until_us(limits: &Limits, now_ms: i64) -> i64 {
    now_ms * 1_000 + i64::from(limits.burst - 1) * limits.interval_us()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Tier;

    const HOUR_MS: i64 = 3_600_000;
    /// A full hour, and midnight.
    const START_MS: i64 = 20_000 * 24 * HOUR_MS;

    fn limits() -> Limits {
        Limits { per_hour: Some(5), per_day: 8, burst: 2, ..Tier::Partner.limits() }
    }

    fn admit_all(mut usage: Usage, limits: &Limits, times_ms: &[i64]) -> (Usage, Vec<bool>) {
        let mut admitted = Vec::new();
        for &now_ms in times_ms {
            let outcome = usage.admit(limits, now_ms);
            admitted.push(outcome.is_ok());
            usage = outcome.unwrap_or(usage);
        }
        (usage, admitted)
    }

    #[test]
    fn a_burst_is_admitted_and_then_the_rate_holds() {
        let times = [0, 0, 0, 999, 1_000, 1_001, 2_000].map(|ms| START_MS + ms);
        let (_, admitted) = admit_all(Usage::default(), &limits(), &times);
        assert_eq!(admitted, [true, true, false, false, true, false, true]);
    }

    #[test]
    fn a_refusal_says_when_to_come_back_and_that_is_true() {
        let times: Vec<i64> = (0..5).map(|n| START_MS + n * 2_000).collect();
        let (usage, _) = admit_all(Usage::default(), &limits(), &times);
        let now_ms = START_MS + 10_000;
        let Err(Refusal::Ceiling { retry_after }) = usage.admit(&limits(), now_ms) else {
            panic!("the sixth request of the hour was not refused");
        };
        let retry_ms = now_ms + i64::try_from(retry_after).unwrap() * 1_000;
        assert!(usage.admit(&limits(), retry_ms).is_ok());
        assert!(usage.admit(&limits(), retry_ms - 2_000).is_err());
    }

    #[test]
    fn nobody_gains_from_the_edge_of_an_hour() {
        let before: Vec<i64> = (0..5).map(|n| START_MS + HOUR_MS - 10_000 + n * 2_000).collect();
        let (usage, admitted) = admit_all(Usage::default(), &limits(), &before);
        assert_eq!(admitted, [true; 5]);
        let after: Vec<i64> = (0..5).map(|n| START_MS + HOUR_MS + 10_000 + n * 2_000).collect();
        let (_, admitted) = admit_all(usage, &limits(), &after);
        assert_eq!(admitted, [false; 5]);
    }

    #[test]
    fn the_day_has_a_ceiling_of_its_own() {
        let spread: Vec<i64> = (0..9).map(|n| START_MS + n * 2 * HOUR_MS).collect();
        let (usage, admitted) = admit_all(Usage::default(), &limits(), &spread);
        assert_eq!(admitted.iter().filter(|&&ok| ok).count(), 8);
        assert_eq!(usage.day.calls, 8);
    }

    proptest! {
        #[test]
        fn no_hour_and_no_day_admits_more_than_its_limit(
            mut offsets in proptest::collection::vec(0..4 * HOUR_MS, 0..200),
            per_hour in 1..20_u32,
            per_day in 1..40_u32,
        ) {
            offsets.sort_unstable();
            let limits = Limits { per_second: 10, burst: 10, per_hour: Some(per_hour), per_day, ..limits() };
            let times: Vec<i64> = offsets.iter().map(|offset| START_MS + offset).collect();
            let (_, admitted) = admit_all(Usage::default(), &limits, &times);
            for hour in 0..4 {
                let in_hour = |time: i64| (time - START_MS) / HOUR_MS == hour;
                let count = times.iter().zip(&admitted).filter(|&(&time, &ok)| ok && in_hour(time));
                prop_assert!(count.count() <= per_hour as usize);
            }
            prop_assert!(admitted.iter().filter(|&&ok| ok).count() <= per_day as usize);
        }

        #[test]
        fn a_refusal_always_names_a_time_at_which_the_request_is_admitted(
            mut offsets in proptest::collection::vec(0..3 * HOUR_MS, 1..60),
            per_hour in 1..8_u32,
        ) {
            offsets.sort_unstable();
            let limits = Limits { per_hour: Some(per_hour), per_day: 500, ..limits() };
            let mut usage = Usage::default();
            for offset in offsets {
                let now_ms = START_MS + offset;
                match usage.admit(&limits, now_ms) {
                    Ok(next) => usage = next,
                    Err(refusal) => {
                        let wait = i64::try_from(refusal.retry_after().unwrap()).unwrap() * 1_000;
                        prop_assert!(usage.admit(&limits, now_ms + wait).is_ok(), "{usage:?} {now_ms} {refusal:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn extreme_limits_do_no_harm() {
        let extreme = Limits {
            per_second: u32::MAX,
            burst: u32::MAX,
            per_hour: None,
            per_day: 0,
            ..limits()
        };
        assert!(Usage::default().admit(&extreme, START_MS).is_err());
        assert_eq!(Usage::default().allowances(&extreme, START_MS).len(), 2);
    }

    #[test]
    fn a_clock_behind_does_not_reopen_a_window() {
        let (usage, _) = admit_all(Usage::default(), &limits(), &[START_MS + HOUR_MS]);
        assert_eq!(usage.rolled_to(START_MS + HOUR_MS - 1).hour, usage.hour);
    }

    #[test]
    fn allowances_count_down() {
        let (usage, _) = admit_all(Usage::default(), &limits(), &[START_MS]);
        let left: Vec<(&str, u32)> = usage
            .allowances(&limits(), START_MS)
            .iter()
            .map(|allowance| (allowance.name, allowance.remaining))
            .collect();
        assert_eq!(left, [("second", 1), ("hour", 4), ("day", 7)]);
    }
}
