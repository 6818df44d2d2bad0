#![doc = include_str!("../README.md")]

#[cfg(feature = "institution")]
mod applications;
#[cfg(feature = "clients")]
mod clients;
mod days;
mod error;
#[cfg(feature = "institution")]
mod feedback;
#[cfg(feature = "bulk")]
mod files;
#[cfg(feature = "institution")]
mod mailer;
#[cfg(feature = "bulk")]
mod operations;
#[cfg(feature = "bulk")]
mod queues;
mod quotas;
mod registrations;
#[cfg(any(feature = "bulk", feature = "institution"))]
mod transaction;

#[cfg(feature = "institution")]
pub use applications::{Applications, Link};
#[cfg(feature = "clients")]
pub use clients::{Clients, Credentials};
pub use days::DayUse;
pub use error::StoreError;
#[cfg(feature = "institution")]
pub use feedback::FeedbackBox;
#[cfg(feature = "bulk")]
pub use files::{Files, InflateError, Object, ReadError, Source, operations_uploaded};
#[cfg(feature = "institution")]
pub use mailer::Mailer;
#[cfg(feature = "bulk")]
pub use operations::{Operations, Recorded};
#[cfg(feature = "bulk")]
pub use queues::{ChunkMessage, FinishMessage, Queues};
pub use quotas::Quotas;
pub use registrations::{Registered, Registrations};

/// The SDK's own clients, for whoever starts the process or mocks below the SDK's edge.
pub mod sdk {
    #[cfg(feature = "clients")]
    pub use aws_sdk_cognitoidentityprovider as cognito;
    pub use aws_sdk_dynamodb as dynamodb;
    #[cfg(feature = "bulk")]
    pub use aws_sdk_s3 as s3;
    #[cfg(feature = "institution")]
    pub use aws_sdk_sesv2 as ses;
    #[cfg(feature = "bulk")]
    pub use aws_sdk_sqs as sqs;
}
