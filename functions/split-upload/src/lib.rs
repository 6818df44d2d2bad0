#![doc = include_str!("../README.md")]

mod handle;

pub use handle::{Cut, Deps, SplitError, handle};
