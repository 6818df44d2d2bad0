//! Starts `describe-topics`.
fn main() {}
