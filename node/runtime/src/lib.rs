//! # lvs-runtime
//!
//! Runs a node of `lvs-protocol` on a machine: the only part of a node with sockets and a clock.
#![forbid(unsafe_code)]

mod driver;
mod links;
mod transport;
mod udp;

pub use driver::{Command, Commander, Driver};
pub use links::Links;
pub use transport::Transport;
pub use udp::Udp;
