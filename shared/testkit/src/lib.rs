#![doc = include_str!("../README.md")]
#![expect(clippy::missing_panics_doc, reason = "a test's helpers panic whenever anything is wrong")]
#![expect(clippy::expect_used, reason = "a test's helpers panic whenever anything is wrong")]

mod event;
mod server;

pub use event::Event;
pub use server::Server;
