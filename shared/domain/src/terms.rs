//! The terms of use: every version that was ever published, as it ships with the service.

use std::fmt::Write;

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use serde::Serialize;
use sha2::{Digest, Sha256};

/// Every version, oldest first. A new one is a file in `infra/terms/` and a line here.
const SHIPPED: [&str; 1] = [include_str!("../../../infra/terms/1.0.md")];

/// One version of the terms of use and the service level expectations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Terms {
    /// The version, as users name it when they accept it.
    pub version: String,
    /// From when on it is in force; midnight UTC.
    pub date: Date,
    /// Until when those who accepted an earlier one have time to accept this one; midnight UTC.
    pub accept_by: Date,
    /// The SHA-256 of the text's UTF-8, in hexadecimal.
    pub sha256: String,
    /// The whole text, which begins with the version and the dates.
    pub text: String,
}

/// A file of terms does not begin as it should.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a text of terms lacks a good `{0}` line at its beginning")]
pub struct TermsError(&'static str);

/// All versions of the terms, oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TermsCatalogue(Vec<Terms>);

impl Terms {
    /// Reads a text whose first lines are `Version: …`, `Date: …` and `Accept by: …`.
    pub fn read(text: &str) -> Result<Self, TermsError> {
        let value = |name: &'static str| {
            let line = text.lines().take(3).find_map(|line| line.strip_prefix(name));
            line.and_then(|rest| rest.strip_prefix(": ")).map(str::trim).ok_or(TermsError(name))
        };
        let date = |name| value(name)?.parse().map_err(|_| TermsError(name));
        Ok(Self {
            version: value("Version")?.to_owned(),
            date: date("Date")?,
            accept_by: date("Accept by")?,
            sha256: sha256(text),
            text: text.to_owned(),
        })
    }

    /// The end of the time to accept it.
    #[must_use]
    pub fn accept_by_instant(&self) -> Timestamp {
        instant(self.accept_by)
    }
}

impl TermsCatalogue {
    /// The versions that ship.
    pub fn shipped() -> Result<Self, TermsError> {
        Self::of(&SHIPPED)
    }

    /// These versions, oldest first.
    pub fn of(texts: &[&str]) -> Result<Self, TermsError> {
        texts.iter().map(|text| Terms::read(text)).collect::<Result<_, _>>().map(Self)
    }

    /// The version in force at `now`, if any is.
    #[must_use]
    pub fn current(&self, now: Timestamp) -> Option<&Terms> {
        self.0.iter().rev().find(|terms| instant(terms.date) <= now)
    }

    /// The versions that are or were in force at `now`, newest first.
    pub fn published(&self, now: Timestamp) -> impl Iterator<Item = &Terms> {
        self.0.iter().rev().filter(move |terms| instant(terms.date) <= now)
    }
}

/// The SHA-256 of a text's UTF-8, in hexadecimal.
pub(crate) fn sha256(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a text cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn instant(date: Date) -> Timestamp {
    TimeZone::UTC.to_timestamp(date.to_datetime(Time::midnight())).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ships_can_be_read_and_comes_in_order() {
        let TermsCatalogue(all) = TermsCatalogue::shipped().unwrap();
        assert!(all.is_sorted_by(|one, next| one.date < next.date));
        assert!(all.iter().all(|terms| terms.date <= terms.accept_by && terms.text.len() > 2_000));
    }

    #[test]
    fn the_version_in_force_is_the_newest_that_has_begun() {
        let text = |version: &str, date: &str| {
            format!("Version: {version}\nDate: {date}\nAccept by: {date}\n\ntext")
        };
        let texts = [text("1", "2026-01-01"), text("2", "2026-06-01")];
        let terms = TermsCatalogue::of(&[&texts[0], &texts[1]]).unwrap();
        let at =
            |time: &str| terms.current(time.parse().unwrap()).map(|terms| terms.version.as_str());
        assert_eq!(at("2025-12-31T23:59:59Z"), None);
        assert_eq!(at("2026-05-31T23:59:59Z"), Some("1"));
        assert_eq!(at("2026-06-01T00:00:00Z"), Some("2"));
        assert_eq!(Terms::read("Version: 1\nDate: soon\n").unwrap_err(), TermsError("Date"));
    }
}
