//! The normalised trust matrix turned round: for each node, who trusts it and how much of their trust that is.
//!
//! A processor takes the nodes in the order of how many trust them. The end of a loop over a node's few entries is then
//! foreseen, where in any other order nearly every node costs a mispredicted branch, and more than its arithmetic.

use super::{Q32, TrustMatrix};
use crate::allocate::{collected, copied, filled, reserved};
use crate::cancel::GoOn;
use crate::error::Result;
use crate::threads::Threads;

/// What memory is needed for.
const ORDER: &str = "the order of nodes";

/// Nodes between two looks at whether to go on.
const NODES_PER_LOOK: usize = 64;

/// Nodes that one job multiplies for.
const NODES_PER_JOB: usize = 1 << 12;

/// Entries from which a multiplication is worth more than one thread.
const THREADED_FROM: usize = 1 << 18;

/// Columns of the normalised trust matrix, `c_ij = min(floor(trust_ij * 2^32 / Σ_j trust_ij), 2^32 - 1)`.
pub(crate) struct Incoming {
    /// Where each node's entries start, N + 1 of them.
    offsets: Vec<usize>,
    /// The trusting node and its normalised trust in Q0.32.
    entries: Vec<(u32, u32)>,
}

/// Where each node stands among all.
pub(crate) struct Order {
    /// The place of each node.
    places: Vec<u32>,
    in_degrees: Vec<u32>,
}

impl Order {
    /// In the order of their numbers.
    pub(crate) fn by_number(matrix: &TrustMatrix<'_>, go_on: &mut GoOn<'_>) -> Result<Self> {
        let places = collected(ORDER, 0..matrix.rows() as u32)?;
        Ok(Self { places, in_degrees: in_degrees(matrix, go_on)? })
    }

    /// Those whom fewest trust first.
    pub(crate) fn by_in_degree(matrix: &TrustMatrix<'_>, go_on: &mut GoOn<'_>) -> Result<Self> {
        let in_degrees = in_degrees(matrix, go_on)?;
        let most = in_degrees.iter().max().map_or(0, |&most| most as usize);
        // A counting sort: how many nodes have fewer, and so where the first with so many stands.
        let mut next = filled(ORDER, 0, most + 2)?;
        for &degree in &in_degrees {
            next[degree as usize + 1] += 1;
        }
        for degree in 0..most {
            next[degree + 1] += next[degree];
        }
        let mut places = reserved(ORDER, in_degrees.len())?;
        for &degree in &in_degrees {
            places.push(next[degree as usize]);
            next[degree as usize] += 1;
            go_on.worked(1)?;
        }
        Ok(Self { places, in_degrees })
    }

    /// The place of node `node`.
    pub(crate) fn place(&self, node: usize) -> usize {
        self.places[node] as usize
    }

    /// What belongs to each node, put in this order.
    pub(crate) fn sorted(&self, by_node: &[u64]) -> Result<Vec<u64>> {
        let mut sorted = filled(ORDER, 0, by_node.len())?;
        for (&place, &value) in self.places.iter().zip(by_node) {
            sorted[place as usize] = value;
        }
        Ok(sorted)
    }

    /// Undoes [`Order::sorted`].
    pub(crate) fn unsorted(&self, sorted: &[u64], by_node: &mut [u64]) {
        for (&place, value) in self.places.iter().zip(by_node) {
            *value = sorted[place as usize];
        }
    }
}

fn in_degrees(matrix: &TrustMatrix<'_>, go_on: &mut GoOn<'_>) -> Result<Vec<u32>> {
    let mut degrees = filled(ORDER, 0, matrix.rows())?;
    for_each_trust(matrix, go_on, |_, to, _, _| degrees[to] += 1)?;
    Ok(degrees)
}

impl Incoming {
    /// The columns in this order of the nodes; those who trust are named by their places as well.
    pub(crate) fn new(matrix: &TrustMatrix<'_>, order: &Order, go_on: &mut GoOn<'_>) -> Result<Self> {
        let mut offsets = filled("the offsets of reputation", 0, matrix.rows() + 1)?;
        for (&place, &degree) in order.places.iter().zip(&order.in_degrees) {
            offsets[place as usize + 1] = degree as usize;
        }
        for place in 0..matrix.rows() {
            offsets[place + 1] += offsets[place];
        }
        let mut free = copied("the offsets of reputation", &offsets)?;
        let mut entries = filled("the entries of reputation", (0, 0), offsets[matrix.rows()])?;
        for_each_trust(matrix, go_on, |from, to, trust, sum| {
            let free = &mut free[order.place(to)];
            entries[*free] = (order.places[from], normalised(trust, sum));
            *free += 1;
        })?;
        Ok(Self { offsets, entries })
    }

    /// Where each node's entries start, N + 1 of them.
    #[cfg(gpu)]
    pub(crate) fn offsets(&self) -> &[usize] {
        &self.offsets
    }

    /// The trusting nodes and their normalised trust, node after node.
    #[cfg(gpu)]
    pub(crate) fn entries(&self) -> &[(u32, u32)] {
        &self.entries
    }

    /// `out[j] = keep * floor(Σ_i c_ij * reputation[i] / 2^32) / 2^32`, rounded down; `keep` in Q0.32.
    pub(crate) fn multiply(
        &self,
        reputation: &[u64],
        keep: u64,
        threads: &Threads,
        out: &mut [u64],
        go_on: &mut GoOn<'_>,
    ) -> Result<()> {
        // A small matrix is multiplied sooner than other threads are woken.
        let size = if self.entries.len() < THREADED_FROM { out.len() } else { NODES_PER_JOB };
        threads.for_each_chunk(out, size, go_on, |first, chunk, stop| {
            // Looked at between runs of nodes: within one the loop has nothing to do but multiply.
            for (run, chunk) in chunk.chunks_mut(NODES_PER_LOOK).enumerate() {
                let first = first + run * NODES_PER_LOOK;
                stop.worked(self.offsets[first + chunk.len()] - self.offsets[first])?;
                for (node, out) in (first..).zip(chunk) {
                    *out = ((self.incoming_sum(node, reputation) * u128::from(keep)) >> 32) as u64;
                }
            }
            Ok(())
        })
    }

    fn incoming_sum(&self, node: usize, reputation: &[u64]) -> u128 {
        let entries = &self.entries[self.offsets[node]..self.offsets[node + 1]];
        let product = |&(from, c): &(u32, u32)| u128::from(c) * u128::from(reputation[from as usize]);
        entries.iter().map(product).sum::<u128>() >> 32
    }
}

/// `min(floor(trust * 2^32 / sum), 2^32 - 1)`.
fn normalised(trust: u16, sum: u64) -> u32 {
    let dividend = u64::from(trust) << 32;
    // Floating-point division takes a third of the time of one of 64-bit integers; it can be one too high, no more.
    let quotient = (dividend as f64 / sum as f64) as u64;
    let exact = quotient - u64::from(u128::from(quotient) * u128::from(sum) > u128::from(dividend));
    exact.min(Q32 - 1) as u32
}

/// Calls `visit(from, to, trust, the sum of what `from` trusts)` for every trust above zero.
fn for_each_trust(
    matrix: &TrustMatrix<'_>,
    go_on: &mut GoOn<'_>,
    mut visit: impl FnMut(usize, usize, u16, u64),
) -> Result<()> {
    for from in 0..matrix.rows() {
        match matrix {
            TrustMatrix::Sparse { graph, trust } => {
                let targets = graph.neighbours(from).iter().map(|&to| to as usize);
                visit_row(from, targets, &trust[graph.edges_of(from)], &mut visit);
                go_on.worked(1 + graph.edges_of(from).len())?;
            }
            TrustMatrix::Dense { rows, trust } => {
                visit_row(from, 0..*rows, &trust[from * rows..(from + 1) * rows], &mut visit);
                go_on.worked(*rows)?;
            }
        }
    }
    Ok(())
}

fn visit_row(
    from: usize,
    targets: impl Iterator<Item = usize>,
    trust: &[u16],
    visit: &mut impl FnMut(usize, usize, u16, u64),
) {
    let sum: u64 = trust.iter().map(|&t| u64::from(t)).sum();
    for (to, &trust) in targets.zip(trust).filter(|(_, trust)| **trust > 0) {
        visit(from, to, trust, sum);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Graph;

    #[test]
    fn division_is_exact() {
        let sums = [1, 2, 3, 7, 65_535, 65_536, 65_537, (1 << 21) + 1, (1 << 37) - 1, (1 << 46) + 3];
        for sum in sums {
            for trust in
                [1, 2, 3, 255, 4_097, 32_768, 65_534, 65_535_u16].into_iter().filter(|&t| u64::from(t) <= sum)
            {
                let exact = (u64::from(trust) * Q32 / sum).min(Q32 - 1);
                assert_eq!(u64::from(normalised(trust, sum)), exact, "{trust} of {sum}");
            }
        }
    }

    #[test]
    fn the_least_trusted_come_first() {
        let graph = Graph::new(vec![0, 2, 3, 4], vec![0, 2, 0, 0]).unwrap();
        let matrix = TrustMatrix::Sparse { graph: &graph, trust: &[5, 6, 7, 8] };
        let order = Order::by_in_degree(&matrix, &mut GoOn::always()).unwrap();
        assert_eq!([0, 1, 2].map(|node| order.place(node)), [2, 0, 1]);
        let mut back = [0; 3];
        order.unsorted(&order.sorted(&[10, 11, 12]).unwrap(), &mut back);
        assert_eq!(back, [10, 11, 12]);
    }
}
