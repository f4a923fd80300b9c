//! # lvs-simulator
//!
//! The machine that tries to break the protocol. It runs the protocol's own nodes on a simulated network, in one thread and
//! as fast as the processor goes: with loss, delay, jitter, reordering, duplicates, replays, corruption, partitions, deaths,
//! clocks that run apart, slow nodes, and hostile nodes. Checkers watch every honest node after every event. Everything
//! follows from one seed, so that a failing run can be played again, bit for bit.
//!
//! A [`Scenario`] says what happens; `node/simulator/scenarios` holds those with a name, and [`random`] draws others.
//! [`run`] plays one, [`soak`] many at once, and [`shrink`] makes a failing one smaller.
//!
//! ```
//! use lvs_simulator::{random, run};
//!
//! let outcome = run(&random(7));
//! assert_eq!(outcome.violation, None);
//! ```
#![forbid(unsafe_code)]

mod accepted;
mod adversary;
mod broken;
mod checks;
mod clock;
mod conditions;
mod deeds;
mod events;
mod faults;
mod host;
mod member;
mod names;
mod network;
mod partition;
mod scenario;
mod soak;
mod streams;
mod swarm;
mod truth;

pub use adversary::{Liar, Lie};
pub use broken::Broken;
pub use checks::{Checker, Violation};
pub use conditions::Conditions;
pub use deeds::Deed;
pub use partition::{Nodes, Partition};
pub use scenario::{Contribute, Expect, Outcome, Overwrite, Refused, Scenario, Step, random, run, shrink};
pub use soak::soak;
pub use swarm::{CYCLE, Swarm};
pub use truth::Mismatch;
