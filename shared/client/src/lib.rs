#![doc = include_str!("../README.md")]

mod client;
mod error;
mod exchange;
mod model;
mod token;

pub use client::Client;
pub use domain::{Candidate, CodeStatus};
pub use error::{ClientError, Problem, RecordProblem};
pub use exchange::{Answer, Request};
pub use model::{CodedRecord, ModelDetails, Record, TopicDetails, TopicSummary};
pub use token::Credentials;
