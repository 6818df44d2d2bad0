#![doc = include_str!("../README.md")]

#[cfg(feature = "clients")]
mod clients;
mod error;
#[cfg(feature = "bulk")]
mod files;
#[cfg(feature = "bulk")]
mod operations;
#[cfg(feature = "bulk")]
mod queues;
mod quotas;
mod registrations;

#[cfg(feature = "clients")]
pub use clients::{Clients, Credentials};
pub use error::StoreError;
#[cfg(feature = "bulk")]
pub use files::{Files, InflateError, Object, ReadError, Source, operations_uploaded};
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
    #[cfg(feature = "bulk")]
    pub use aws_sdk_sqs as sqs;
}
