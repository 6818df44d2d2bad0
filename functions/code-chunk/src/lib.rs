#![doc = include_str!("../README.md")]

mod code;
mod handle;

pub use code::{CodeError, code_lines};
pub use handle::{ChunkError, Deps, handle};
