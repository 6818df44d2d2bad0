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
pub use domain::{
    Candidate, Code, CodeStatus, Explanation, FollowUp, FollowUpOption, NearTitle, OperationId,
    OperationStatus, Weighed,
};
pub use error::{ClientError, Problem, RecordProblem};
pub use exchange::{Answer, Request};
pub use model::{
    AlsoCoded, CodedRecord, LineInput, ModelDetails, Record, ResultLine, TopicDetails,
    TopicSummary, Wishes,
};
pub use operation::{Operation, UploadTarget};
pub use token::Credentials;
