//! Who compares with whom: a directed graph in compressed sparse row (CSR) form.

use crate::error::{Argument, Error, Result};

/// A validated CSR graph: row `i` has the neighbours `targets[offsets[i]..offsets[i + 1]]`, and whatever runs
/// along the edges (trust, weights, residuals) has the length of `targets`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Graph {
    offsets: Vec<usize>,
    targets: Vec<u32>,
}

impl Graph {
    /// Takes over `offsets` (N + 1 entries, from 0, never falling) and `targets` (each below N).
    ///
    /// # Errors
    /// `offsets` or `targets` is named if it is not so.
    pub fn new(offsets: Vec<usize>, targets: Vec<u32>) -> Result<Self> {
        let Some((&first, &last)) = offsets.first().zip(offsets.last()) else {
            return Err(Error::argument(Argument::Offsets, "0 entries", "one more than there are rows"));
        };
        if first != 0 {
            return Err(Error::argument(Argument::Offsets, format!("a first entry of {first}"), "0"));
        }
        if let Some(i) = offsets.windows(2).position(|pair| pair[0] > pair[1]) {
            let got = format!("{} after {} at entry {}", offsets[i + 1], offsets[i], i + 1);
            return Err(Error::argument(Argument::Offsets, got, "entries that never fall"));
        }
        if last != targets.len() {
            let expected = format!("{} (the number of edges)", targets.len());
            return Err(Error::argument(Argument::Offsets, format!("a last entry of {last}"), expected));
        }
        let rows = offsets.len() - 1;
        // Checked here once, so that no kernel has to.
        if let Some(edge) = targets.iter().position(|&target| target as usize >= rows) {
            let got = format!("{} at entry {edge}", targets[edge]);
            return Err(Error::argument(Argument::Targets, got, format!("below {rows}")));
        }
        Ok(Self { offsets, targets })
    }

    /// The number of rows (nodes), N.
    pub fn rows(&self) -> usize {
        self.offsets.len() - 1
    }

    /// The number of edges, E.
    pub fn edges(&self) -> usize {
        self.targets.len()
    }

    /// The range of row `i`'s edges.
    pub fn edges_of(&self, i: usize) -> std::ops::Range<usize> {
        self.offsets[i]..self.offsets[i + 1]
    }

    /// The neighbours of row `i`.
    pub fn neighbours(&self, i: usize) -> &[u32] {
        &self.targets[self.edges_of(i)]
    }

    /// Where each row's edges start, N + 1 entries.
    pub fn offsets(&self) -> &[usize] {
        &self.offsets
    }

    /// The neighbour at the end of each edge, E entries.
    pub fn targets(&self) -> &[u32] {
        &self.targets
    }

    /// The largest number of neighbours a row has.
    pub fn max_degree(&self) -> usize {
        (0..self.rows()).map(|i| self.edges_of(i).len()).max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(offsets: &[usize], targets: &[u32]) -> String {
        Graph::new(offsets.to_vec(), targets.to_vec()).unwrap_err().to_string()
    }

    #[test]
    fn a_graph_says_what_is_wrong_with_it() {
        assert!(refused(&[], &[]).starts_with("offsets: got 0 entries"));
        assert!(refused(&[1, 1], &[0]).starts_with("offsets: got a first entry of 1"));
        assert!(refused(&[0, 2, 1], &[0]).starts_with("offsets: got 1 after 2 at entry 2"));
        assert!(refused(&[0, 2], &[0]).starts_with("offsets: got a last entry of 2"));
        assert!(refused(&[0, 1], &[1]).starts_with("targets: got 1 at entry 0"));
    }

    #[test]
    fn neighbours_follow_the_offsets() {
        let graph = Graph::new(vec![0, 2, 2, 3], vec![1, 2, 0]).unwrap();
        assert_eq!((graph.rows(), graph.edges(), graph.max_degree()), (3, 3, 2));
        assert_eq!(graph.neighbours(0), [1, 2]);
        assert!(graph.neighbours(1).is_empty());
    }
}
