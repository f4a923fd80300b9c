//! The normalised trust matrix turned round: for each node, who trusts it and how much of their trust that is.

use super::{Q32, TrustMatrix};
use crate::threads::Threads;

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

impl Incoming {
    pub(crate) fn new(matrix: &TrustMatrix<'_>) -> Self {
        let mut offsets = vec![0; matrix.rows() + 1];
        for_each_trust(matrix, |_, to, _| offsets[to + 1] += 1);
        for node in 0..matrix.rows() {
            offsets[node + 1] += offsets[node];
        }
        let mut free = offsets.clone();
        let mut entries = vec![(0, 0); offsets[matrix.rows()]];
        for_each_trust(matrix, |from, to, normalised| {
            entries[free[to]] = (from as u32, normalised);
            free[to] += 1;
        });
        Self { offsets, entries }
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
    pub(crate) fn multiply(&self, reputation: &[u64], keep: u64, threads: &Threads, out: &mut [u64]) {
        // A small matrix is multiplied sooner than other threads are woken.
        let size = if self.entries.len() < THREADED_FROM { out.len() } else { NODES_PER_JOB };
        threads.for_each_chunk(out, size, |first, chunk| {
            for (node, out) in (first..).zip(chunk) {
                *out = ((self.incoming_sum(node, reputation) * u128::from(keep)) >> 32) as u64;
            }
        });
    }

    fn incoming_sum(&self, node: usize, reputation: &[u64]) -> u128 {
        let entries = &self.entries[self.offsets[node]..self.offsets[node + 1]];
        let product = |&(from, c): &(u32, u32)| u128::from(c) * u128::from(reputation[from as usize]);
        entries.iter().map(product).sum::<u128>() >> 32
    }
}

/// Calls `visit(from, to, normalised trust)` for every trust above zero.
fn for_each_trust(matrix: &TrustMatrix<'_>, mut visit: impl FnMut(usize, usize, u32)) {
    for from in 0..matrix.rows() {
        match matrix {
            TrustMatrix::Sparse { graph, trust } => {
                let targets = graph.neighbours(from).iter().map(|&to| to as usize);
                visit_row(from, targets, &trust[graph.edges_of(from)], &mut visit);
            }
            TrustMatrix::Dense { rows, trust } => {
                visit_row(from, 0..*rows, &trust[from * rows..(from + 1) * rows], &mut visit);
            }
        }
    }
}

fn visit_row(
    from: usize,
    targets: impl Iterator<Item = usize>,
    trust: &[u16],
    visit: &mut impl FnMut(usize, usize, u32),
) {
    let sum: u64 = trust.iter().map(|&t| u64::from(t)).sum();
    for (to, &trust) in targets.zip(trust).filter(|(_, trust)| **trust > 0) {
        visit(from, to, (u64::from(trust) * Q32 / sum).min(Q32 - 1) as u32);
    }
}
