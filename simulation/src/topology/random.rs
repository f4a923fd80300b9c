//! Rings with shortcuts, preferential attachment, and any edges at all.

use std::ops::Range;

use lvs_kernels::allocate::{collected, filled, reserved};
use lvs_kernels::{GoOn, Graph};

use super::edges::undirected_while;
use crate::error::Result;
use crate::random::Random;

/// What memory is needed for.
const EDGES: &str = "the edges of a graph";

/// Pairs that are sorted without a look at whether to go on.
const SORTED_AT_ONCE: usize = 1 << 16;

/// Draws of a new end for an edge of a ring before it stays where it is.
const DRAWS: usize = 100;

/// A ring of `nodes` nodes that know the `degree` nearest, each edge moved to a random node with probability `rewire`.
pub(super) fn ring(
    nodes: usize,
    degree: usize,
    rewire: f64,
    random: &mut Random,
    go_on: &mut GoOn<'_>,
) -> Result<Graph> {
    let half = degree / 2;
    // Each edge belongs to the node that it leaves clockwise; the other end may move.
    let mut ends: Vec<u32> = reserved(EDGES, nodes * half)?;
    for i in 0..nodes {
        ends.extend((1..=half).map(|k| ((i + k) % nodes) as u32));
        go_on.worked(half)?;
    }
    for edge in 0..if rewire > 0.0 { ends.len() } else { 0 } {
        go_on.worked(half)?;
        if random.chance(rewire) {
            let from = edge / half;
            let drawn = (0..DRAWS).map(|_| random.index(nodes)).find(|&to| is_free(&ends, half, from, to));
            ends[edge] = drawn.map_or(ends[edge], |to| to as u32);
        }
    }
    let pairs = ends.iter().enumerate().map(|(e, &to)| ((e / half) as u32, to));
    let mut edges: Vec<(u32, u32)> = reserved(EDGES, ends.len())?;
    for pair in pairs {
        edges.push(pair);
        go_on.worked(1)?;
    }
    // The graph needs the room.
    drop(ends);
    undirected_while(nodes, &edges, go_on)
}

/// Whether an edge may be moved to lead to `to`: no loop, and none that is there already. Each node has `half` of `ends`.
fn is_free(ends: &[u32], half: usize, from: usize, to: usize) -> bool {
    let of_from = &ends[from * half..][..half];
    let of_to = &ends[to * half..][..half];
    to != from && !of_from.contains(&(to as u32)) && !of_to.contains(&(from as u32))
}

/// Each node after a first clique joins `degree / 2` different nodes, drawn in proportion to their neighbours so far
/// among those that have fewer than `most`.
pub(super) fn barabasi_albert(
    nodes: usize,
    degree: usize,
    most: usize,
    random: &mut Random,
    go_on: &mut GoOn<'_>,
) -> Result<Graph> {
    let joins = degree / 2;
    let mut edges: Vec<(u32, u32)> = reserved(EDGES, nodes * joins)?;
    let mut neighbours = filled("the neighbours of nodes", 0_u16, nodes)?;
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
            go_on.worked(joins)?;
            let (a, b) = edges[random.index(before)];
            // So the end of a random edge is a node in proportion to its neighbours.
            let chosen = if random.one_in(2) { a } else { b };
            if edges[before..].iter().all(|&(_, known)| known != chosen) {
                join(&mut edges, newcomer, chosen as usize);
            }
        }
    }
    undirected_while(nodes, &edges, go_on)
}

/// `count` different edges, all sets of so many alike likely.
pub(super) fn erdos_renyi(
    nodes: usize,
    count: usize,
    random: &mut Random,
    go_on: &mut GoOn<'_>,
) -> Result<Graph> {
    let pairs = nodes as u64 * (nodes as u64 - 1) / 2;
    // Where most are there, those that are not are fewer.
    let dense = count as u64 > pairs / 2;
    let drawn = distinct_pairs(nodes, if dense { pairs as usize - count } else { count }, random, go_on)?;
    if !dense {
        return undirected_while(nodes, &drawn, go_on);
    }
    let all = (0..nodes as u32).flat_map(|a| (a + 1..nodes as u32).map(move |b| (a, b)));
    let rest = collected(EDGES, all.filter(|pair| drawn.binary_search(pair).is_err()))?;
    undirected_while(nodes, &rest, go_on)
}

/// Different pairs of different nodes, the lower first, in rising order.
fn distinct_pairs(
    nodes: usize,
    count: usize,
    random: &mut Random,
    go_on: &mut GoOn<'_>,
) -> Result<Vec<(u32, u32)>> {
    let mut pairs: Vec<(u32, u32)> = reserved(EDGES, count)?;
    while pairs.len() < count {
        // A batch at a time: what came twice is drawn anew, together.
        for _ in pairs.len()..count {
            let a = random.index(nodes);
            // Any node but `a`, all alike likely.
            let b = (a + 1 + random.index(nodes - 1)) % nodes;
            pairs.push((a.min(b) as u32, a.max(b) as u32));
            go_on.worked(4)?;
        }
        sort(&mut pairs, 0..nodes as u32, go_on)?;
        pairs.dedup();
    }
    Ok(pairs)
}

/// Sorts pairs whose first nodes are in `first`: halved until they are few, since one sort of all could not be ended.
fn sort(pairs: &mut [(u32, u32)], first: Range<u32>, go_on: &mut GoOn<'_>) -> Result<()> {
    if pairs.len() <= SORTED_AT_ONCE || first.len() <= 1 {
        pairs.sort_unstable();
        return Ok(go_on.worked(8 * pairs.len())?);
    }
    let middle = first.start + first.len() as u32 / 2;
    let mut lower = 0;
    for i in 0..pairs.len() {
        if pairs[i].0 < middle {
            pairs.swap(i, lower);
            lower += 1;
        }
        go_on.worked(1)?;
    }
    let (left, right) = pairs.split_at_mut(lower);
    sort(left, first.start..middle, go_on)?;
    sort(right, middle..first.end, go_on)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_sorted_part_by_part() {
        let mut random = Random::new(8);
        let mut draw = |below| random.below(below) as u32;
        let mut pairs: Vec<(u32, u32)> = (0..300_000).map(|_| (draw(1_000), draw(50))).collect();
        let mut expected = pairs.clone();
        sort(&mut pairs, 0..1_000, &mut GoOn::always()).unwrap();
        expected.sort_unstable();
        assert!(pairs == expected);
    }

    #[test]
    fn a_node_that_is_full_takes_no_more() {
        let graph = |most| barabasi_albert(2_000, 8, most, &mut Random::new(1), &mut GoOn::always()).unwrap();
        assert!(graph(4_096).max_degree() > 60);
        assert_eq!(graph(60).max_degree(), 60);
        assert_eq!(graph(60).edges(), graph(4_096).edges());
    }
}
