//! What a simulation tells.

use lvs_kernels::Engine;
use serde::Serialize;

use crate::population::Population;

/// The state after a cycle, and what happened since the record before. Values are in micro-VU.
///
/// Rows can only agree within the parts of the honest graph that edges connect, so spreads, errors and violations are
/// taken part by part.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Record {
    /// Cycles done.
    pub cycle: u64,
    /// The largest spread of a cell: largest minus smallest honest value.
    pub spread: u64,
    /// The mean spread of all cells.
    pub mean_spread: f64,
    /// How far the last thing that a hostile node said is, at the most, from the mean of those who heard it: of the
    /// receiver's part of the swarm if everyone is told something else, otherwise of all honest nodes.
    pub hostile_deviation: Option<u64>,
    /// The mean trust on edges from honest to honest nodes, as credit: 1 is all, 0 is what disagreement alone leaves,
    /// or less. None if there are no such edges.
    pub trust_in_honest: Option<f64>,
    /// The same on edges from honest to hostile nodes.
    pub trust_in_hostile: Option<f64>,
    /// Corrections that the rate limit changed since the last record.
    pub rate_limited: u64,
    /// Cells that the drain floor held since the last record.
    pub floored: u64,
    /// The largest correction of a cell since the last record.
    pub max_correction: u64,
    /// How far the mean of a cell is from where it started, at the most.
    pub mean_error: f64,
    /// How far a value is outside the range in which its part of the swarm started, at the most; 0 if none is.
    pub range_violation: u64,
    /// Nodes that newcomers replaced since the last record.
    pub replaced: usize,
    /// Seconds of drift since the last record, without attacks, churn and recording.
    pub seconds: f64,
}

/// What was made of the options.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Setup {
    /// Nodes, hostile ones among them.
    pub nodes: usize,
    /// Honest nodes.
    pub honest: usize,
    /// Hostile nodes.
    pub hostile: usize,
    /// Rows for what hostile nodes say.
    pub faces: usize,
    /// Edges that honest nodes compare along, either direction counted.
    pub edges: usize,
    /// Those of them that lead to honest nodes.
    pub honest_edges: usize,
    /// Edges of a file that were dropped because they lead from a node to itself.
    pub self_loops_dropped: usize,
    /// Edges of a file that were dropped because the same edge stood before.
    pub duplicates_dropped: usize,
    /// Parts that the graph of the honest nodes falls into.
    pub parts: usize,
    /// Honest nodes whose hostile neighbours weigh more than drift trims while all are trusted alike: nothing is
    /// promised for them and those that they reach.
    pub beyond_bound: usize,
    /// The attack's strength, if it has one.
    pub strength: Option<f64>,
    /// The backend, its threads, and why.
    pub backend: String,
    /// Threads in use.
    pub threads: usize,
    /// Seconds for the graph.
    pub graph_seconds: f64,
    /// Seconds for everything else before the first cycle.
    pub start_seconds: f64,
}

impl Setup {
    pub(super) fn new(nodes: usize, population: &Population, parts: usize, engine: &Engine) -> Self {
        let hostile = population.hostile();
        Self {
            nodes: if population.rows() == nodes { nodes + hostile } else { nodes },
            honest: population.rows(),
            hostile,
            faces: population.faces(),
            edges: population.graph().edges(),
            honest_edges: (0..population.rows()).map(|row| population.honest_neighbours(row).len()).sum(),
            self_loops_dropped: 0,
            duplicates_dropped: 0,
            parts,
            beyond_bound: population.beyond_bound(),
            strength: None,
            backend: engine.choice().into(),
            threads: engine.threads(),
            graph_seconds: 0.0,
            start_seconds: 0.0,
        }
    }
}

/// The bytes of a cycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Traffic {
    /// What drift cannot do without, each byte counted once, as if caches were perfect: every row's values read, honest
    /// rows' anchors read and new values written (8 bytes a cell each), and for each edge the neighbour's number
    /// (4 bytes) and the trust, read and, if it is learned, written (2 bytes each).
    pub touched: u64,
    /// The same with a read of the neighbour's cells for every edge, as if there were no caches: 8 bytes for each cell
    /// of each edge in place of every row's values once.
    pub gathered: u64,
}

impl Traffic {
    pub(super) fn of(population: &Population, cells: usize, learn_trust: bool) -> Self {
        let row = 8 * cells as u64;
        let rows = population.graph().rows() as u64;
        let honest = population.rows() as u64;
        let edges = population.graph().edges() as u64;
        let beside = 2 * honest * row + edges * if learn_trust { 8 } else { 6 };
        Self { touched: rows * row + beside, gathered: (honest + edges) * row + beside }
    }
}
