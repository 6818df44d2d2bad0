#![doc = include_str!("../README.md")]

mod aws;
mod queue;
mod registry;
mod settings;

pub use aws::aws_config;
pub use queue::consume;
pub use registry::{RegistryFileError, registry};
pub use settings::{SettingError, number, setting};

/// Starts logging: one JSON line an event, as Lambda is configured.
pub fn start_logging() {
    lambda_runtime::tracing::init_default_subscriber();
    // A panic's message can hold the text that it stumbled over; its place is enough to mend it.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "panicked");
    }));
}
