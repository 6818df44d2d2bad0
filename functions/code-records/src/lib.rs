#![doc = include_str!("../README.md")]

mod handle;
mod models;

pub use handle::{Deps, handle};
pub use models::{LoadedModel, Models, ModelsError};
