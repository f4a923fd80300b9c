//! # lvs-testbed
//!
//! A swarm on one machine: a process for every node, each with its own UDP socket on loopback, fed from a file while
//! packets are lost, nodes lie and memory is overwritten. In the end every honest replica is compared with the sums
//! taken straight from the file.

#![forbid(unsafe_code)]

mod child;
mod covered;
mod crew;
mod fed;
mod input;
pub mod limits;
mod loss;
mod lying;
mod member;
mod message;
mod plan;
mod report;
mod run;
mod verdict;

pub use child::MEMBER_COMMAND;
pub use input::{Contribution, InvalidInput, Ledger, Part, SHIPPED};
pub use lvs_simulator::Lie;
pub use member::run_member;
pub use plan::{Options, Plan};
pub use report::table;
pub use run::{Failure, run};
pub use verdict::{Damage, Lost, Spread, Verdict};
