//! Who is honest and who is hostile, and which rows of a swarm stand for them.
//!
//! Honest nodes have a row each, in the order of their numbers. Hostile nodes act together, so what they say needs no
//! row for each of them, only one for each thing that is said: these rows, the *faces*, come after the honest ones
//! and are frozen. Every edge to a hostile node leads to a face, and keeps a trust of its own.

use lvs_kernels::Graph;
use lvs_kernels::vaultguard::{NEIGHBOURS_MAX, TRIM};
use serde::{Deserialize, Serialize};

use crate::error::{Argument, Error, Result};
use crate::random::Random;

/// How many nodes are hostile, and where.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Hostile {
    /// This share of the graph's nodes, drawn at random; 0 to 1, at least one node stays honest.
    Share(f64),
    /// As many hostile nodes beside the graph, each a neighbour of every node: the setting of "Unified Breakdown
    /// Analysis for Byzantine Robust Gossip" (ICML 2025).
    Neighbours(usize),
}

/// Which rows an attack needs for what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Faces {
    /// All say the same to all: one row.
    Common,
    /// One thing to receivers with even numbers, another to the others: two rows.
    Sides,
    /// Each says something else, but the same to all: a row for each hostile node.
    PerSpeaker,
    /// Each receiver is told something else: a row for each honest one that has hostile neighbours.
    PerReceiver,
    /// Each says something else to each receiver: a row for each edge to a hostile node.
    PerEdge,
}

/// The nodes of a simulated swarm and the rows that stand for them.
#[derive(Clone, Debug)]
pub struct Population {
    graph: Graph,
    honest: Vec<u32>,
    speakers: usize,
    receivers: Vec<u32>,
    hostile_neighbours: Vec<u32>,
}

impl Population {
    /// Everybody is honest.
    pub fn honest(graph: Graph) -> Self {
        let rows = graph.rows();
        Self {
            graph,
            honest: (0..rows as u32).collect(),
            speakers: 0,
            receivers: Vec::new(),
            hostile_neighbours: vec![0; rows],
        }
    }

    /// Turns nodes of `graph` hostile, or puts hostile ones beside them, and lays out rows for what they say.
    ///
    /// # Errors
    /// `hostile` is named if it is not 0 to 1, is more than 0 and less than a node, or leaves nobody honest;
    /// and if there are more than 4,096 neighbours with them.
    pub fn new(graph: Graph, hostile: Hostile, faces: Faces, seed: u64) -> Result<Self> {
        let speakers = match hostile {
            Hostile::Share(share) => hostile_among(graph.rows(), share, seed)?,
            Hostile::Neighbours(count) => return Self::beside(&graph, count, faces),
        };
        if speakers.is_empty() {
            return Ok(Self::honest(graph));
        }
        let mut roles = vec![Role::Honest(0); graph.rows()];
        speakers.iter().enumerate().for_each(|(number, &node)| roles[node] = Role::Hostile(number));
        let honest: Vec<u32> =
            (0..graph.rows() as u32).filter(|&i| matches!(roles[i as usize], Role::Honest(_))).collect();
        honest.iter().enumerate().for_each(|(row, &node)| roles[node as usize] = Role::Honest(row));
        let neighbours =
            |row: usize| graph.neighbours(honest[row] as usize).iter().map(|&j| roles[j as usize]);
        let mut layout = Layout::new(honest.len(), speakers.len(), faces);
        (0..honest.len()).for_each(|row| layout.add(row, neighbours(row)));
        layout.finish(honest.clone())
    }

    fn beside(graph: &Graph, count: usize, faces: Faces) -> Result<Self> {
        let most = NEIGHBOURS_MAX.saturating_sub(graph.max_degree());
        if count > most {
            return Err(Error::argument(
                Argument::HostileNeighbours,
                count,
                format!("at most {most} beside so many neighbours"),
            ));
        }
        let mut layout = Layout::new(graph.rows(), count, faces);
        for row in 0..graph.rows() {
            let honest = graph.neighbours(row).iter().map(|&j| Role::Honest(j as usize));
            layout.add(row, honest.chain((0..count).map(Role::Hostile)));
        }
        layout.finish((0..graph.rows() as u32).collect())
    }

    /// The swarm's graph: the honest rows, each with its honest neighbours first and then the faces of its hostile
    /// ones, and the faces, which have no neighbours.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// The number of honest rows, H; they come first.
    pub fn rows(&self) -> usize {
        self.honest.len()
    }

    /// The number of faces, the rows after the honest ones.
    pub fn faces(&self) -> usize {
        self.graph.rows() - self.rows()
    }

    /// The number of hostile nodes.
    pub fn hostile(&self) -> usize {
        self.speakers
    }

    /// The node that each honest row stands for, H entries.
    pub fn nodes(&self) -> &[u32] {
        &self.honest
    }

    /// Where faces speak to one receiver each: the row that it is.
    pub fn receivers(&self) -> &[u32] {
        &self.receivers
    }

    /// How many hostile neighbours a row has.
    pub fn hostile_neighbours(&self, row: usize) -> usize {
        self.hostile_neighbours[row] as usize
    }

    /// The honest neighbours of an honest row.
    pub fn honest_neighbours(&self, row: usize) -> &[u32] {
        let neighbours = self.graph.neighbours(row);
        &neighbours[..neighbours.len() - self.hostile_neighbours(row)]
    }

    /// A mark for each row: the faces are frozen.
    pub fn frozen(&self) -> Vec<bool> {
        (0..self.graph.rows()).map(|row| row >= self.rows()).collect()
    }

    /// The graph of the honest rows alone.
    pub fn honest_graph(&self) -> Graph {
        let lists = (0..self.rows()).map(|row| self.honest_neighbours(row));
        let mut offsets = vec![0];
        offsets.extend(lists.clone().scan(0, |end, list| {
            *end += list.len();
            Some(*end)
        }));
        Graph::new(offsets, lists.flatten().copied().collect()).expect("a part of a graph is a graph")
    }

    /// Honest rows whose hostile neighbours weigh more than drift trims while all are trusted alike: for them nothing
    /// is promised.
    pub fn beyond_bound(&self) -> usize {
        (0..self.rows()).filter(|&row| self.is_beyond_bound(row)).count()
    }

    fn is_beyond_bound(&self, row: usize) -> bool {
        let degree = self.graph.neighbours(row).len() as u64;
        // With equal weights w, as the specification trims: hostile * w > ceil(TRIM * degree * w / 65536).
        let weight = 65_535 / (degree + 1);
        let trimmed = (u64::from(TRIM) * degree * weight).div_ceil(65_536);
        u64::from(self.hostile_neighbours[row]) * weight > trimmed
    }
}

#[derive(Clone, Copy)]
enum Role {
    /// With its row.
    Honest(usize),
    /// With its number among the hostile.
    Hostile(usize),
}

/// What tells this stream of random numbers from others of the same seed.
const PURPOSE: u64 = 2;

fn hostile_among(nodes: usize, share: f64, seed: u64) -> Result<Vec<usize>> {
    if !(0.0..=1.0).contains(&share) {
        return Err(Error::argument(Argument::Hostile, share, "0 to 1"));
    }
    let count = (share * nodes as f64).round() as usize;
    if count == 0 && share > 0.0 {
        return Err(Error::argument(Argument::Hostile, share, format!("0, or at least one node of {nodes}")));
    }
    if count == nodes {
        return Err(Error::argument(Argument::Hostile, share, "a share that leaves an honest node"));
    }
    Ok(Random::stream(seed, PURPOSE).distinct(count, nodes))
}

/// Rows as they are laid out.
struct Layout {
    faces: Faces,
    honest: usize,
    speakers: usize,
    offsets: Vec<usize>,
    targets: Vec<u32>,
    receivers: Vec<u32>,
    hostile_neighbours: Vec<u32>,
}

impl Layout {
    fn new(honest: usize, speakers: usize, faces: Faces) -> Self {
        let receivers = Vec::new();
        let hostile_neighbours = Vec::with_capacity(honest);
        Self { faces, honest, speakers, offsets: vec![0], targets: Vec::new(), receivers, hostile_neighbours }
    }

    /// The next honest row and its neighbours.
    fn add(&mut self, row: usize, neighbours: impl Iterator<Item = Role> + Clone) {
        let honest = neighbours.clone().filter_map(|role| match role {
            Role::Honest(row) => Some(row as u32),
            Role::Hostile(_) => None,
        });
        self.targets.extend(honest);
        let start = self.targets.len();
        for role in neighbours {
            if let Role::Hostile(speaker) = role {
                // A row has one face for all its hostile neighbours, unless each of them has its own.
                let is_first = self.targets.len() == start;
                if self.faces == Faces::PerEdge || (self.faces == Faces::PerReceiver && is_first) {
                    self.receivers.push(row as u32);
                }
                self.targets.push((self.honest + self.face(row, speaker)) as u32);
            }
        }
        self.hostile_neighbours.push((self.targets.len() - start) as u32);
        self.offsets.push(self.targets.len());
    }

    fn face(&self, row: usize, speaker: usize) -> usize {
        match self.faces {
            Faces::Common => 0,
            Faces::Sides => row % 2,
            Faces::PerSpeaker => speaker,
            Faces::PerReceiver | Faces::PerEdge => self.receivers.len() - 1,
        }
    }

    fn finish(mut self, honest: Vec<u32>) -> Result<Population> {
        let faces = match self.faces {
            _ if self.speakers == 0 => 0,
            Faces::Common => 1,
            Faces::Sides => 2,
            Faces::PerSpeaker => self.speakers,
            Faces::PerReceiver | Faces::PerEdge => self.receivers.len(),
        };
        // Faces compare with nobody.
        self.offsets.resize(self.honest + faces + 1, self.targets.len());
        Ok(Population {
            graph: Graph::new(self.offsets, self.targets)?,
            honest,
            speakers: self.speakers,
            receivers: self.receivers,
            hostile_neighbours: self.hostile_neighbours,
        })
    }
}
