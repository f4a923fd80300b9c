//! `lvs node`: one node with a fixed list of peers.

mod file;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Args;
use lvs_kernels::{Backend, Engine};
use lvs_node::protocol::{Node, REPLICAS_MIN};
use lvs_node::swarm::run_member;
use lvs_node::transport::{Driver, Lossy, Udp};

use super::{End, output};

/// Run one node with the peers that a file names.
///
/// The file is TOML. It has `listen` (an address), `session` (32 hexadecimal digits) and `fragments` (how many the ledger
/// has), and may have `replicas`, `cycle`, and `founding = true` for nodes that trust each other from the start. Every
/// other node is a `[[peers]]` with its `session` and `address`. The node prints the address that it listens on.
#[derive(Args)]
pub(super) struct Arguments {
    /// The node's configuration; - for standard input.
    #[arg(long, value_name = "FILE", required_unless_present = "member")]
    config: Option<PathBuf>,
    /// Take orders on standard input: how `lvs swarm` runs its nodes.
    #[arg(long, hide = true)]
    member: bool,
}

pub(super) fn main(arguments: &Arguments) -> Result<(), End> {
    let Some(path) = arguments.config.as_ref().filter(|_| !arguments.member) else {
        return run_member().map_err(End::failed);
    };
    let mut config = file::read(path)?;
    let socket = Udp::bind(config.own.address)
        .map_err(|error| End::Failed(format!("listen: {}: {error}", config.own.address)))?;
    // The system has chosen the port if the file names none.
    config.own.address = socket.local_address().map_err(End::failed)?;
    let holders = config.replicas.min(config.peers.len() + 1);
    if holders < REPLICAS_MIN {
        tracing::warn!(holders, "a fragment should have at least {REPLICAS_MIN} holders to survive faults");
    }
    let engine = Engine::with_threads(Backend::Auto, Some(1)).map_err(End::library)?;
    tracing::info!(session = %config.own.session, backend = engine.choice(), "node");
    // A node that nobody watches runs on.
    let _ = output::print(&format!("listening on {}", config.own.address));
    let seed = getrandom::u64().map_err(|error| End::Failed(format!("randomness of the system: {error}")))?;
    let node = Node::new(config, engine, seed, Duration::ZERO).map_err(End::usage)?;
    // The commander is kept: without one the driver would end.
    let (driver, _commander) =
        Driver::new(node, Lossy::new(socket, 0.0, 0), None, Instant::now()).map_err(End::failed)?;
    driver.run().map_err(End::failed)
}
