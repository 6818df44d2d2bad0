#![doc = include_str!("../README.md")]

mod code;
mod handle;

pub use handle::{Deps, handle};
