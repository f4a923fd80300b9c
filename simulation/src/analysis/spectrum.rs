//! The spectral gap of plain averaging on a graph: how much of a disagreement each cycle takes away, in the long run.

use lvs_kernels::Graph;
use lvs_kernels::vaultguard::WEIGHT_MAX;
use nalgebra::DMatrix;
use serde::Serialize;

use crate::error::{Argument, Error, Result};
use crate::random::Random;
use crate::topology::components;

/// Rows up to which all eigenvalues are computed.
pub const DENSE_ROWS_MAX: usize = 2_000;

/// Edges looked at in a power iteration, all steps together.
const EDGES_LOOKED_AT: usize = 1 << 31;

/// The change of the estimate, over 16 steps, from which on it counts as found.
const SETTLED: f64 = 1e-7;

/// How a [`Spectrum`] was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// All eigenvalues, by `nalgebra`.
    Dense,
    /// A power iteration, which ended because its estimate did not change any more.
    Power,
    /// A power iteration that was cut short: the true gap is smaller.
    PowerUnsettled,
}

/// What averaging on a graph will do.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Spectrum {
    /// What is left of a disagreement after a cycle, in the long run: the largest absolute eigenvalue of the gossip
    /// matrix besides the 1 that each part of the graph has.
    pub factor: f64,
    /// 1 less the factor.
    pub gap: f64,
    /// The parts that the graph falls into; each agrees by itself.
    pub parts: usize,
    /// How it was found.
    pub method: Method,
}

/// The spectrum of the gossip matrix of plain averaging with full trust on an undirected graph: a row with K neighbours
/// gives each a weight of floor(65535 / (K + 1)) / 65536. Up to 2,000 rows all eigenvalues are computed, beyond that the
/// one that matters is found by power iteration.
///
/// # Errors
/// `graph` is named if an edge has no opposite.
pub fn gossip_spectrum(graph: &Graph) -> Result<Spectrum> {
    expect_undirected(graph)?;
    let (labels, parts) = components(graph);
    let roots: Vec<f64> = (0..graph.rows()).map(|row| weight(graph, row).sqrt()).collect();
    let (factor, method) = if graph.rows() <= DENSE_ROWS_MAX {
        (dense(graph, &roots, parts), Method::Dense)
    } else {
        power(graph, &roots, &labels, parts)
    };
    Ok(Spectrum { factor, gap: 1.0 - factor, parts, method })
}

fn weight(graph: &Graph, row: usize) -> f64 {
    let share = WEIGHT_MAX as usize / (graph.neighbours(row).len() + 1);
    share as f64 / 65_536.0
}

fn expect_undirected(graph: &Graph) -> Result<()> {
    for i in 0..graph.rows() {
        for &j in graph.neighbours(i) {
            if !graph.neighbours(j as usize).contains(&(i as u32)) {
                let got = format!("an edge from {i} to {j} without its opposite");
                return Err(Error::argument(Argument::Graph, got, "an undirected graph"));
            }
        }
    }
    Ok(())
}

/// The gossip matrix is I - W L for the Laplacian L and the weights W of the rows. It has the eigenvalues of
/// I - W^1/2 L W^1/2, which is symmetric.
fn dense(graph: &Graph, roots: &[f64], parts: usize) -> f64 {
    let mut matrix = DMatrix::<f64>::identity(graph.rows(), graph.rows());
    for i in 0..graph.rows() {
        for &j in graph.neighbours(i) {
            matrix[(i, i)] -= roots[i] * roots[i];
            matrix[(i, j as usize)] += roots[i] * roots[j as usize];
        }
    }
    let mut eigenvalues: Vec<f64> = matrix.symmetric_eigenvalues().iter().copied().collect();
    eigenvalues.sort_by(f64::total_cmp);
    let others = &eigenvalues[..eigenvalues.len() - parts];
    others.first().zip(others.last()).map_or(0.0, |(low, high)| low.abs().max(high.abs()))
}

fn power(graph: &Graph, roots: &[f64], labels: &[u32], parts: usize) -> (f64, Method) {
    let mut random = Random::new(graph.rows() as u64);
    let start = || random.between(-(1 << 40), 1 << 40) as f64;
    let mut vector: Vec<f64> = std::iter::repeat_with(start).take(graph.rows()).collect();
    let steps = (EDGES_LOOKED_AT / (graph.edges() + graph.rows())).clamp(64, 1 << 16);
    let (mut factor, mut looked) = (0.0, 0.0);
    for step in 1..=steps {
        deflate(&mut vector, roots, labels, parts);
        let length = vector.iter().map(|entry| entry * entry).sum::<f64>().sqrt();
        if length == 0.0 {
            return (0.0, Method::Power);
        }
        vector.iter_mut().for_each(|entry| *entry /= length);
        vector = applied(graph, roots, &vector);
        factor = vector.iter().map(|entry| entry * entry).sum::<f64>().sqrt();
        if step % 16 == 0 {
            if (factor - looked).abs() < SETTLED * (1.0 - factor) {
                return (factor, Method::Power);
            }
            looked = factor;
        }
    }
    (factor, Method::PowerUnsettled)
}

/// Takes away what each part has along its eigenvector of 1, the entries of which are 1 over the roots.
fn deflate(vector: &mut [f64], roots: &[f64], labels: &[u32], parts: usize) {
    let mut sums = vec![(0.0, 0.0); parts];
    for ((entry, root), &part) in vector.iter().zip(roots).zip(labels) {
        let (along, length) = &mut sums[part as usize];
        *along += entry / root;
        *length += 1.0 / (root * root);
    }
    for ((entry, root), &part) in vector.iter_mut().zip(roots).zip(labels) {
        let (along, length): (f64, f64) = sums[part as usize];
        *entry -= along / length / root;
    }
}

fn applied(graph: &Graph, roots: &[f64], vector: &[f64]) -> Vec<f64> {
    let row = |i: usize| {
        let neighbours = graph.neighbours(i);
        let gathered: f64 = neighbours.iter().map(|&j| roots[j as usize] * vector[j as usize]).sum();
        vector[i] + roots[i] * (gathered - neighbours.len() as f64 * roots[i] * vector[i])
    };
    (0..vector.len()).map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::topology::{Topology, undirected};

    #[test]
    fn a_ring_has_the_gap_of_its_circulant_matrix() {
        let graph = Topology::Ring { degree: 2 }.build(50, 1).unwrap();
        let weight = 21_845.0 / 65_536.0;
        let expected = 1.0 - 2.0 * weight * (1.0 - (std::f64::consts::TAU / 50.0).cos());
        let spectrum = gossip_spectrum(&graph).unwrap();
        assert!((spectrum.factor - expected).abs() < 1e-12, "{spectrum:?}, expected {expected}");
    }

    #[test]
    fn dense_and_power_agree() {
        for topology in [
            Topology::Regular { degree: 8 },
            Topology::BarabasiAlbert { degree: 6 },
            Topology::Groups { size: 9 },
        ] {
            let graph = topology.build(300, 5).unwrap();
            let (labels, parts) = components(&graph);
            let roots: Vec<f64> = (0..graph.rows()).map(|row| weight(&graph, row).sqrt()).collect();
            let (found, method) = power(&graph, &roots, &labels, parts);
            let exact = dense(&graph, &roots, parts);
            assert_eq!(method, Method::Power, "{topology:?}");
            assert!((found - exact).abs() < 1e-4, "{topology:?}: {found} and {exact}");
        }
    }

    #[test]
    fn an_edge_needs_its_opposite() {
        let graph = Graph::new(vec![0, 1, 1], vec![1]).unwrap();
        let message = gossip_spectrum(&graph).unwrap_err().to_string();
        assert_eq!(
            message,
            "graph: got an edge from 0 to 1 without its opposite, expected an undirected graph"
        );
        assert_eq!(gossip_spectrum(&undirected(3, &[]).unwrap()).unwrap().factor, 0.0);
    }
}
