//! The second eigenvector of a graph's Laplacian (Fiedler 1973), for each part of the graph its own.

use lvs_kernels::allocate::{collected, filled};
use lvs_kernels::{GoOn, Graph};

use crate::error::Result;
use crate::random::Random;
use crate::topology::components_while;

/// Edges looked at in all steps together; the more edges, the fewer steps.
const EDGES_LOOKED_AT: usize = 1 << 30;

/// Steps at most, and at least.
const STEPS: (usize, usize) = (64, 4_096);

/// The change of the eigenvalue from which on it counts as found.
const SETTLED: f64 = 1e-12;

/// What memory is needed for.
const VECTOR: &str = "the second eigenvector of a graph";

/// A unit vector along which a graph mixes slowest, for each of its parts.
#[derive(Clone, Debug)]
pub struct Fiedler {
    vector: Vec<f64>,
    labels: Vec<u32>,
    parts: usize,
    connectivity: f64,
}

impl Fiedler {
    /// By power iteration on `2 * largest degree - Laplacian`, less the constant vectors. The sums run in one order on
    /// every machine, so the same graph gives the same bits. On a large graph that mixes slowly it is an approximation:
    /// at least 64 steps are made, and no more than 4,096 or 2^30 looks at an edge.
    ///
    /// # Errors
    /// If there is no memory for it, or `go_on` says no.
    pub fn new(graph: &Graph, go_on: &mut GoOn<'_>) -> Result<Self> {
        let (labels, parts) = components_while(graph, go_on)?;
        // Any start will do that is not orthogonal to the answer, and the same graph must give the same answer.
        let mut random = Random::new(graph.rows() as u64);
        let start = || random.between(-(1 << 40), 1 << 40) as f64;
        let vector: Vec<f64> = collected(VECTOR, std::iter::repeat_with(start).take(graph.rows()))?;
        let mut fiedler = Self { vector, labels, parts, connectivity: 0.0 };
        fiedler.make_unit(go_on)?;
        let mut previous = f64::INFINITY;
        let steps = EDGES_LOOKED_AT / (graph.edges() + graph.rows()).max(1);
        for _ in 0..steps.clamp(STEPS.0, STEPS.1) {
            fiedler.step(graph, go_on)?;
            if (previous - fiedler.connectivity).abs() <= SETTLED * fiedler.connectivity {
                break;
            }
            previous = fiedler.connectivity;
        }
        Ok(fiedler)
    }

    /// An entry for each row: in every part of the graph a vector of length 1 that sums to 0; 0 for a row by itself.
    pub fn vector(&self) -> &[f64] {
        &self.vector
    }

    /// The part of the graph that a row belongs to.
    pub fn part(&self, row: usize) -> usize {
        self.labels[row] as usize
    }

    /// The Rayleigh quotient of the vector, all parts together: where the graph is connected, an upper bound of its
    /// algebraic connectivity that is close to it.
    pub fn connectivity(&self) -> f64 {
        self.connectivity
    }

    /// How far H × B values reach along the vector: parts × B inner products.
    pub fn projections(&self, values: &[i64], cells: usize) -> Vec<f64> {
        let mut projections = vec![0.0; self.parts * cells];
        // Less a value of the part, which the vector does not see, so that no digits are lost on what is common.
        let mut bases: Vec<Option<usize>> = vec![None; self.parts];
        for (row, entry) in self.vector.iter().enumerate() {
            let part = self.labels[row] as usize;
            let base = &values[*bases[part].get_or_insert(row) * cells..][..cells];
            let pairs = values[row * cells..][..cells].iter().zip(base);
            let sums = &mut projections[part * cells..][..cells];
            sums.iter_mut().zip(pairs).for_each(|(sum, (value, base))| *sum += entry * (value - base) as f64);
        }
        projections
    }

    fn step(&mut self, graph: &Graph, go_on: &mut GoOn<'_>) -> Result<()> {
        // No eigenvalue of a Laplacian is larger, so the smallest of it become the largest of what is iterated on.
        let shift = 2.0 * graph.max_degree() as f64;
        let mut next = filled(VECTOR, 0.0, self.vector.len())?;
        let mut energy = 0.0;
        let mut length = 0.0;
        for (row, next) in next.iter_mut().enumerate() {
            let own = self.vector[row];
            let differences = graph.neighbours(row).iter().map(|&j| own - self.vector[j as usize]);
            let laplacian: f64 = differences.sum();
            *next = shift * own - laplacian;
            energy += own * laplacian;
            length += own * own;
            // Neighbours lie anywhere in memory.
            go_on.worked(8 * graph.neighbours(row).len() + 1)?;
        }
        self.connectivity = if length > 0.0 { energy / length } else { 0.0 };
        self.vector = next;
        self.make_unit(go_on)
    }

    /// Takes the mean of each part away and scales what is left to length 1.
    fn make_unit(&mut self, go_on: &mut GoOn<'_>) -> Result<()> {
        let mut sums = filled(VECTOR, (0.0, 0.0), self.parts)?;
        for (&entry, &part) in self.vector.iter().zip(&self.labels) {
            let (sum, count) = &mut sums[part as usize];
            *sum += entry;
            *count += 1.0;
        }
        let mut lengths = filled(VECTOR, 0.0, self.parts)?;
        go_on.check()?;
        for (entry, &part) in self.vector.iter_mut().zip(&self.labels) {
            let (sum, count): (f64, f64) = sums[part as usize];
            *entry -= sum / count;
            lengths[part as usize] += *entry * *entry;
        }
        for (entry, &part) in self.vector.iter_mut().zip(&self.labels) {
            let length: f64 = lengths[part as usize];
            // A row by itself has nothing left once its mean is taken away.
            *entry = if length > 0.0 { *entry / length.sqrt() } else { 0.0 };
        }
        Ok(go_on.check()?)
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;

    use super::*;
    use crate::topology::{Topology, undirected};

    #[test]
    fn two_worlds_are_told_apart() {
        let graph = Topology::TwoWorlds { bridges: 8 }.build(26, 1).unwrap();
        let fiedler = Fiedler::new(&graph, &mut GoOn::always()).unwrap();
        // The paper's graph: the vector is one sign on one side, the other on the other, and the eigenvalue 2 * 8.
        assert_abs_diff_eq!(fiedler.connectivity(), 16.0, epsilon = 1e-6);
        let expected = (1.0_f64 / 26.0).sqrt();
        for entry in fiedler.vector() {
            assert_abs_diff_eq!(entry.abs(), expected, epsilon = 1e-4);
        }
        assert!((1..13).all(|i| fiedler.vector()[i] * fiedler.vector()[0] > 0.0));
        assert!((13..26).all(|i| fiedler.vector()[i] * fiedler.vector()[0] < 0.0));
    }

    #[test]
    fn every_part_has_a_vector_of_its_own() {
        let graph = undirected(6, &[(0, 1), (1, 2), (3, 4)]).unwrap();
        let fiedler = Fiedler::new(&graph, &mut GoOn::always()).unwrap();
        let vector = fiedler.vector();
        assert_abs_diff_eq!(vector[1], 0.0, epsilon = 1e-3);
        assert_abs_diff_eq!(vector[0], -vector[2], epsilon = 1e-3);
        assert_abs_diff_eq!(vector[3].abs(), 0.5_f64.sqrt(), epsilon = 1e-9);
        assert_eq!(vector[5], 0.0);
        let along = fiedler.projections(&[1 << 60, 1 << 60, (1 << 60) + 1_000, 5, 7, 9], 1);
        assert_abs_diff_eq!(along[0].abs(), 1_000.0 * 0.5_f64.sqrt(), epsilon = 1.0);
        assert_eq!(along[2], 0.0);
    }
}
