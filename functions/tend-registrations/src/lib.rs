#![doc = include_str!("../README.md")]

mod handle;

pub use handle::{Deps, Tick, handle};
