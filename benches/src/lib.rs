//! What the benches share: seeded data, the engines of this machine, plain streams to compare with, and timing in
//! interleaved rounds.
#![forbid(unsafe_code)]

pub mod engines;
pub mod machine;
pub mod memory;
pub mod report;
pub mod stream;
pub mod timing;
pub mod workload;
