//! Codes of an occupation classification and the five levels of its hierarchy.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A level of OSCA and of ANZSCO, both of which have the same five.
///
/// Ordered from the broadest to the finest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// One digit, for example `3` Technicians and Trades Workers.
    Major,
    /// Two digits.
    SubMajor,
    /// Three digits.
    Minor,
    /// Four digits, for example `3711`.
    UnitGroup,
    /// Six digits, for example `371131` Bricklayer. No code has five digits.
    Occupation,
}

impl Level {
    /// Every level, from the finest to the broadest: the order in which coding falls back.
    pub const FINEST_FIRST: [Self; 5] =
        [Self::Occupation, Self::UnitGroup, Self::Minor, Self::SubMajor, Self::Major];

    /// How many digits a code of this level has: 1, 2, 3, 4 or 6.
    #[must_use]
    pub const fn digits(self) -> usize {
        match self {
            Self::Major => 1,
            Self::SubMajor => 2,
            Self::Minor => 3,
            Self::UnitGroup => 4,
            Self::Occupation => 6,
        }
    }

    /// The level that a code of so many digits belongs to.
    #[must_use]
    pub const fn of_digits(digits: usize) -> Option<Self> {
        match digits {
            1 => Some(Self::Major),
            2 => Some(Self::SubMajor),
            3 => Some(Self::Minor),
            4 => Some(Self::UnitGroup),
            6 => Some(Self::Occupation),
            _ => None,
        }
    }
}

/// A code as it is written, unpadded: 1, 2, 3, 4 or 6 ASCII digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Code(String);

/// The text is not a code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a code: 1, 2, 3, 4 or 6 digits are expected")]
pub struct CodeError(String);

impl Code {
    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The level of this code, told by its length.
    #[must_use]
    pub fn level(&self) -> Level {
        match self.0.len() {
            1 => Level::Major,
            2 => Level::SubMajor,
            3 => Level::Minor,
            4 => Level::UnitGroup,
            _ => Level::Occupation,
        }
    }

    /// The code of the group of the given level that this code lies in: its first digits.
    /// `None` if `level` is finer than this code's own.
    #[must_use]
    pub fn at(&self, level: Level) -> Option<Self> {
        self.0.get(..level.digits()).map(|digits| Self(digits.to_owned()))
    }

    /// Whether this is the code of that group, or of anything beneath it.
    #[must_use]
    pub fn lies_in(&self, group: &Self) -> bool {
        self.0.starts_with(&group.0)
    }
}

impl TryFrom<String> for Code {
    type Error = CodeError;

    fn try_from(text: String) -> Result<Self, CodeError> {
        let all_digits = text.bytes().all(|byte| byte.is_ascii_digit());
        if all_digits && Level::of_digits(text.len()).is_some() {
            Ok(Self(text))
        } else {
            Err(CodeError(text))
        }
    }
}

impl FromStr for Code {
    type Err = CodeError;

    fn from_str(text: &str) -> Result<Self, CodeError> {
        Self::try_from(text.to_owned())
    }
}

impl From<Code> for String {
    fn from(code: Code) -> Self {
        code.0
    }
}

impl fmt::Display for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_1_2_3_4_or_6_digits() {
        for good in ["3", "37", "371", "3711", "371131"] {
            assert_eq!(good.parse::<Code>().map(String::from).as_deref(), Ok(good));
        }
        for bad in ["", "37113", "3711311", "37a1", "３", " 3"] {
            assert!(bad.parse::<Code>().is_err(), "{bad:?} was taken for a code");
        }
    }

    #[test]
    fn a_code_lies_in_the_groups_of_its_first_digits() -> Result<(), CodeError> {
        let bricklayer: Code = "371131".parse()?;
        assert_eq!(bricklayer.at(Level::UnitGroup), Some("3711".parse()?));
        assert_eq!(bricklayer.at(Level::Major), Some("3".parse()?));
        assert_eq!("37".parse::<Code>()?.at(Level::Minor), None);
        assert!(bricklayer.lies_in(&"37".parse()?) && bricklayer.lies_in(&bricklayer));
        assert!(
            !bricklayer.lies_in(&"3712".parse()?) && !"37".parse::<Code>()?.lies_in(&bricklayer)
        );
        Ok(())
    }
}
