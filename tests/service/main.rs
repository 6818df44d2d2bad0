#![doc = include_str!("../README.md")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod answers;
mod callers;
mod schema;
mod stack;

mod batch;
mod bulk;
mod errors;
mod hostile;
mod institution;
mod privacy;
#[cfg(target_os = "linux")]
mod processes;
mod quotas;
mod reasons;
mod registrations;
mod single;
mod template;
mod tokens;
mod topics;

mod functions;
