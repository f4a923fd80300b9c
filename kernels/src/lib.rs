//! # lvs-kernels
//!
//! The arithmetic of drift-based consensus: drift (the correction vector), residuals, trust, reputation and cell
//! sampling, in integers, with the same bits on every backend and any number of threads.
//!
//! An [`Engine`] is made for a [`Backend`] and offers every kernel as a call with checked arguments; a [`Swarm`] steps
//! a whole pool of rows through cycles. There are no sockets here and no global state. A clock is looked at only when
//! [`Backend::Auto`] times a GPU against the processor, and to ask callers now and then whether to go on ([`GoOn`]); it
//! never changes a result.
//!
//! ```
//! use lvs_kernels::{Backend, DriftInput, DriftOutput, Engine};
//!
//! let engine = Engine::new(Backend::Auto)?;
//! let (values, liar) = ([2_000_000_i64; 4], [i64::MAX; 4]);
//! let (mut moved, mut residuals) = ([0; 4], [0; 3]);
//! let input = DriftInput {
//!     values: &values,
//!     neighbours: &[&[2_000_300; 4], &[2_000_600; 4], &liar],
//!     weights: &[16_383; 3],
//!     anchors: &values,
//!     cycle: 0,
//!     trim: true,
//!     hold: false,
//! };
//! let mut out = DriftOutput { values: &mut moved, correction: None, residuals: &mut residuals };
//! engine.drift(&input, &mut out)?;
//! // A third of the weight is trimmed from the top, and that is the liar.
//! assert_eq!(moved, [2_000_224; 4]);
//! # Ok::<(), lvs_kernels::Error>(())
//! ```
#![deny(unsafe_code)]

pub mod allocate;
mod auto;
mod backend;
mod cancel;
mod compute;
mod dispatch;
mod drift;
mod engine;
mod error;
#[cfg(gpu)]
mod gpu;
#[cfg(not(gpu))]
#[path = "gpu/absent.rs"]
mod gpu;
mod graph;
mod inventory;
mod memory;
mod mix;
mod network;
mod pairwise;
mod pool;
mod processor;
mod reputation;
mod rows;
mod sample;
mod state;
mod swarm;
mod threads;
mod trust;
pub mod vaultguard;
#[cfg(not(gpu))]
mod without_gpu;

pub use auto::Task;
pub use backend::{BACKEND_VARIABLE, Backend, BackendInfo, Level};
pub use cancel::GoOn;
pub use drift::{DriftInput, DriftOutput, DriftSummary};
pub use engine::Engine;
pub use error::{Argument, Error, InvalidArgument, Result};
#[cfg(gpu)]
pub use gpu::ADAPTER_VARIABLE;
pub use graph::Graph;
pub use inventory::backends;
pub use mix::below;
pub use pool::{Loss, PoolInput, PoolOutput};
pub use reputation::{Convergence, REPUTATION_ONE, ReputationOptions, TrustMatrix};
pub use rows::Rows;
pub use sample::{SAMPLE_CELLS_MAX, sample_cells};
pub use swarm::{Swarm, SwarmOptions};
pub use threads::THREADS_MAX;
pub use trust::{TRUST_FLOOR, TRUST_NEWCOMER, credit, update_trust, weights};
