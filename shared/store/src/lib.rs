#![doc = include_str!("../README.md")]

#[cfg(feature = "clients")]
mod clients;
mod error;
mod quotas;
mod registrations;

#[cfg(feature = "clients")]
pub use clients::{Clients, Credentials};
pub use error::StoreError;
pub use quotas::{AdmitError, Quotas};
pub use registrations::{Registered, Registrations};

/// The SDK's own clients, for whoever starts the process or mocks below the SDK's edge.
pub mod sdk {
    #[cfg(feature = "clients")]
    pub use aws_sdk_cognitoidentityprovider as cognito;
    pub use aws_sdk_dynamodb as dynamodb;
}
