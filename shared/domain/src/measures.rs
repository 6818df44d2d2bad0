//! Measures against a client, and favours: each with a reason, most with an end.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Limits, Overrides};

/// Something that holds for a registration for a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measure {
    /// When it ends by itself, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// Why, in the operator's words; the user is told.
    pub reason: String,
}

/// Limits that hold for a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitsMeasure {
    /// The limits that differ.
    pub limits: Overrides,
    /// When they end, why they are so.
    #[serde(flatten)]
    pub measure: Measure,
}

/// All that holds for a registration beside its tier.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measures {
    /// Limits in place of the tier's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<LimitsMeasure>,
    /// Limits that lower whatever else is in force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub throttle: Option<LimitsMeasure>,
    /// No bulk coding.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bulk_restriction: Option<Measure>,
    /// No coding at all, until the current terms are accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms_restriction: Option<Measure>,
    /// No access at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspension: Option<Measure>,
}

impl Measure {
    /// Whether it holds at `now`.
    #[must_use]
    pub fn holds_at(&self, now: Timestamp) -> bool {
        self.until.is_none_or(|until| now < until)
    }
}

fn holds(measure: Option<&Measure>, now: Timestamp) -> bool {
    measure.is_some_and(|measure| measure.holds_at(now))
}

fn limits_at(measure: Option<&LimitsMeasure>, now: Timestamp) -> Overrides {
    let in_force = measure.filter(|limits| limits.measure.holds_at(now));
    in_force.map(|limits| limits.limits).unwrap_or_default()
}

impl Measures {
    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether all access is closed at `now`.
    #[must_use]
    pub fn suspend_at(&self, now: Timestamp) -> bool {
        holds(self.suspension.as_ref(), now)
    }

    /// Whether all coding is closed at `now`.
    #[must_use]
    pub fn bar_coding_at(&self, now: Timestamp) -> bool {
        self.suspend_at(now) || holds(self.terms_restriction.as_ref(), now)
    }

    /// Whether bulk coding is closed at `now`.
    #[must_use]
    pub fn bar_bulk_at(&self, now: Timestamp) -> bool {
        self.bar_coding_at(now) || holds(self.bulk_restriction.as_ref(), now)
    }

    /// These limits, as the measures change them at `now`.
    #[must_use]
    pub fn applied_to(&self, limits: Limits, now: Timestamp) -> Limits {
        limits
            .with(limits_at(self.limits.as_ref(), now))
            .lowered_to(limits_at(self.throttle.as_ref(), now))
    }

    /// These measures without those that have ended by `now`.
    #[must_use]
    pub fn without_ended(mut self, now: Timestamp) -> Self {
        self.limits = self.limits.filter(|limits| limits.measure.holds_at(now));
        self.throttle = self.throttle.filter(|limits| limits.measure.holds_at(now));
        self.bulk_restriction = self.bulk_restriction.filter(|measure| measure.holds_at(now));
        self.suspension = self.suspension.filter(|measure| measure.holds_at(now));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Tier;

    fn measure(until: &str) -> Measure {
        Measure { until: Some(until.parse().unwrap()), reason: "a reason".to_owned() }
    }

    #[test]
    fn a_measure_ends_at_its_end() {
        let before: Timestamp = "2026-12-01T00:00:00Z".parse().unwrap();
        let end: Timestamp = "2026-12-02T00:00:00Z".parse().unwrap();
        let measures =
            Measures { suspension: Some(measure("2026-12-02T00:00:00Z")), ..Measures::default() };
        assert!(measures.suspend_at(before) && measures.bar_bulk_at(before));
        assert!(!measures.suspend_at(end) && !measures.bar_bulk_at(end));
        assert!(measures.without_ended(end).is_empty());
    }

    #[test]
    fn a_throttle_only_lowers_and_comes_after_limits() {
        let now: Timestamp = "2026-12-01T00:00:00Z".parse().unwrap();
        let set = |limits| Some(LimitsMeasure { limits, measure: measure("2026-12-02T00:00:00Z") });
        let measures = Measures {
            limits: set(Overrides { per_day: Some(50_000), ..Overrides::default() }),
            throttle: set(Overrides {
                per_day: Some(100),
                per_hour: Some(10),
                burst: Some(1_000),
                ..Overrides::default()
            }),
            ..Measures::default()
        };
        let limits = measures.applied_to(Tier::Partner.limits(), now);
        assert_eq!((limits.per_day, limits.per_hour, limits.burst), (100, Some(10), 5));
        let later: Timestamp = "2026-12-03T00:00:00Z".parse().unwrap();
        assert_eq!(measures.applied_to(Tier::Partner.limits(), later), Tier::Partner.limits());
    }
}
