//! Random regular graphs: the configuration model (Bollobás 1980), its few loops and double edges then swapped away.

use lvs_kernels::allocate::{collected, filled, reserved};
use lvs_kernels::{GoOn, Graph};

use super::edges::components_while;
use crate::error::{Argument, Error, Result};
use crate::random::Random;

/// What memory is needed for.
const EDGES: &str = "the edges of a graph";

/// New starts before a graph is given up; the smallest and tightest need a few.
const STARTS: usize = 1_000;

/// Draws of another edge to swap with, for each bad edge, before a new start.
const SWAPS: usize = 1_000;

/// Neighbours of each node, `degree` entries apart, each list in rising order once it is repaired.
struct Lists {
    nodes: usize,
    degree: usize,
    targets: Vec<u32>,
}

/// A graph in which each node has `degree` neighbours, fewer than there are nodes; `nodes * degree` is even.
pub(super) fn regular(
    nodes: usize,
    degree: usize,
    random: &mut Random,
    go_on: &mut GoOn<'_>,
) -> Result<Graph> {
    // Where most edges are there, those that are not are fewer; such a graph is always connected.
    let dense = degree > (nodes - 1) / 2;
    let drawn = if dense { nodes - 1 - degree } else { degree };
    for _ in 0..STARTS {
        let mut lists = Lists::draw(nodes, drawn, random, go_on)?;
        if !lists.repair(random, go_on)? {
            continue;
        }
        let lists = if dense { lists.complement(go_on)? } else { lists };
        let offsets = collected("the offsets of a graph", (0..=nodes).map(|i| i * degree))?;
        let graph = Graph::new(offsets, lists.targets)?;
        // From degree 3 on random regular graphs are connected almost always; below, most are not, and need not be.
        if dense || degree < 3 || components_while(&graph, go_on)?.1 == 1 {
            return Ok(graph);
        }
    }
    Err(Error::argument(
        Argument::Degree,
        degree,
        format!("one for which a graph of {nodes} nodes can be drawn"),
    ))
}

impl Lists {
    /// Joins the ends of edges, `degree` at each node, in pairs at random.
    fn draw(nodes: usize, degree: usize, random: &mut Random, go_on: &mut GoOn<'_>) -> Result<Self> {
        let mut ends: Vec<u32> = collected(EDGES, (0..nodes * degree).map(|end| (end / degree) as u32))?;
        random.shuffle_while(&mut ends, go_on)?;
        let mut targets = filled(EDGES, 0, ends.len())?;
        let mut used = filled("the neighbours of nodes", 0, nodes)?;
        let mut add = |from: u32, to: u32| {
            let from = from as usize;
            targets[from * degree + used[from]] = to;
            used[from] += 1;
        };
        for pair in ends.chunks_exact(2) {
            add(pair[0], pair[1]);
            add(pair[1], pair[0]);
            go_on.worked(16)?;
        }
        if degree > 0 {
            for list in targets.chunks_exact_mut(degree) {
                list.sort_unstable();
                go_on.worked(8 * degree)?;
            }
        }
        Ok(Self { nodes, degree, targets })
    }

    /// Swaps loops and double edges away; `false` if one would not go.
    fn repair(&mut self, random: &mut Random, go_on: &mut GoOn<'_>) -> Result<bool> {
        // A swap makes no new bad edge, so one pass mends them all.
        for a in 0..self.nodes as u32 {
            go_on.worked(self.degree + 1)?;
            while let Some(b) = self.bad(a) {
                if !(0..SWAPS).any(|_| self.swap(a, b, random)) {
                    return Ok(false);
                }
                go_on.check()?;
            }
        }
        Ok(true)
    }

    fn list(&self, node: u32) -> &[u32] {
        &self.targets[node as usize * self.degree..][..self.degree]
    }

    fn joined(&self, a: u32, b: u32) -> bool {
        self.list(a).binary_search(&b).is_ok()
    }

    /// A neighbour of `a` that is `a` itself or stands twice in its list.
    fn bad(&self, a: u32) -> Option<u32> {
        let list = self.list(a);
        let double = list.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0]);
        double.or_else(|| self.joined(a, a).then_some(a))
    }

    /// Replaces the edges a–b and c–d, a random one, by a–c and b–d, if that makes no new loop or double edge.
    fn swap(&mut self, a: u32, b: u32, random: &mut Random) -> bool {
        let c = random.index(self.nodes) as u32;
        let d = *random.pick(self.list(c));
        let distinct = c != d && ![c, d].contains(&a) && ![c, d].contains(&b);
        if !distinct || self.joined(a, c) || self.joined(b, d) {
            return false;
        }
        self.replace(a, b, c);
        self.replace(b, a, d);
        self.replace(c, d, a);
        self.replace(d, c, b);
        true
    }

    fn replace(&mut self, node: u32, old: u32, new: u32) {
        let list = &mut self.targets[node as usize * self.degree..][..self.degree];
        let position = list.binary_search(&old).expect("both ends know of an edge");
        list[position] = new;
        list.sort_unstable();
    }

    /// The graph that has exactly the other edges.
    fn complement(&self, go_on: &mut GoOn<'_>) -> Result<Self> {
        let mut targets = reserved(EDGES, self.nodes * (self.nodes - 1 - self.degree))?;
        for i in 0..self.nodes as u32 {
            go_on.worked(8 * self.nodes)?;
            targets.extend((0..self.nodes as u32).filter(|&j| j != i && !self.joined(i, j)));
        }
        Ok(Self { nodes: self.nodes, degree: self.nodes - 1 - self.degree, targets })
    }
}
