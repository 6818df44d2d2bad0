#![doc = include_str!("../README.md")]

mod answer;
mod body;
mod bulk;
mod call;
mod caller;
mod openapi;
mod problem;
mod serve;

pub use answer::{AlsoCoded, Answer, CodedRecord, ModelDetails, TopicDetails, TopicSummary};
pub use body::{BATCH_LIMIT, CodeRequest, CodeRequestError, EXPLANATIONS_LIMIT, RecordProblem};
pub use bulk::{OperationDetails, ResultLine, UploadTarget};
pub use call::{BODY_LIMIT, BodyError, Call, QueryError};
pub use caller::{Caller, CallerError};
pub use openapi::document;
pub use problem::Problem;
pub use serve::serve;
