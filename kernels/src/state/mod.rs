//! The state of a swarm, where it is computed: in this machine's memory ([`host`]) or on the GPU.

#[cfg(gpu)]
mod gpu;
mod host;

use std::fmt::Debug;
use std::ops::Range;

use crate::cancel::GoOn;
use crate::compute::Compute;
use crate::drift::DriftSummary;
use crate::error::Result;
use crate::graph::Graph;
use crate::pool::Loss;
use crate::threads::Threads;

/// What does not change from cycle to cycle.
#[derive(Debug)]
pub(crate) struct Rules {
    pub graph: Graph,
    pub frozen: Vec<bool>,
    pub learn_trust: bool,
    pub trim: bool,
    pub hold: bool,
    pub seed: u64,
    pub loss: Option<Loss>,
}

/// The values, anchors and trust of a swarm. Arguments were checked before.
pub(crate) trait State: Debug + Send + Sync {
    /// Runs these cycles and counts them in `done`; what VaultGuard does in them is added to the statistics. A cycle that is
    /// cancelled leaves all but the statistics as the one before did.
    fn step(&mut self, rules: &Rules, cycles: Range<u64>, done: &mut u64, go_on: &mut GoOn<'_>)
    -> Result<()>;
    fn reset_stats(&mut self) -> Result<()>;
    fn set_rows(&mut self, rows: &[usize], values: &[i64]) -> Result<()>;
    fn set_trust(&mut self, trust: &[u16]) -> Result<()>;
    fn set_anchors(&mut self, anchors: &[i64]) -> Result<()>;
    fn read_values(&self, out: &mut [i64]) -> Result<()>;
    fn read_anchors(&self, out: &mut [i64]) -> Result<()>;
    fn read_row(&self, row: usize, out: &mut [i64]) -> Result<()>;
    fn read_trust(&self, out: &mut [u16]) -> Result<()>;
    fn extremes(&self, rules: &Rules) -> Result<Vec<(i64, i64)>>;
    fn stats(&self) -> Result<DriftSummary>;

    /// Seconds inside the device's passes since the statistics started, if it can tell.
    fn device_seconds(&self) -> Result<Option<f64>> {
        Ok(None)
    }
}

/// The state of a swarm at cycle 0: N × B values, and the trust along the edges.
pub(crate) fn start(
    compute: &Compute,
    threads: &Threads,
    rules: &Rules,
    values: &[i64],
    cells: usize,
    trust: &[u16],
) -> Result<Box<dyn State>> {
    match compute {
        Compute::Host(processor) => {
            let rows = rules.graph.rows();
            let state = host::HostState::new(*processor, threads.clone(), rows, values, cells, trust)?;
            Ok(Box::new(state))
        }
        Compute::Gpu(gpu) => gpu.swarm(rules, values, cells, trust),
    }
}
