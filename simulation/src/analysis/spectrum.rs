//! The spectral gap of plain averaging on a graph: how much of a disagreement each cycle takes away, in the long run.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;
use std::{panic, thread};

use lvs_kernels::allocate::{collected, expect_room, filled, reserved};
use lvs_kernels::vaultguard::WEIGHT_MAX;
use lvs_kernels::{GoOn, Graph};
use nalgebra::DMatrix;
use serde::Serialize;

use crate::error::{Argument, Error, Result};
use crate::random::Random;
use crate::topology::components_while;

/// Rows up to which all eigenvalues are computed.
pub const DENSE_ROWS_MAX: usize = 2_000;

/// Rows up to which computing them takes less than anybody would wish to end.
const AT_ONCE_ROWS_MAX: usize = 300;

/// How long to wait before asking whether to go on.
const PATIENCE: Duration = Duration::from_millis(10);

/// What memory is needed for.
const VECTOR: &str = "the spectrum of a graph";

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
/// `graph` is named if it has no rows or an edge has no opposite.
pub fn gossip_spectrum(graph: &Graph) -> Result<Spectrum> {
    gossip_spectrum_while(graph, &mut GoOn::always())
}

/// The same, for as long as `go_on` says so. What it ends may compute for some seconds yet, on a thread of its own.
///
/// # Errors
/// As for [`gossip_spectrum`]; [`lvs_kernels::Error::Cancelled`] if it was told to end, [`lvs_kernels::Error::OutOfMemory`] if there is no room.
pub fn gossip_spectrum_while(graph: &Graph, go_on: &mut GoOn<'_>) -> Result<Spectrum> {
    if graph.rows() == 0 {
        return Err(Error::argument(Argument::Graph, "0 rows", "at least 1"));
    }
    expect_undirected(graph, go_on)?;
    let (labels, parts) = components_while(graph, go_on)?;
    let roots = collected(VECTOR, (0..graph.rows()).map(|row| weight(graph, row).sqrt()))?;
    let (factor, method) = if graph.rows() <= DENSE_ROWS_MAX {
        (dense(graph, &roots, parts, go_on)?, Method::Dense)
    } else {
        power(graph, &roots, &labels, parts, go_on)?
    };
    Ok(Spectrum { factor, gap: 1.0 - factor, parts, method })
}

fn weight(graph: &Graph, row: usize) -> f64 {
    let share = WEIGHT_MAX as usize / (graph.neighbours(row).len() + 1);
    share as f64 / 65_536.0
}

fn expect_undirected(graph: &Graph, go_on: &mut GoOn<'_>) -> Result<()> {
    for i in 0..graph.rows() {
        for &j in graph.neighbours(i) {
            if !graph.neighbours(j as usize).contains(&(i as u32)) {
                let got = format!("an edge from {i} to {j} without its opposite");
                return Err(Error::argument(Argument::Graph, got, "an undirected graph"));
            }
            go_on.worked(graph.neighbours(j as usize).len())?;
        }
    }
    Ok(())
}

/// The gossip matrix is I - W L for the Laplacian L and the weights W of the rows. It has the eigenvalues of
/// I - W^1/2 L W^1/2, which is symmetric.
fn dense(graph: &Graph, roots: &[f64], parts: usize, go_on: &mut GoOn<'_>) -> Result<f64> {
    // `nalgebra` works on copies of it.
    expect_room("the gossip matrix", graph.rows() * graph.rows() * 3 * size_of::<f64>())?;
    let mut matrix = DMatrix::<f64>::identity(graph.rows(), graph.rows());
    for i in 0..graph.rows() {
        for &j in graph.neighbours(i) {
            matrix[(i, i)] -= roots[i] * roots[i];
            matrix[(i, j as usize)] += roots[i] * roots[j as usize];
        }
    }
    let mut eigenvalues = eigenvalues(matrix, go_on)?;
    eigenvalues.sort_by(f64::total_cmp);
    // Each part has one eigenvalue of 1: the agreement of that part, which lasts.
    let others = &eigenvalues[..eigenvalues.len() - parts];
    Ok(others.first().zip(others.last()).map_or(0.0, |(low, high)| low.abs().max(high.abs())))
}

/// All eigenvalues of a symmetric matrix. `nalgebra` cannot be ended half-way: a large one is left to a thread, which
/// nobody waits for once the call is cancelled.
fn eigenvalues(matrix: DMatrix<f64>, go_on: &mut GoOn<'_>) -> Result<Vec<f64>> {
    if matrix.nrows() <= AT_ONCE_ROWS_MAX {
        return Ok(matrix.symmetric_eigenvalues().iter().copied().collect());
    }
    let (send, receive) = mpsc::channel();
    // Nobody listens any more if the call was cancelled.
    let work = move || drop(send.send(matrix.symmetric_eigenvalues().iter().copied().collect::<Vec<_>>()));
    let thread = thread::Builder::new().name("lvs-spectrum".into()).spawn(work);
    let thread =
        thread.map_err(|error| lvs_kernels::Error::Threads { count: 1, reason: error.to_string() })?;
    loop {
        match receive.recv_timeout(PATIENCE) {
            Ok(eigenvalues) => {
                // It has nothing left to do.
                let _ = thread.join();
                return Ok(eigenvalues);
            }
            Err(RecvTimeoutError::Timeout) => go_on.check()?,
            Err(RecvTimeoutError::Disconnected) => panic::resume_unwind(thread.join().unwrap_err()),
        }
    }
}

fn power(
    graph: &Graph,
    roots: &[f64],
    labels: &[u32],
    parts: usize,
    go_on: &mut GoOn<'_>,
) -> Result<(f64, Method)> {
    // The same graph must give the same answer.
    let mut random = Random::new(graph.rows() as u64);
    let start = || random.between(-(1 << 40), 1 << 40) as f64;
    let mut vector: Vec<f64> = collected(VECTOR, std::iter::repeat_with(start).take(graph.rows()))?;
    let steps = (EDGES_LOOKED_AT / (graph.edges() + graph.rows())).clamp(64, 1 << 16);
    let mut factor = 0.0;
    let mut looked = 0.0;
    for step in 1..=steps {
        go_on.check()?;
        deflate(&mut vector, roots, labels, parts)?;
        go_on.check()?;
        let length = vector.iter().map(|entry| entry * entry).sum::<f64>().sqrt();
        if length == 0.0 {
            return Ok((0.0, Method::Power));
        }
        vector.iter_mut().for_each(|entry| *entry /= length);
        vector = applied(graph, roots, &vector, go_on)?;
        factor = vector.iter().map(|entry| entry * entry).sum::<f64>().sqrt();
        // Compared over a stretch: from one step to the next a slow iteration hardly changes, settled or not.
        if step % 16 == 0 {
            if (factor - looked).abs() < SETTLED * (1.0 - factor) {
                return Ok((factor, Method::Power));
            }
            looked = factor;
        }
    }
    Ok((factor, Method::PowerUnsettled))
}

/// Takes away what each part has along its eigenvector of 1, the entries of which are 1 over the roots.
fn deflate(vector: &mut [f64], roots: &[f64], labels: &[u32], parts: usize) -> Result<()> {
    let mut sums = filled(VECTOR, (0.0, 0.0), parts)?;
    for ((entry, root), &part) in vector.iter().zip(roots).zip(labels) {
        let (along, length) = &mut sums[part as usize];
        *along += entry / root;
        *length += 1.0 / (root * root);
    }
    for ((entry, root), &part) in vector.iter_mut().zip(roots).zip(labels) {
        let (along, length): (f64, f64) = sums[part as usize];
        *entry -= along / length / root;
    }
    Ok(())
}

fn applied(graph: &Graph, roots: &[f64], vector: &[f64], go_on: &mut GoOn<'_>) -> Result<Vec<f64>> {
    let mut next = reserved(VECTOR, vector.len())?;
    for i in 0..vector.len() {
        let neighbours = graph.neighbours(i);
        let gathered: f64 = neighbours.iter().map(|&j| roots[j as usize] * vector[j as usize]).sum();
        next.push(vector[i] + roots[i] * (gathered - neighbours.len() as f64 * roots[i] * vector[i]));
        // Neighbours lie anywhere in memory.
        go_on.worked(8 * neighbours.len() + 1)?;
    }
    Ok(next)
}

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;

    use super::*;
    use crate::topology::{Topology, undirected};

    #[test]
    fn a_ring_has_the_gap_of_its_circulant_matrix() {
        let graph = Topology::Ring { degree: 2 }.build(50, 1).unwrap();
        let weight = 21_845.0 / 65_536.0;
        let expected = 1.0 - 2.0 * weight * (1.0 - (std::f64::consts::TAU / 50.0).cos());
        let spectrum = gossip_spectrum(&graph).unwrap();
        assert_abs_diff_eq!(spectrum.factor, expected, epsilon = 1e-12);
    }

    #[test]
    fn dense_and_power_agree() {
        for topology in [
            Topology::Regular { degree: 8 },
            Topology::BarabasiAlbert { degree: 6 },
            Topology::Groups { size: 9 },
        ] {
            let graph = topology.build(300, 5).unwrap();
            let go_on = &mut GoOn::always();
            let (labels, parts) = components_while(&graph, go_on).unwrap();
            let roots: Vec<f64> = (0..graph.rows()).map(|row| weight(&graph, row).sqrt()).collect();
            let (found, method) = power(&graph, &roots, &labels, parts, go_on).unwrap();
            let exact = dense(&graph, &roots, parts, go_on).unwrap();
            assert_eq!(method, Method::Power, "{topology:?}");
            assert_abs_diff_eq!(found, exact, epsilon = 1e-4);
        }
    }

    #[test]
    fn a_spectrum_needs_a_row() {
        let graph = Graph::new(vec![0], vec![]).unwrap();
        let message = gossip_spectrum(&graph).unwrap_err().to_string();
        assert_eq!(message, "graph: got 0 rows, expected at least 1");
    }

    #[test]
    fn a_spectrum_can_be_ended() {
        for nodes in [1_500, 60_000] {
            let graph = Topology::Ring { degree: 2 }.build(nodes, 1).unwrap();
            let mut ask = || false;
            let ended = gossip_spectrum_while(&graph, &mut GoOn::asking(&mut ask));
            assert_eq!(ended, Err(lvs_kernels::Error::Cancelled.into()), "{nodes} nodes");
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
