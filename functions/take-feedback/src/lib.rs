#![doc = include_str!("../README.md")]

mod handle;

pub use handle::{Deps, handle, handle_at};
