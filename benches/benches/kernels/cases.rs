//! What is timed, as a table.

use lvs_kernels::{Backend, Engine};

/// A kernel and its sizes.
#[derive(Clone, Copy, Debug)]
pub enum Case {
    /// One row of `cells` cells against `neighbours` others.
    Drift { neighbours: usize, cells: usize, trim: bool },
    /// A pool of `rows` rows, each against `neighbours` others.
    Pool { rows: usize, neighbours: usize, cells: usize, trim: bool },
    /// A cycle of a swarm of such rows that learns trust.
    Swarm { rows: usize, neighbours: usize, cells: usize },
    /// All pairs of `rows` rows.
    Pairwise { rows: usize, cells: usize },
    /// Trust and weights of one row's neighbours.
    Trust { neighbours: usize },
    /// Reputation over a random graph with this many edges from every node.
    Reputation { nodes: usize, edges_per_node: usize },
    /// `count` of `cells` cells.
    Sampling { cells: usize, count: usize },
}

/// A fragment has 256 cells; 1,024 are in the second-level cache with 15 neighbours; 262,144 are beyond it.
pub const CASES: &[Case] = &[
    Case::Drift { neighbours: 7, cells: 1_024, trim: true },
    Case::Drift { neighbours: 15, cells: 256, trim: true },
    Case::Drift { neighbours: 15, cells: 1_024, trim: true },
    Case::Drift { neighbours: 15, cells: 262_144, trim: true },
    Case::Drift { neighbours: 31, cells: 1_024, trim: true },
    Case::Drift { neighbours: 64, cells: 1_024, trim: true },
    Case::Drift { neighbours: 65, cells: 1_024, trim: true },
    Case::Drift { neighbours: 7, cells: 1_024, trim: false },
    Case::Drift { neighbours: 15, cells: 1_024, trim: false },
    Case::Drift { neighbours: 15, cells: 262_144, trim: false },
    Case::Drift { neighbours: 64, cells: 1_024, trim: false },
    Case::Pool { rows: 1_024, neighbours: 15, cells: 64, trim: true },
    Case::Pool { rows: 1_024, neighbours: 15, cells: 64, trim: false },
    Case::Swarm { rows: 1_024, neighbours: 15, cells: 64 },
    Case::Swarm { rows: 16_384, neighbours: 16, cells: 16 },
    Case::Swarm { rows: 16_384, neighbours: 15, cells: 1 },
    Case::Pairwise { rows: 256, cells: 256 },
    Case::Pairwise { rows: 33, cells: 10_007 },
    Case::Trust { neighbours: 15 },
    Case::Trust { neighbours: 4_096 },
    Case::Reputation { nodes: 5_881, edges_per_node: 6 },
    Case::Sampling { cells: 256, count: 64 },
];

impl Case {
    /// Kernel and sizes, as criterion's group name.
    pub fn name(&self) -> String {
        let rule = |trim| if trim { "trimming" } else { "averaging" };
        match *self {
            Self::Drift { neighbours, cells, trim } => {
                format!("drift {} K={neighbours} B={cells}", rule(trim))
            }
            Self::Pool { rows, neighbours, cells, trim } => {
                format!("pool {} N={rows} K={neighbours} B={cells}", rule(trim))
            }
            Self::Swarm { rows, neighbours, cells } => {
                format!("swarm step N={rows} K={neighbours} B={cells}")
            }
            Self::Pairwise { rows, cells } => format!("pairwise N={rows} B={cells}"),
            Self::Trust { neighbours } => format!("trust and weights K={neighbours}"),
            Self::Reputation { nodes, edges_per_node } => {
                format!("reputation N={nodes} E={}", nodes * edges_per_node)
            }
            Self::Sampling { cells, count } => format!("sampling {count} of {cells}"),
        }
    }

    /// Whether this engine runs other code here than those before it: some kernels are the same on every level, and
    /// some on any number of threads.
    pub fn differs_on(&self, engine: &Engine) -> bool {
        match self {
            Self::Trust { .. } | Self::Sampling { .. } => *engine.backend() == Backend::Scalar,
            Self::Reputation { .. } => *engine.backend() == Backend::Scalar || engine.threads() > 1,
            Self::Drift { cells, .. } => engine.threads() == 1 || *cells > 100_000,
            _ => true,
        }
    }
}
