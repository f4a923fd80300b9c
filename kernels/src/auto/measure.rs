//! Times what computes: the processor against a device, at the sizes where either could win.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Crossover, Task, WORTH_A_LOOK};
use crate::cancel::GoOn;
use crate::compute::Compute;
use crate::error::{Argument, Result};
use crate::gpu::Gpu;
use crate::graph::Graph;
use crate::mix::{below, mix64};
use crate::processor::Processor;
use crate::rows::Rows;
use crate::state::{self, Rules};
use crate::threads::Threads;
use crate::vaultguard::WEIGHT_MAX;

/// The largest workload that is timed; beyond it the winner stays the winner.
pub(super) const LARGEST: u64 = 1 << 26;

/// How long one timing may take.
const BUDGET: Duration = Duration::from_millis(200);

/// The number of terms from which on the device wins against the processor.
pub(super) fn measure(
    processor: Processor,
    threads: &Threads,
    gpu: &Arc<Gpu>,
    largest: u64,
) -> Result<Crossover> {
    let host = Compute::Host(processor);
    let device = Compute::Gpu(gpu.clone());
    let mut crossover = [None; 2];
    for task in Task::ALL {
        let mut terms = largest;
        // From the largest down, for as long as the device wins.
        while terms >= WORTH_A_LOOK
            && seconds_for(&device, threads, task, terms)? < seconds_for(&host, threads, task, terms)?
        {
            crossover[task as usize] = Some(terms);
            terms /= 4;
        }
    }
    Ok(crossover)
}

/// The seconds for about so many terms of a task: the best of a few rounds.
pub(crate) fn seconds_for(compute: &Compute, threads: &Threads, task: Task, terms: u64) -> Result<f64> {
    match task {
        Task::Swarm => swarm_seconds(compute, threads, terms),
        Task::Pairwise => pairwise_seconds(compute, threads, terms),
    }
}

/// A cycle of rows of 64 cells with 16 neighbours each.
fn swarm_seconds(compute: &Compute, threads: &Threads, terms: u64) -> Result<f64> {
    const DEGREE: usize = 16;
    const CELLS: usize = 64;
    const CYCLES: u64 = 4;
    let rows = (terms as usize / (DEGREE * CELLS)).max(DEGREE + 1);
    let rules = Rules {
        graph: scattered_graph(rows, DEGREE)?,
        frozen: vec![false; rows],
        learn_trust: true,
        trim: true,
        hold: false,
        seed: 0,
        loss: None,
    };
    let trust = vec![WEIGHT_MAX as u16; rules.graph.edges()];
    let values = scattered_values(rows * CELLS);
    let mut state = state::start(compute, threads, &rules, &values, CELLS, &trust)?;
    let mut cycle = 0;
    let seconds = best_of(|| {
        state.reset_stats()?;
        let first = cycle;
        state.step(&rules, first..first + CYCLES, &mut cycle, &mut GoOn::always())?;
        // Reading the statistics waits for the device.
        state.stats().map(drop)
    })?;
    Ok(seconds / CYCLES as f64)
}

/// Rows of 256 cells.
fn pairwise_seconds(compute: &Compute, threads: &Threads, terms: u64) -> Result<f64> {
    const CELLS: usize = 256;
    let rows = ((2 * terms as usize / CELLS) as f64).sqrt() as usize + 2;
    let values = scattered_values(rows * CELLS);
    let values = Rows::new(Argument::Values, &values, rows, CELLS)?;
    let mut out = vec![0; rows * rows];
    best_of(|| compute.pairwise_residuals(threads, &values, &mut out, &mut GoOn::always()))
}

/// Every row has `degree` neighbours, spread over all rows.
fn scattered_graph(rows: usize, degree: usize) -> Result<Graph> {
    // Far apart, as in a real graph, so that no cache serves two neighbours.
    let apart = (rows / degree).max(1);
    let mut targets = Vec::with_capacity(rows * degree);
    for row in 0..rows {
        targets.extend((0..degree).map(|j| ((row + 1 + j * apart) % rows) as u32));
    }
    Graph::new((0..=rows).map(|row| row * degree).collect(), targets)
}

/// Values around 1,000 VU that no processor can guess.
fn scattered_values(count: usize) -> Vec<i64> {
    (0..count as u64).map(|i| 1_000_000_000 + below(mix64(i), 50_000_000) as i64).collect()
}

fn best_of(mut work: impl FnMut() -> Result<()>) -> Result<f64> {
    // The first round compiles shaders and touches memory.
    work()?;
    let started = Instant::now();
    let mut best = f64::INFINITY;
    for _ in 0..5 {
        let round = Instant::now();
        work()?;
        best = best.min(round.elapsed().as_secs_f64());
        if started.elapsed() > BUDGET {
            break;
        }
    }
    Ok(best)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_tasks_can_be_timed() {
        let threads = Threads::new(Some(1)).unwrap();
        for task in Task::ALL {
            let seconds = seconds_for(&Compute::Host(Processor::Scalar), &threads, task, 1 << 14).unwrap();
            assert!(seconds > 0.0);
        }
    }
}
