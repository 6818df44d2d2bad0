#![doc = include_str!("../README.md")]

mod answer;
mod body;
mod bulk;
mod call;
mod caller;
mod openapi;
mod problem;
mod registrations;
mod serve;
mod usage;

pub use answer::{AlsoCoded, Answer, CodedRecord, ModelDetails, TopicDetails, TopicSummary};
pub use body::{BATCH_LIMIT, CodeRequest, CodeRequestError, EXPLANATIONS_LIMIT, RecordProblem};
pub use bulk::{OperationDetails, ResultLine, UploadTarget};
pub use call::{BODY_LIMIT, BodyError, Call, OperatorError, QueryError, TooLargeError};
pub use caller::{Caller, CallerError};
pub use openapi::document;
pub use problem::Problem;
pub use registrations::{
    Done, FeedbackTaken, FormTaken, OpenFeedback, RegistrationDetails, RegistrationHistory,
    RegistrationPage, ShownSecret, TermsVersions,
};
pub use serve::serve;
pub use usage::UsageDetails;
