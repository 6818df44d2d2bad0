#![doc = include_str!("../README.md")]

mod aws;
mod settings;

pub use aws::aws_config;
pub use settings::{SettingError, setting};

/// Starts logging: one JSON line an event, as Lambda is configured.
pub fn start_logging() {
    lambda_runtime::tracing::init_default_subscriber();
}
