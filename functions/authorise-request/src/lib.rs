#![doc = include_str!("../README.md")]

mod handle;
mod keys;
mod policy;
mod token;

pub use handle::{AuthorisationError, Deps, handle};
pub use keys::{Keys, KeysError};
pub use token::{Claims, Refused, Verifier, VerifyError};
