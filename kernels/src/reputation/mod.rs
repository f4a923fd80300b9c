//! Reputation: EigenTrust over a trust matrix, in integers.
//!
//! Source: Kamvar, Schlosser, Garcia-Molina, "The EigenTrust Algorithm for Reputation Management in P2P Networks",
//! WWW 2003; specification, "Reputation". Reputation is Q0.47 and always sums to exactly 2^47.

#[cfg(gpu)]
mod gpu;
mod pretrust;
mod transpose;

use crate::allocate::{expect_room, filled};
use crate::cancel::GoOn;
use crate::error::{Argument, Error, Result, expect_length};
use crate::gpu::Gpu;
use crate::graph::Graph;
use crate::threads::Threads;
pub(crate) use pretrust::Pretrust;
pub(crate) use transpose::{Incoming, Order};

/// "All of the reputation" in Q0.47.
pub const REPUTATION_ONE: u64 = 1 << 47;

/// One in Q0.32, the form of normalised trust and of the damping.
const Q32: u64 = 1 << 32;

/// Who trusts whom, and how much, in Q0.16.
#[derive(Clone, Copy, Debug)]
pub enum TrustMatrix<'a> {
    /// Trust along the edges of a graph: row `i` trusts its neighbours.
    Sparse {
        /// N rows, E edges.
        graph: &'a Graph,
        /// E trusts, in the order of the graph's targets.
        trust: &'a [u16],
    },
    /// Row-major N × N.
    Dense {
        /// N.
        rows: usize,
        /// N × N trusts; row `i` holds what `i` trusts.
        trust: &'a [u16],
    },
}

/// How reputation is computed.
#[derive(Clone, Copy, Debug)]
pub struct ReputationOptions<'a> {
    /// The part of reputation that always comes from pre-trust, 0 to 1.
    pub damping: f64,
    /// Non-negative weights of the pre-trusted nodes, N of them; uniform if absent.
    pub pretrust: Option<&'a [u32]>,
    /// Stop when the L1 change in one iteration is at most this part of the whole.
    pub tolerance: f64,
    /// Stop after this many iterations.
    pub max_iterations: u32,
}

impl Default for ReputationOptions<'_> {
    fn default() -> Self {
        Self { damping: 0.15, pretrust: None, tolerance: 1e-9, max_iterations: 1_000 }
    }
}

/// How an iteration ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Convergence {
    /// Iterations done.
    pub iterations: u32,
    /// The L1 change of the last iteration, in Q0.47.
    pub change: u64,
    /// Whether the change came down to the tolerance.
    pub converged: bool,
}

impl TrustMatrix<'_> {
    /// The number of nodes, N.
    pub fn rows(&self) -> usize {
        match self {
            Self::Sparse { graph, .. } => graph.rows(),
            Self::Dense { rows, .. } => *rows,
        }
    }

    fn validate(&self) -> Result<()> {
        match self {
            Self::Sparse { graph, trust } => expect_length(Argument::Trust, trust.len(), graph.edges()),
            Self::Dense { rows, trust } => {
                expect_length(Argument::Trust, trust.len(), rows.saturating_mul(*rows))
            }
        }
    }
}

impl ReputationOptions<'_> {
    fn validate(&self) -> Result<()> {
        if !(0.0..=1.0).contains(&self.damping) {
            return Err(Error::argument(Argument::Damping, self.damping, "0 to 1"));
        }
        if !(0.0..=1.0).contains(&self.tolerance) {
            return Err(Error::argument(Argument::Tolerance, self.tolerance, "0 to 1"));
        }
        Ok(())
    }
}

/// How far to iterate: [`ReputationOptions`] in integers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Iteration {
    /// 1 - damping, in Q0.32.
    pub keep: u64,
    /// In Q0.47.
    pub tolerance: u64,
    /// Iterations.
    pub most: u32,
}

/// Where reputation is computed.
pub(crate) enum Place<'a> {
    /// On these threads.
    Host(&'a Threads),
    /// On a device.
    Gpu(&'a Gpu),
}

/// Computes the reputation of every node into `out`, N entries in Q0.47.
pub(crate) fn reputation(
    matrix: TrustMatrix<'_>,
    options: &ReputationOptions<'_>,
    place: Place<'_>,
    out: &mut [u64],
    go_on: &mut GoOn<'_>,
) -> Result<Convergence> {
    matrix.validate()?;
    options.validate()?;
    expect_length(Argument::Out, out.len(), matrix.rows())?;
    let pretrust = Pretrust::new(options.pretrust, matrix.rows(), go_on)?;
    if out.is_empty() {
        return Ok(Convergence { iterations: 0, change: 0, converged: true });
    }
    let rules = Iteration {
        keep: Q32 - (options.damping * Q32 as f64).round() as u64,
        tolerance: (options.tolerance * REPUTATION_ONE as f64) as u64,
        most: options.max_iterations,
    };
    // All but the entries together: the order, offsets twice, shares twice.
    expect_room("reputation", matrix.rows().saturating_mul(40))?;
    match place {
        Place::Host(threads) => {
            let order = Order::by_in_degree(&matrix, go_on)?;
            let incoming = Incoming::new(&matrix, &order, go_on)?;
            let mut shares = order.sorted(pretrust.shares())?;
            let end = iterate(&incoming, &pretrust, &order, rules, threads, &mut shares, go_on)?;
            order.unsorted(&shares, out);
            Ok(end)
        }
        Place::Gpu(gpu) => {
            out.copy_from_slice(pretrust.shares());
            let incoming = Incoming::new(&matrix, &Order::by_number(&matrix, go_on)?, go_on)?;
            gpu.iterate(&incoming, &pretrust, rules, out, go_on)
        }
    }
}

fn iterate(
    incoming: &Incoming,
    pretrust: &Pretrust,
    order: &Order,
    rules: Iteration,
    threads: &Threads,
    out: &mut [u64],
    go_on: &mut GoOn<'_>,
) -> Result<Convergence> {
    let Iteration { keep, tolerance, most } = rules;
    let mut next = filled("the next reputation", 0, out.len())?;
    let mut end = Convergence { iterations: 0, change: u64::MAX, converged: false };
    while !end.converged && end.iterations < most {
        incoming.multiply(out, keep, threads, &mut next, go_on)?;
        // Damping, the share of nodes that trust nobody and what rounding lost all go back along the pre-trust.
        let passed_on: u64 = next.iter().sum();
        pretrust.distribute(REPUTATION_ONE - passed_on, order, &mut next, go_on)?;
        let change = out.iter().zip(&next).map(|(a, b)| a.abs_diff(*b)).sum();
        out.copy_from_slice(&next);
        end = Convergence { iterations: end.iterations + 1, change, converged: change <= tolerance };
    }
    Ok(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one() -> Threads {
        Threads::new(Some(1)).unwrap()
    }

    fn dense(rows: usize, trust: &[u16], options: &ReputationOptions<'_>) -> Vec<u64> {
        let mut out = vec![0; rows];
        reputation(
            TrustMatrix::Dense { rows, trust },
            options,
            Place::Host(&one()),
            &mut out,
            &mut GoOn::always(),
        )
        .unwrap();
        out
    }

    #[test]
    fn two_nodes_that_trust_each_other_share_evenly() {
        let shares = dense(2, &[0, 9, 5, 0], &ReputationOptions::default());
        assert_eq!(shares, [REPUTATION_ONE / 2; 2]);
    }

    #[test]
    fn nobody_trusting_anybody_is_the_pretrust() {
        let options = ReputationOptions { pretrust: Some(&[1, 0, 3]), ..Default::default() };
        let shares = dense(3, &[0; 9], &options);
        assert_eq!(shares, [REPUTATION_ONE / 4, 0, REPUTATION_ONE / 4 * 3]);
    }

    #[test]
    fn sparse_and_dense_agree() {
        let graph = Graph::new(vec![0, 2, 3, 3], vec![1, 2, 2]).unwrap();
        let sparse = TrustMatrix::Sparse { graph: &graph, trust: &[7, 9, 11] };
        let mut out = [0; 3];
        reputation(sparse, &ReputationOptions::default(), Place::Host(&one()), &mut out, &mut GoOn::always())
            .unwrap();
        assert_eq!(out.to_vec(), dense(3, &[0, 7, 9, 0, 0, 11, 0, 0, 0], &ReputationOptions::default()));
        assert_eq!(out.iter().sum::<u64>(), REPUTATION_ONE);
    }

    #[test]
    fn bad_options_are_named() {
        let options = ReputationOptions { damping: f64::NAN, ..Default::default() };
        let matrix = TrustMatrix::Dense { rows: 1, trust: &[0] };
        let error =
            reputation(matrix, &options, Place::Host(&one()), &mut [0], &mut GoOn::always()).unwrap_err();
        assert!(error.to_string().starts_with("damping: got NaN"), "{error}");
    }
}
