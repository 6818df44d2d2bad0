//! Starts `code-records`.
fn main() {}
