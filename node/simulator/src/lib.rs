//! # lvs-simulator
//!
//! The protocol on a simulated network, in one thread and as fast as the processor goes: seeded loss, delay, jitter,
//! duplicates, reordering and partitions, and hostile nodes. Everything follows from the seed, so that a failing run can be
//! played again: `LVS_SEED=<seed> cargo test`.
#![forbid(unsafe_code)]

mod adversary;
mod network;
mod swarm;

pub use adversary::{Liar, Lie};
pub use network::Conditions;
pub use swarm::{CYCLE, Swarm};
