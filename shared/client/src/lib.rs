#![doc = include_str!("../README.md")]

#[cfg(feature = "cli")]
pub mod cli;
mod client;
mod error;
mod exchange;
mod model;
mod operation;
mod retry;
mod storage;
mod token;

pub use client::Client;
pub use domain::{Candidate, CodeStatus, OperationId, OperationStatus};
pub use error::{ClientError, Problem, RecordProblem};
pub use exchange::{Answer, Request};
pub use model::{
    CodedRecord, LineInput, ModelDetails, Record, ResultLine, TopicDetails, TopicSummary,
};
pub use operation::{Operation, UploadTarget};
pub use token::Credentials;
