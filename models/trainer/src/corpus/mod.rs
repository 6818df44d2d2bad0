//! The training text: how it is read, cleaned and given its ANZSCO codes.

mod clean;
mod correspondence;
mod make;
mod table;

pub use correspondence::Correspondence;
pub use make::make;
pub use table::{Record, read};
