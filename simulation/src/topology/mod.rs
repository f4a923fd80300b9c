//! Who compares with whom in a simulated swarm: seeded graphs, undirected, without loops and double edges.
//!
//! The same topology, number of nodes and seed give the same graph on every machine and in every release, which no
//! library of generators promises; and a graph takes no more memory than a few lists of its edges, so that 10^6 nodes
//! with sixteen neighbours each are ready in seconds.

mod edges;
mod file;
mod random;
mod regular;

use std::path::PathBuf;

use lvs_kernels::allocate::{collected, expect_room, reserved};
use lvs_kernels::vaultguard::NEIGHBOURS_MAX;
use lvs_kernels::{GoOn, Graph};
use serde::{Deserialize, Serialize};

use crate::error::{Argument, Error, Result};
use crate::random::Random;
pub use edges::{components, components_while, undirected};
pub use file::EdgeList;

/// A kind of graph. `degree` is the number of neighbours of each node, or of a node on average.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Topology {
    /// Complete groups side by side, as replica groups are: as many as have room for `size` nodes each; what is left
    /// over joins them one by one. Groups are not connected to each other.
    Groups {
        /// Nodes in a group.
        size: usize,
    },
    /// A ring on which each node knows the `degree` nearest; an even number. Connected.
    Ring {
        /// Neighbours of each node.
        degree: usize,
    },
    /// Every node has exactly `degree` random neighbours. Connected if that is 3 or more.
    Regular {
        /// Neighbours of each node; nodes times neighbours must be even.
        degree: usize,
    },
    /// A ring with shortcuts: each edge is moved to a random node with probability `rewire` (Watts, Strogatz,
    /// "Collective dynamics of 'small-world' networks", Nature 1998).
    WattsStrogatz {
        /// Neighbours of each node on the ring; an even number.
        degree: usize,
        /// The probability that an edge is moved.
        rewire: f64,
    },
    /// Newcomers join `degree / 2` nodes, preferring those with many neighbours (Barabási, Albert, "Emergence of
    /// scaling in random networks", Science 1999). A node with 4,096 neighbours, the most drift can take, takes no
    /// more. Connected.
    BarabasiAlbert {
        /// Neighbours of a node on average; an even number.
        degree: usize,
    },
    /// Any `nodes * degree / 2` different edges, all sets alike likely (Erdős, Rényi 1959).
    ErdosRenyi {
        /// Neighbours of a node on average.
        degree: usize,
    },
    /// Two cliques of half the nodes each, and each node also joined to `bridges` of the other side: with 26 nodes and
    /// 8 bridges the graph of Gaucher, Dieuleveut, Hendrikx, "Unified Breakdown Analysis for Byzantine Robust Gossip",
    /// ICML 2025. Connected if there are bridges.
    TwoWorlds {
        /// Neighbours of each node on the other side.
        bridges: usize,
    },
    /// The edges that a file lists, or standard input if the path is `-`. Each line has two node numbers with blanks,
    /// tabs, commas or semicolons between. Further columns, what follows `#` or `%`, and a first line without numbers
    /// are passed over. Numbers are any of 64 bits; the nodes are those that occur, in the order of their numbers.
    /// Self-loops and duplicates are dropped and counted.
    File {
        /// Where the file is.
        path: PathBuf,
        /// The first node of a line compares with the second, and not also the second with the first.
        #[serde(default)]
        directed: bool,
    },
}

impl Topology {
    /// What can be asked for by name.
    pub const NAMES: [&str; 7] =
        ["groups", "ring", "regular", "watts-strogatz", "barabasi-albert", "erdos-renyi", "two-worlds"];

    /// Its name, or the file's path.
    pub fn name(&self) -> String {
        match self {
            Self::Groups { .. } => "groups".into(),
            Self::Ring { .. } => "ring".into(),
            Self::Regular { .. } => "regular".into(),
            Self::WattsStrogatz { .. } => "watts-strogatz".into(),
            Self::BarabasiAlbert { .. } => "barabasi-albert".into(),
            Self::ErdosRenyi { .. } => "erdos-renyi".into(),
            Self::TwoWorlds { .. } => "two-worlds".into(),
            Self::File { path, .. } => path.display().to_string(),
        }
    }

    /// Whether it is read from a file, which decides the number of nodes itself.
    pub fn is_file(&self) -> bool {
        matches!(self, Self::File { .. })
    }

    /// About how many edges a graph of `nodes` nodes has, both directions counted; none for a file, where nobody knows.
    pub(crate) fn edges_about(&self, nodes: usize) -> Option<usize> {
        let degree = match *self {
            Self::Groups { size } => size,
            Self::Ring { degree }
            | Self::Regular { degree }
            | Self::WattsStrogatz { degree, .. }
            | Self::BarabasiAlbert { degree }
            | Self::ErdosRenyi { degree } => degree,
            // Each world is a clique.
            Self::TwoWorlds { bridges } => (nodes / 2).saturating_add(bridges),
            Self::File { .. } => return None,
        };
        Some(nodes.saturating_mul(degree.min(nodes)))
    }

    /// The graph of `nodes` nodes, each node's neighbours in rising order. A file decides the number of nodes itself.
    ///
    /// # Errors
    /// If there is no such graph, or a node of it would have more than 4,096 neighbours; `nodes`, `degree`,
    /// `size`, `rewire`, `bridges` or `topology` is named.
    pub fn build(&self, nodes: usize, seed: u64) -> Result<Graph> {
        self.build_while(nodes, seed, &mut GoOn::always())
    }

    /// The same, for as long as `go_on` says so; a file is read to its end.
    ///
    /// # Errors
    /// As for [`Topology::build`]; [`lvs_kernels::Error::Cancelled`] if it was told to end, [`lvs_kernels::Error::OutOfMemory`] if there is no room
    /// for the graph.
    pub fn build_while(&self, nodes: usize, seed: u64, go_on: &mut GoOn<'_>) -> Result<Graph> {
        Ok(self.draw_while(nodes, seed, go_on)?.graph)
    }

    /// The same graph, and what was dropped on the way.
    ///
    /// # Errors
    /// As for [`Topology::build`].
    pub fn draw(&self, nodes: usize, seed: u64) -> Result<Drawn> {
        self.draw_while(nodes, seed, &mut GoOn::always())
    }

    /// The same, for as long as `go_on` says so.
    ///
    /// # Errors
    /// As for [`Topology::build_while`].
    pub fn draw_while(&self, nodes: usize, seed: u64, go_on: &mut GoOn<'_>) -> Result<Drawn> {
        if let Self::File { path, directed } = self {
            let list = EdgeList::read(path, *directed)?;
            return Ok(Drawn {
                graph: list.graph()?,
                self_loops: list.self_loops,
                duplicates: list.duplicates,
            });
        }
        expect(Argument::Nodes, nodes, (1..=u32::MAX as usize).contains(&nodes), "1 to 4,294,967,295")?;
        let graph = self.drawn(nodes, &mut Random::stream(seed, PURPOSE), go_on)?;
        // Degrees that are drawn, not given, are known only now.
        let most = graph.max_degree();
        let got = format!("a graph in which a node has {most} neighbours");
        expect(Argument::Degree, got, most <= NEIGHBOURS_MAX, "at most 4,096 for each")?;
        Ok(Drawn { graph, self_loops: 0, duplicates: 0 })
    }

    fn drawn(&self, nodes: usize, random: &mut Random, go_on: &mut GoOn<'_>) -> Result<Graph> {
        match *self {
            Self::Groups { size } => groups(nodes, size, go_on),
            Self::Ring { degree } => random::ring(nodes, even(degree, nodes)?, 0.0, random, go_on),
            Self::Regular { degree } => {
                expect_degree(degree, nodes)?;
                let whole = (nodes * degree).is_multiple_of(2);
                expect(Argument::Degree, degree, whole, "an even number, as the number of nodes is odd")?;
                regular::regular(nodes, degree, random, go_on)
            }
            Self::WattsStrogatz { degree, rewire } => {
                expect(Argument::Rewire, rewire, (0.0..=1.0).contains(&rewire), "0 to 1")?;
                random::ring(nodes, even(degree, nodes)?, rewire, random, go_on)
            }
            Self::BarabasiAlbert { degree } => {
                expect(Argument::Degree, degree, degree >= 2, "2 or more")?;
                random::barabasi_albert(nodes, even(degree, nodes)?, NEIGHBOURS_MAX, random, go_on)
            }
            Self::ErdosRenyi { degree } => {
                expect_degree(degree, nodes)?;
                random::erdos_renyi(nodes, nodes * degree / 2, random, go_on)
            }
            Self::TwoWorlds { bridges } => two_worlds(nodes, bridges, go_on),
            Self::File { ref path, directed } => EdgeList::read(path, directed)?.graph(),
        }
    }
}

/// A graph as it was drawn or read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drawn {
    /// Who compares with whom.
    pub graph: Graph,
    /// Edges of a file that were dropped because they lead from a node to itself.
    pub self_loops: usize,
    /// Edges of a file that were dropped because the same edge stood before.
    pub duplicates: usize,
}

/// What tells this stream of random numbers from others of the same seed.
const PURPOSE: u64 = 1;

fn expect(argument: Argument, got: impl ToString, holds: bool, expected: &str) -> Result<()> {
    if holds { Ok(()) } else { Err(Error::argument(argument, got.to_string(), expected)) }
}

fn expect_degree(degree: usize, nodes: usize) -> Result<()> {
    let most = (nodes - 1).min(NEIGHBOURS_MAX);
    expect(Argument::Degree, degree, degree <= most, &format!("at most {most} with {nodes} nodes"))?;
    expect_room_for(nodes, nodes.saturating_mul(degree))
}

/// Refuses a graph of so many edges, counted from either end, that there is no room for: its two lists of ends and the
/// offsets, all together.
fn expect_room_for(nodes: usize, edges: usize) -> Result<()> {
    let bytes = edges.saturating_mul(8).saturating_add(nodes.saturating_mul(16));
    Ok(expect_room("a graph", bytes)?)
}

fn even(degree: usize, nodes: usize) -> Result<usize> {
    expect_degree(degree, nodes)?;
    expect(Argument::Degree, degree, degree.is_multiple_of(2), "an even number")?;
    Ok(degree)
}

/// Complete graphs of `first..end` side by side.
fn cliques(bounds: &[usize], go_on: &mut GoOn<'_>) -> Result<Vec<Vec<u32>>> {
    let nodes = bounds.last().copied().unwrap_or_default();
    let mut lists = reserved("the neighbours of nodes", nodes)?;
    for ends in bounds.windows(2) {
        let members = ends[0] as u32..ends[1] as u32;
        for i in members.clone() {
            lists.push(collected("the neighbours of nodes", members.clone().filter(|&j| j != i))?);
            go_on.worked(members.len() + 16)?;
        }
    }
    Ok(lists)
}

fn groups(nodes: usize, size: usize, go_on: &mut GoOn<'_>) -> Result<Graph> {
    expect(
        Argument::GroupSize,
        size,
        (1..=nodes).contains(&size),
        &format!("1 to {nodes}, the number of nodes"),
    )?;
    let count = nodes / size;
    let largest = nodes.div_ceil(count);
    expect(Argument::GroupSize, size, largest <= NEIGHBOURS_MAX + 1, "groups of at most 4,097 nodes")?;
    let common = nodes / count;
    let longer = nodes % count;
    // Each node's list is an allocation of its own.
    expect_room_for(nodes.saturating_mul(3), nodes.saturating_mul(common))?;
    let bounds = collected("the groups", (0..=count).map(|group| group * common + group.min(longer)))?;
    let lists = cliques(&bounds, go_on)?;
    edges::from_lists(lists, go_on)
}

fn two_worlds(nodes: usize, bridges: usize, go_on: &mut GoOn<'_>) -> Result<Graph> {
    let side = nodes / 2;
    expect(Argument::Bridges, bridges, bridges <= side, &format!("at most {side}, half the nodes"))?;
    let holds = nodes >= 2 && nodes.is_multiple_of(2) && side + bridges <= NEIGHBOURS_MAX;
    expect(Argument::Nodes, nodes, holds, "an even number of nodes, with at most 4,096 neighbours each")?;
    let mut lists = cliques(&[0, side, nodes], go_on)?;
    for i in 0..side {
        for k in 0..bridges {
            let other = side + (i + k) % side;
            lists[i].push(other as u32);
            lists[other].push(i as u32);
        }
    }
    edges::from_lists(lists, go_on)
}
