#![doc = include_str!("../README.md")]

mod classification;
mod code;
mod coding;
mod failure;
mod limits;
mod record;
mod registration;
mod registry;
mod scores;
mod text;

pub use classification::{Classification, Group, LabelTableError};
pub use code::{Code, CodeError, Level};
pub use coding::{Candidate, CodeStatus, Coding, Scored, Suggestions, SuggestionsError};
pub use failure::{Failure, Kind};
pub use limits::{
    Allowance, Limits, Overrides, Period, Refusal, Usage, Window, latest_busy_until_us,
};
pub use record::{
    Field, Record, RecordError, RecordFault, RecordId, RecordRules, SYNCHRONOUS_TEXT_LIMIT,
};
pub use registration::{ClientId, Registration, RegistrationState, Tier, TierError};
pub use registry::{Model, ModelStatus, Registry, RegistryError, Selection, SelectionError, Topic};
pub use scores::Scores;
