//! # lvs-node
//!
//! A leaderless LVS node. [`protocol::Node`] is the whole protocol as one state machine without sockets, clock or
//! randomness of its own: whoever drives it hands in datagrams and the time, and carries out what it asks for. The `lvs`
//! command, the tests' simulator and, later, a browser drive the same code.
//!
//! ```
//! use std::time::Duration;
//!
//! use lvs_kernels::{Backend, Engine};
//! use lvs_node::protocol::{Config, Input, Node, Output, Peer};
//! use lvs_node::state::Session;
//!
//! let address = |port| std::net::SocketAddr::from(([127, 0, 0, 1], port));
//! let peer = |i: u8| Peer { session: Session([i; 16]), address: address(4_000 + u16::from(i)) };
//! let config = Config::new(peer(1), vec![peer(2), peer(3)], 1);
//! let mut node = Node::new(config, Engine::with_threads(Backend::Auto, Some(1))?, 7, Duration::ZERO)?;
//!
//! let now = Duration::from_millis(5);
//! node.handle(now, Input::Contribute { cell: 17, amount: 2_500_000 })?;
//! loop {
//!     match node.poll_output() {
//!         Output::Transmit { to, datagram } => println!("send {} bytes to {to}", datagram.len()),
//!         Output::Event(event) => println!("{event:?}"),
//!         // Nothing more to do before this time, unless a datagram comes.
//!         Output::Timeout(at) => break assert!(at >= now),
//!     }
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Data flows one way: [`wire`] → [`state`] → kernel → [`state`] → [`wire`].
#![forbid(unsafe_code)]

pub mod hostile;
pub mod limits;
pub mod protocol;
mod random;
pub mod sim;
pub mod state;
pub mod swarm;
pub mod text;
pub mod transport;
pub mod wire;
