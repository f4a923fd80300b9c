//! # lvs-protocol
//!
//! What an LVS node is, without sockets, clock, threads, files or randomness of its own. [`Node`] is the whole protocol
//! as one state machine: whoever drives it hands in datagrams and the time, and carries out what it asks for. The `lvs`
//! command, the simulator and, later, a browser drive the same code.
//!
//! ```
//! use std::time::Duration;
//!
//! use lvs_kernels::{Backend, Engine};
//! use lvs_protocol::{Config, Input, Keys, LinkId, Node, NodeId, Output, Peer};
//!
//! let peer = |i: u8| Peer { id: NodeId::from_bytes([i; 16]), link: LinkId(u64::from(i)) };
//! let config = Config::new(Keys::from_seed([1; 32]), vec![peer(2), peer(3)], 1);
//! let mut node = Node::new(config, Engine::with_threads(Backend::Auto, Some(1))?, [7; 32], Duration::ZERO)?;
//!
//! let now = Duration::from_millis(5);
//! node.handle(now, Input::Contribute { cell: 17, amount: 2_500_000 })?;
//! loop {
//!     match node.poll_output() {
//!         Output::Transmit { to, datagram } => println!("send {} bytes over {to}", datagram.len()),
//!         Output::Open { address } => println!("hand in a link to {address}"),
//!         Output::Close { link } => println!("{link} is needed no more"),
//!         Output::Event(event) => println!("{event:?}"),
//!         // Nothing more to do before this time, unless a datagram comes.
//!         Output::Timeout(at) => break assert!(at >= now),
//!     }
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

mod address;
mod alarms;
mod argument;
mod budget;
mod cadence;
mod config;
mod counters;
mod exchange;
mod id;
mod keys;
pub mod ledger;
mod membership;
mod node;
mod outgoing;
mod pacing;
mod placement;
mod places;
pub mod random;
mod repair;
mod replica;
mod rules;
pub mod wire;

pub use address::Address;
pub use argument::{Argument, Invalid};
pub use config::{Config, HELD_MAX, Peer, REPLICAS_MIN};
pub use counters::Counters;
pub use id::{CellId, LinkId, NetworkId, NodeId};
pub use keys::{Keys, PublicKey, Signature};
pub use node::{Event, Input, Node, Output};
pub use placement::{Key, holders};
#[cfg(feature = "fault-injection")]
pub use rules::Rule;
