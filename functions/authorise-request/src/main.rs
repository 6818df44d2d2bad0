//! Starts `authorise-request`.
fn main() {}
