//! A swarm on one machine: a process for every node, each with its own UDP socket on loopback, fed from a file while
//! packets are lost, nodes lie and memory is overwritten. In the end every honest replica is compared with the sums
//! taken straight from the file.

mod child;
mod crew;
mod fed;
mod input;
mod member;
mod message;
mod outcome;
mod plan;
mod report;
mod run;

pub use input::{Contribution, InvalidInput, Ledger, Part, SHIPPED};
pub use member::run_member;
pub use outcome::{Damage, Lost, Outcome, Spread};
pub use plan::{Options, Plan};
pub use report::table;
pub use run::{Failure, run};
