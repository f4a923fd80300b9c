//! The `lvs` command.
fn main() {}
