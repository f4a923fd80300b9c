//! `lvs node`: one node with a fixed list of peers.

mod file;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Args;
use lvs_kernels::{Backend, Engine};
use lvs_protocol::{Node, REPLICAS_MIN};
use lvs_runtime::{Driver, Udp};

use file::Configured;

use super::End;
use crate::output;

/// Run one node with the peers that a file names.
///
/// The file is TOML. It has `listen` (an address), `session` (32 hexadecimal digits) and `fragments` (how many the ledger
/// has), and may have `replicas`, `cycle`, and `founding = true` for nodes that trust each other from the start. Every
/// other node is a `[[peers]]` with its `session` and `address`. The node prints the address that it listens on.
///
/// A node's keys follow from its session, so whoever has the file can write in the name of any of them. Keep it among
/// those who run the nodes.
#[derive(Args)]
pub(super) struct Arguments {
    /// The node's configuration; - for standard input.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

pub(super) fn main(arguments: &Arguments) -> Result<(), End> {
    let Configured { config, listen, links } = file::read(&arguments.config)?;
    let socket = Udp::bind(listen).map_err(|error| End::Failed(format!("listen: {listen}: {error}")))?;
    // The system has chosen the port if the file names none.
    let address = socket.local_address().map_err(End::failed)?;
    let holders = config.replicas.min(config.peers.len() + 1);
    if holders < REPLICAS_MIN {
        tracing::warn!(holders, "a fragment should have at least {REPLICAS_MIN} holders to survive faults");
    }
    let engine = Engine::with_threads(Backend::Auto, Some(1)).map_err(End::library)?;
    tracing::info!(id = %config.keys.id(), backend = engine.choice(), "node");
    // A node that nobody watches runs on.
    let _ = output::print(&format!("listening on {address}"));
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|error| End::Failed(format!("randomness of the system: {error}")))?;
    let node = Node::new(config, engine, seed, Duration::ZERO).map_err(End::usage)?;
    // The commander is kept: without one the driver would end.
    let (driver, _commander) = Driver::new(node, socket, links, Instant::now()).map_err(End::failed)?;
    driver.run().map_err(End::failed)
}
