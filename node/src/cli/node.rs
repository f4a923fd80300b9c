//! `lvs node`: one node with a fixed list of peers.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::Args;
use lvs_kernels::{Backend, Engine};
use lvs_node::protocol::{Config, Node, Peer};
use lvs_node::state::Session;
use lvs_node::swarm::run_member;
use lvs_node::transport::{Driver, Lossy, Udp};
use serde::Deserialize;

use super::End;

/// Run one node with the peers that a file names.
///
/// The file is TOML: `listen`, `session` (32 hexadecimal digits), `fragments`, optionally `replicas`, `cycle` and
/// `founding = true` for nodes that trust each other from the start, and a `[[peers]]` for every other node with its
/// `session` and `address`.
#[derive(Args)]
pub(super) struct Arguments {
    /// What the node is told at its start.
    #[arg(long, value_name = "FILE", required_unless_present = "member")]
    config: Option<PathBuf>,
    /// Take orders on standard input: how `lvs swarm` runs its nodes.
    #[arg(long, hide = true)]
    member: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    listen: SocketAddr,
    session: String,
    fragments: u32,
    replicas: Option<usize>,
    cycle: Option<String>,
    #[serde(default)]
    founding: bool,
    #[serde(default)]
    peers: Vec<FilePeer>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FilePeer {
    session: String,
    address: SocketAddr,
}

pub(super) fn main(arguments: &Arguments) -> Result<(), End> {
    let Some(path) = arguments.config.as_ref().filter(|_| !arguments.member) else {
        return run_member().map_err(End::failed);
    };
    let config = read(path)?;
    let socket = Udp::bind(config.own.address)
        .map_err(|error| End::Failed(format!("listen: {}: {error}", config.own.address)))?;
    let engine = Engine::with_threads(Backend::Auto, Some(1)).map_err(End::usage)?;
    tracing::info!(session = %config.own.session, backend = engine.choice(), "node");
    let node = Node::new(config, engine, seed(), Duration::ZERO).map_err(End::usage)?;
    // The commander is kept: without one the driver would end.
    let (driver, _commander) =
        Driver::new(node, Lossy::new(socket, 0.0, 0), None, Instant::now()).map_err(End::failed)?;
    driver.run().map_err(End::failed)
}

/// Randomness of the system, by way of the hasher that the standard library seeds with it.
fn seed() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one("lvs node")
}

fn read(path: &Path) -> Result<Config, End> {
    let refuse = |error: &dyn std::fmt::Display| End::Usage(format!("--config: {}: {error}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| refuse(&error))?;
    let file: File = toml::from_str(&text).map_err(|error| refuse(&error))?;
    config(&file).map_err(|error| refuse(&error))
}

fn config(file: &File) -> Result<Config, String> {
    let own = Peer { session: session(&file.session)?, address: file.listen };
    let peer = |peer: &FilePeer| Ok(Peer { session: session(&peer.session)?, address: peer.address });
    let peers = file.peers.iter().map(peer).collect::<Result<_, String>>()?;
    let mut config = Config::new(own, peers, file.fragments);
    config.replicas = file.replicas.unwrap_or(config.replicas);
    if let Some(cycle) = &file.cycle {
        config.cycle =
            humantime::parse_duration(cycle).map_err(|error| format!("cycle: '{cycle}': {error}"))?;
    }
    if file.founding {
        config.initial_trust = u16::MAX;
    }
    Ok(config)
}

fn session(text: &str) -> Result<Session, String> {
    let mismatch = || format!("session: got '{text}', expected 32 hexadecimal digits");
    if text.len() != 32 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(mismatch());
    }
    let number = u128::from_str_radix(text, 16).map_err(|_| mismatch())?;
    Ok(Session(number.to_be_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_becomes_a_configuration() {
        let text = "listen = '127.0.0.1:4000'\nsession = '000102030405060708090a0b0c0d0e0f'\nfragments = 2\n\
                    cycle = '50ms'\n[[peers]]\nsession = 'ffffffffffffffffffffffffffffffff'\naddress = '[::1]:1'\n";
        let config = config(&toml::from_str(text).unwrap()).unwrap();
        assert_eq!(config.own.session.to_string(), "000102030405060708090a0b0c0d0e0f");
        assert_eq!((config.peers.len(), config.fragments, config.cycle.as_millis()), (1, 2, 50));
    }

    #[test]
    fn sessions_are_checked() {
        for text in ["", "12", "+0000000000000000000000000000000", "zz0102030405060708090a0b0c0d0e0f"] {
            assert!(session(text).unwrap_err().contains("32 hexadecimal digits"), "{text}");
        }
    }
}
