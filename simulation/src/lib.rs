//! # lvs-simulation
//!
//! Swarms under attack, from a seed: [`topology`] draws the graph, [`population`] decides who is hostile, [`attack`]
//! what they say, [`churn`] replaces nodes by newcomers, [`Simulation`] runs it all cycle by cycle on any backend of
//! `lvs-kernels`, [`analysis`] tells how fast the graph could agree at best, and [`breakdown`] compares gossip rules.
//!
//! ```
//! use lvs_simulation::{Attack, Hostile, Options, Simulation, Topology};
//!
//! let options = Options {
//!     nodes: 64,
//!     topology: Topology::Groups { size: 16 },
//!     attack: Some(Attack::Edge),
//!     hostile: Hostile::Share(0.1),
//!     learn_trust: false,
//!     cycles: 200,
//!     ..Options::default()
//! };
//! let mut simulation = Simulation::new(&options)?;
//! let first = simulation.first()?;
//! let last = simulation.last().expect("there are cycles")?;
//! assert!(first.spread > 1_000_000 && last.spread == 0);
//! # Ok::<(), lvs_simulation::Error>(())
//! ```
//!
//! All that nodes compute is integer arithmetic of the kernels. Floating point appears in what adversaries compute and
//! in what observers report, in one order of steps, so that a seed gives the same run everywhere.
#![forbid(unsafe_code)]

pub mod agreement;
pub mod analysis;
pub mod attack;
pub mod bandwidth;
pub mod breakdown;
pub mod churn;
mod error;
pub mod population;
mod random;
mod room;
mod run;
pub mod topology;

pub use attack::Attack;
pub use error::{Argument, Error, Result};
pub use population::{Hostile, Population};
pub use random::Random;
pub use run::{Checkpoint, Options, Record, Setup, Simulation, Traffic};
pub use topology::Topology;
