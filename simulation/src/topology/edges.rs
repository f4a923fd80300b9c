//! From edges to graphs, and the parts that a graph falls into.

use crate::error::{Argument, Error, Result};
use lvs_kernels::allocate::{collected, copied, filled, reserved};
use lvs_kernels::{GoOn, Graph};

/// What memory is needed for.
const EDGES: &str = "the edges of a graph";
const OFFSETS: &str = "the offsets of a graph";
const PARTS: &str = "the parts of a graph";

/// The undirected graph of these edges: each is there from either end, loops and double edges are dropped, and each
/// node's neighbours are in rising order.
///
/// # Errors
/// If an edge names a node that is not below `nodes`.
pub fn undirected(nodes: usize, edges: &[(u32, u32)]) -> Result<Graph> {
    undirected_while(nodes, edges, &mut GoOn::always())
}

/// The same, for as long as `go_on` says so.
pub(super) fn undirected_while(nodes: usize, edges: &[(u32, u32)], go_on: &mut GoOn<'_>) -> Result<Graph> {
    from_pairs(nodes, edges.iter().flat_map(|&(a, b)| [(a, b), (b, a)]), go_on)
}

/// The graph in which the first node of each edge has the second as a neighbour; otherwise as [`undirected`].
pub(super) fn directed(nodes: usize, edges: &[(u32, u32)]) -> Result<Graph> {
    from_pairs(nodes, edges.iter().copied(), &mut GoOn::always())
}

fn from_pairs(
    nodes: usize,
    pairs: impl Iterator<Item = (u32, u32)> + Clone,
    go_on: &mut GoOn<'_>,
) -> Result<Graph> {
    let mut ends = filled(OFFSETS, 0_usize, nodes + 1)?;
    for (a, b) in pairs.clone() {
        if a.max(b) as usize >= nodes {
            let got = format!("an edge from {a} to {b}");
            return Err(Error::argument(Argument::Edges, got, format!("nodes below {nodes}")));
        }
        ends[a as usize + 1] += usize::from(a != b);
        go_on.worked(1)?;
    }
    // From counts to offsets.
    (0..nodes).for_each(|i| ends[i + 1] += ends[i]);
    let mut targets = filled(EDGES, 0, ends[nodes])?;
    let mut next = copied(OFFSETS, &ends)?;
    for (a, b) in pairs.filter(|(a, b)| a != b) {
        targets[next[a as usize]] = b;
        next[a as usize] += 1;
        // Anywhere in memory.
        go_on.worked(8)?;
    }
    sorted(ends, targets, go_on)
}

/// The graph of each node's list of neighbours.
pub(super) fn from_lists(lists: Vec<Vec<u32>>, go_on: &mut GoOn<'_>) -> Result<Graph> {
    let mut offsets = reserved(OFFSETS, lists.len() + 1)?;
    offsets.push(0);
    offsets.extend(lists.iter().scan(0, |end, list| {
        *end += list.len();
        Some(*end)
    }));
    let mut targets = reserved(EDGES, offsets[lists.len()])?;
    for list in lists {
        targets.extend_from_slice(&list);
        go_on.worked(list.len())?;
    }
    sorted(offsets, targets, go_on)
}

/// Sorts each node's neighbours and drops what occurs twice.
pub(super) fn sorted(mut offsets: Vec<usize>, mut targets: Vec<u32>, go_on: &mut GoOn<'_>) -> Result<Graph> {
    let mut kept = 0;
    let mut start = 0;
    for end in offsets.iter_mut().skip(1) {
        targets[start..*end].sort_unstable();
        let first = kept;
        for edge in start..*end {
            if kept == first || targets[kept - 1] != targets[edge] {
                targets[kept] = targets[edge];
                kept += 1;
            }
        }
        go_on.worked(8 * (*end - start))?;
        // Lists move up over the gaps that dropped edges leave, so nothing more is allocated.
        start = std::mem::replace(end, kept);
    }
    targets.truncate(kept);
    Ok(Graph::new(offsets, targets)?)
}

/// For each node the number of the part it belongs to, counted from 0 in the order of their first nodes, and how many
/// there are. Two nodes are in one part if edges, taken either way, lead from one to the other.
///
/// # Panics
/// If there is no memory for them.
pub fn components(graph: &Graph) -> (Vec<u32>, usize) {
    components_while(graph, &mut GoOn::always()).expect("memory for a number a node")
}

/// The same, for as long as `go_on` says so.
///
/// # Errors
/// If there is no memory for them, or `go_on` says no.
pub fn components_while(graph: &Graph, go_on: &mut GoOn<'_>) -> Result<(Vec<u32>, usize)> {
    let mut roots: Vec<u32> = collected(PARTS, 0..graph.rows() as u32)?;
    for i in 0..graph.rows() {
        for &j in graph.neighbours(i) {
            let a = root(&mut roots, i as u32);
            let b = root(&mut roots, j);
            // The lower number wins, so that a root is the first node of its part.
            roots[a.max(b) as usize] = a.min(b);
        }
        go_on.worked(8 * graph.neighbours(i).len() + 1)?;
    }
    let mut labels = filled(PARTS, 0, graph.rows())?;
    let mut count = 0;
    for i in 0..graph.rows() {
        let first = root(&mut roots, i as u32) as usize;
        if first == i {
            labels[i] = count;
            count += 1;
        } else {
            labels[i] = labels[first];
        }
    }
    Ok((labels, count as usize))
}

fn root(roots: &mut [u32], mut node: u32) -> u32 {
    while roots[node as usize] != node {
        // Halves the path on the way, so that later walks are short.
        roots[node as usize] = roots[roots[node as usize] as usize];
        node = roots[node as usize];
    }
    node
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loops_and_double_edges_are_dropped() {
        let graph = undirected(4, &[(2, 0), (0, 2), (1, 1), (3, 0)]).unwrap();
        assert_eq!(
            [0, 1, 2, 3].map(|i| graph.neighbours(i).to_vec()),
            [vec![2, 3], vec![], vec![0], vec![0]]
        );
        let graph = directed(3, &[(2, 0), (2, 0), (0, 1)]).unwrap();
        assert_eq!([0, 1, 2].map(|i| graph.neighbours(i).to_vec()), [vec![1], vec![], vec![0]]);
        let message = undirected(4, &[(0, 4)]).unwrap_err().to_string();
        assert_eq!(message, "edges: got an edge from 0 to 4, expected nodes below 4");
    }

    #[test]
    fn parts_are_numbered_by_their_first_nodes() {
        let graph = undirected(6, &[(5, 1), (2, 0), (1, 3)]).unwrap();
        assert_eq!(components(&graph), (vec![0, 1, 0, 1, 2, 1], 3));
    }
}
