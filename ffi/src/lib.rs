//! # liblvs
//!
//! The C interface of [`lvs_kernels`]. What it promises to callers stands in `include/lvs.h`, which is made from this
//! crate; [`status`] and [`error`] say how a call ends, [`guard`] keeps panics inside, [`array`] checks what came in,
//! [`memory`] refuses what cannot be allocated.
#![deny(unsafe_op_in_unsafe_fn, clippy::undocumented_unsafe_blocks)]
#![allow(non_camel_case_types, reason = "the names are C's")]
#![allow(clippy::missing_safety_doc, reason = "lvs.h states the conventions once, for every function")]

#[cfg(panic = "abort")]
compile_error!("a panic must be caught at the edge: build with panic = \"unwind\"");

mod array;
mod backends;
mod constants;
mod drift;
mod engine;
mod error;
mod go_on;
mod graph;
mod guard;
mod handle;
mod memory;
mod pairwise;
mod pool;
mod reputation;
mod sample;
mod status;
mod swarm;
mod swarm_read;
mod trust;
mod version;

pub use backends::*;
pub use constants::*;
pub use drift::*;
pub use engine::*;
pub use error::lvs_last_error;
pub use graph::*;
pub use pairwise::*;
pub use pool::*;
pub use reputation::*;
pub use sample::*;
pub use status::lvs_status;
pub use swarm::*;
pub use swarm_read::*;
pub use trust::*;
pub use version::*;
