#![doc = include_str!("../README.md")]

mod error;
mod mail;
mod registrar;
mod tend;
mod token;

pub use error::RegistrarError;
pub use registrar::{Kept, Registrar};
pub use token::Token;
