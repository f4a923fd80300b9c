//! Rings with shortcuts, preferential attachment, and any edges at all.

use lvs_kernels::Graph;

use super::edges::undirected;
use crate::error::Result;
use crate::random::Random;

/// Draws of a new end for an edge of a ring before it stays where it is.
const DRAWS: usize = 100;

/// A ring of `nodes` nodes that know the `degree` nearest, each edge moved to a random node with probability `rewire`.
pub(super) fn ring(nodes: usize, degree: usize, rewire: f64, random: &mut Random) -> Result<Graph> {
    let half = degree / 2;
    // Each edge belongs to the node that it leaves clockwise; the other end may move.
    let mut ends: Vec<u32> =
        (0..nodes).flat_map(|i| (1..=half).map(move |k| ((i + k) % nodes) as u32)).collect();
    for edge in 0..if rewire > 0.0 { ends.len() } else { 0 } {
        if random.chance(rewire) {
            let from = edge / half;
            let is_free = |ends: &[u32], to: usize| {
                let of = |node: usize| &ends[node * half..][..half];
                to != from && !of(from).contains(&(to as u32)) && !of(to).contains(&(from as u32))
            };
            let drawn = (0..DRAWS).map(|_| random.index(nodes)).find(|&to| is_free(&ends, to));
            ends[edge] = drawn.map_or(ends[edge], |to| to as u32);
        }
    }
    let edges: Vec<(u32, u32)> = ends.iter().enumerate().map(|(e, &to)| ((e / half) as u32, to)).collect();
    undirected(nodes, &edges)
}

/// Each node after a first clique joins `degree / 2` different nodes, drawn in proportion to their neighbours so far
/// among those that have fewer than `most`.
pub(super) fn barabasi_albert(
    nodes: usize,
    degree: usize,
    most: usize,
    random: &mut Random,
) -> Result<Graph> {
    let joins = degree / 2;
    let mut edges: Vec<(u32, u32)> = Vec::with_capacity(nodes * joins);
    let mut neighbours = vec![0_u16; nodes];
    let mut join = |edges: &mut Vec<(u32, u32)>, a: usize, b: usize| {
        let free = usize::from(neighbours[b]) < most;
        if free {
            edges.push((a as u32, b as u32));
            neighbours[a] += 1;
            neighbours[b] += 1;
        }
        free
    };
    for a in 0..=joins {
        (0..a).for_each(|b| assert!(join(&mut edges, a, b), "the first clique is small"));
    }
    for newcomer in joins + 1..nodes {
        // Every node is the end of as many edges as it has neighbours.
        let before = edges.len();
        while edges.len() < before + joins {
            let (a, b) = edges[random.index(before)];
            let chosen = if random.one_in(2) { a } else { b };
            if edges[before..].iter().all(|&(_, known)| known != chosen) {
                join(&mut edges, newcomer, chosen as usize);
            }
        }
    }
    undirected(nodes, &edges)
}

/// `count` different edges, all sets of so many alike likely.
pub(super) fn erdos_renyi(nodes: usize, count: usize, random: &mut Random) -> Result<Graph> {
    let pairs = nodes as u64 * (nodes as u64 - 1) / 2;
    // Where most are there, those that are not are fewer.
    let dense = count as u64 > pairs / 2;
    let drawn = distinct_pairs(nodes, if dense { pairs as usize - count } else { count }, random);
    if !dense {
        return undirected(nodes, &drawn);
    }
    let all = (0..nodes as u32).flat_map(|a| (a + 1..nodes as u32).map(move |b| (a, b)));
    let rest: Vec<(u32, u32)> = all.filter(|pair| drawn.binary_search(pair).is_err()).collect();
    undirected(nodes, &rest)
}

/// Different pairs of different nodes, the lower first, in rising order.
fn distinct_pairs(nodes: usize, count: usize, random: &mut Random) -> Vec<(u32, u32)> {
    let mut pairs: Vec<(u32, u32)> = Vec::with_capacity(count);
    while pairs.len() < count {
        // A batch at a time: what came twice is drawn anew, together.
        for _ in pairs.len()..count {
            let a = random.index(nodes);
            let b = (a + 1 + random.index(nodes - 1)) % nodes;
            pairs.push((a.min(b) as u32, a.max(b) as u32));
        }
        pairs.sort_unstable();
        pairs.dedup();
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_that_is_full_takes_no_more() {
        let graph = |most| barabasi_albert(2_000, 8, most, &mut Random::new(1)).unwrap();
        assert!(graph(4_096).max_degree() > 60);
        assert_eq!(graph(60).max_degree(), 60);
        assert_eq!(graph(60).edges(), graph(4_096).edges());
    }
}
