//! What the swarm's process and its nodes' processes tell each other: a line of JSON each.

use std::net::SocketAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// From the swarm to a node.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Order {
    /// Begin.
    Start(Start),
    /// Contribute these amounts (micro-VU) to these cells of the ledger.
    Contribute(Vec<(u64, i64)>),
    /// Overwrite a cell: fragment, cell, value.
    Corrupt(u32, u8, i64),
    /// Say how things are.
    Report,
}

/// What a node needs to begin.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Start {
    /// Which of the peers it is.
    pub own: usize,
    /// All nodes: session and address.
    pub peers: Vec<([u8; 16], SocketAddr)>,
    pub fragments: u32,
    pub replicas: usize,
    pub cycle: Duration,
    pub loss: f64,
    /// For the node's own randomness, and for what its socket loses.
    pub seeds: (u64, u64),
    /// The name of a lie, if it is to be hostile.
    pub lie: Option<String>,
}

/// From a node to the swarm.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Answer {
    /// Its socket's address.
    Listening(SocketAddr),
    /// How things are.
    Report(Report),
}

/// How things are at a node.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Report {
    pub cycle: u64,
    /// Held fragments and the values of their cells.
    pub fragments: Vec<(u32, Vec<i64>)>,
    /// Trust in other holders: fragment, id, trust.
    pub trust: Vec<(u32, [u8; 16], u16)>,
    pub sent: u64,
    pub bytes_sent: u64,
    pub refused: u64,
    pub rate_limited: u64,
    pub floored: u64,
    pub alarms: u64,
    pub unacknowledged: usize,
}
