//! The engine: a backend, its threads, and the kernels as calls with checked arguments.

use std::sync::Arc;

use crate::auto::{self, Auto, Task};
use crate::backend::{Backend, Level};
use crate::cancel::{GoOn, Stop};
use crate::compute::Compute;
use crate::drift::lanes::Store;
use crate::drift::{DriftInput, DriftOutput, DriftSummary};
use crate::error::{Error, Result};
use crate::gpu::Gpu;
use crate::pairwise;
use crate::pool::{self, PoolInput, PoolOutput};
use crate::processor::Processor;
use crate::reputation::{self, Convergence, Place, ReputationOptions, TrustMatrix};
use crate::rows::Rows;
use crate::threads::Threads;

/// Cells that one job of a threaded row takes: enough to be worth a job.
const CELLS_PER_JOB: usize = 1 << 12;

/// Cells times neighbours that one job of a row on one thread takes: about a millisecond, and then somebody may end it.
/// Each job waits for its stores and forgets which tiles fitted 32 bits, so it should be long.
const TERMS_PER_JOB: usize = 1 << 20;

/// Cells times neighbours from which a single row is worth more than one thread.
const THREADED_FROM: usize = 1 << 18;

/// Cells times neighbours from which a row's new values would only push other data out of the caches.
const UNCACHED_FROM: usize = 1 << 22;

/// Computes with one backend. Cheap to clone; clones share their threads. Every call may run from any thread.
#[derive(Clone, Debug)]
pub struct Engine {
    compute: Compute,
    threads: Threads,
    backend: Backend,
    choice: String,
    /// What `auto` found out, if it chose.
    auto: Option<Arc<Auto>>,
    /// Where it was made.
    process: u32,
}

impl Engine {
    /// An engine with a thread for each processor.
    ///
    /// # Errors
    /// If the backend cannot run here, with the reason; nothing falls back in silence.
    pub fn new(backend: Backend) -> Result<Self> {
        Self::with_threads(backend, None)
    }

    /// An engine with `threads` threads, or one for each processor.
    ///
    /// # Errors
    /// As for [`Engine::new`]; and if `threads` is 0 or more than can be started.
    pub fn with_threads(backend: Backend, threads: Option<usize>) -> Result<Self> {
        let threads = Threads::new(threads)?;
        let (asked, why) = match backend {
            Backend::Auto => match Backend::from_environment()? {
                Backend::Auto => (Backend::Auto, "auto: the best vector level of this processor"),
                named => (named, "asked for by LVS_BACKEND"),
            },
            named => (named, "asked for by name"),
        };
        let (compute, backend) = resolve(&asked)?;
        let choice = match &compute {
            Compute::Host(_) => format!("{backend} on {} thread(s) ({why})", threads.count()),
            Compute::Gpu(gpu) => format!("{backend} on {} ({why})", gpu.description()),
        };
        let auto = (asked == Backend::Auto).then(Arc::default);
        Ok(Self { compute, threads, backend, choice, auto, process: std::process::id() })
    }

    /// The backend in use, never `auto` or a bare `simd`.
    pub fn backend(&self) -> &Backend {
        &self.backend
    }

    /// The number of threads in use.
    pub fn threads(&self) -> usize {
        self.threads.count()
    }

    /// What was picked and why, for people to read.
    pub fn choice(&self) -> &str {
        &self.choice
    }

    /// Drifts one row (specification, "Drift").
    ///
    /// # Errors
    /// If a shape, a value, an anchor or the sum of the weights is not as [`DriftInput`] and [`DriftOutput`] say; what
    /// `out` holds then means nothing.
    pub fn drift(&self, input: &DriftInput<'_>, out: &mut DriftOutput<'_>) -> Result<DriftSummary> {
        self.drift_while(input, out, &mut GoOn::always())
    }

    /// The same, for as long as `go_on` says so.
    ///
    /// # Errors
    /// As for [`Engine::drift`]; [`Error::Cancelled`] if it was told to end.
    pub fn drift_while(
        &self,
        input: &DriftInput<'_>,
        out: &mut DriftOutput<'_>,
        go_on: &mut GoOn<'_>,
    ) -> Result<DriftSummary> {
        self.expect_home()?;
        input.validate_shape()?;
        out.validate(input)?;
        out.residuals.fill(0);
        if input.values.is_empty() {
            return Ok(DriftSummary::default());
        }
        let processor = match &self.compute {
            Compute::Host(processor) => *processor,
            Compute::Gpu(gpu) => {
                input.validate_range(0..input.values.len())?;
                return gpu.drift_row(input, out);
            }
        };
        let terms = input.values.len().saturating_mul(input.neighbours.len().max(1));
        if self.threads.count() > 1 && terms >= THREADED_FROM {
            return self.drift_threaded(processor, input, out, go_on);
        }
        let cells_per_job = (TERMS_PER_JOB / input.neighbours.len().max(1)).next_multiple_of(CELLS_PER_JOB);
        let mut summary = DriftSummary::default();
        for (first, values, correction) in jobs(out.values, out.correction.as_deref_mut(), cells_per_job) {
            go_on.check()?;
            let mut out = DriftOutput { values, correction, residuals: out.residuals };
            summary.merge(&drift_job(processor, input, first, &mut out)?);
        }
        Ok(summary)
    }

    fn drift_threaded(
        &self,
        processor: Processor,
        input: &DriftInput<'_>,
        out: &mut DriftOutput<'_>,
        go_on: &mut GoOn<'_>,
    ) -> Result<DriftSummary> {
        let jobs = jobs(out.values, out.correction.as_deref_mut(), CELLS_PER_JOB).collect();
        let work = |(first, values, correction), _: &Stop<'_, '_>| {
            let mut residuals = vec![0; input.neighbours.len()];
            let mut out = DriftOutput { values, correction, residuals: &mut residuals };
            let summary = drift_job(processor, input, first, &mut out)?;
            Ok((summary, residuals))
        };
        let merge = |mut a: (DriftSummary, Vec<u64>), b: (DriftSummary, Vec<u64>)| {
            a.0.merge(&b.0);
            a.1.iter_mut().zip(b.1).for_each(|(a, b)| *a = a.saturating_add(b));
            a
        };
        let (summary, residuals) = self.threads.map_reduce(jobs, go_on, work, merge)?.unwrap_or_default();
        out.residuals.copy_from_slice(&residuals);
        Ok(summary)
    }

    /// Drifts every row of a pool against its neighbours in the graph, all from the same old values.
    ///
    /// # Errors
    /// If a shape, a value, an anchor or the sum of a row's weights is not as [`PoolInput`] and [`PoolOutput`] say.
    pub fn drift_pool(&self, input: &PoolInput<'_>, out: &mut PoolOutput<'_>) -> Result<DriftSummary> {
        self.drift_pool_while(input, out, &mut GoOn::always())
    }

    /// The same, for as long as `go_on` says so.
    ///
    /// # Errors
    /// As for [`Engine::drift_pool`]; [`Error::Cancelled`] if it was told to end.
    pub fn drift_pool_while(
        &self,
        input: &PoolInput<'_>,
        out: &mut PoolOutput<'_>,
        go_on: &mut GoOn<'_>,
    ) -> Result<DriftSummary> {
        self.expect_home()?;
        pool::validate(input, out)?;
        match &self.compute {
            Compute::Host(processor) => pool::drift(*processor, &self.threads, input, out, go_on),
            Compute::Gpu(gpu) => gpu.drift_pool(input, out),
        }
    }

    /// The capped L1 distance of every row to every other, N × N in `out` (specification, "Trust").
    ///
    /// # Errors
    /// If `out` does not hold N × N entries.
    pub fn pairwise_residuals(&self, values: &Rows<'_>, out: &mut [u64]) -> Result<()> {
        self.pairwise_residuals_while(values, out, &mut GoOn::always())
    }

    /// The same, for as long as `go_on` says so.
    ///
    /// # Errors
    /// As for [`Engine::pairwise_residuals`]; [`Error::Cancelled`] if it was told to end.
    pub fn pairwise_residuals_while(
        &self,
        values: &Rows<'_>,
        out: &mut [u64],
        go_on: &mut GoOn<'_>,
    ) -> Result<()> {
        self.expect_home()?;
        pairwise::validate(values, out)?;
        let rows = values.rows() as u64;
        let pairs = rows.saturating_mul(rows) / 2;
        let engine = self.for_work(Task::Pairwise, pairs.saturating_mul(values.cells() as u64));
        match engine.compute.pairwise_residuals(&engine.threads, values, out, go_on) {
            // A GPU that auto chose: fall back to the processor.
            Err(Error::Device { .. }) if self.chooses() => {
                self.compute.pairwise_residuals(&self.threads, values, out, go_on)
            }
            done => done,
        }
    }

    /// Updates the trust in K neighbours, in place; see [`crate::update_trust`].
    ///
    /// # Errors
    /// If there are not as many residuals as trusts, or more than 4,096.
    pub fn update_trust(&self, trust: &mut [u16], residuals: &[u64], cells: u64) -> Result<()> {
        match &self.compute {
            Compute::Gpu(gpu) if !trust.is_empty() => {
                crate::trust::validate(trust, residuals)?;
                gpu.update_trust(trust, residuals, cells)
            }
            _ => crate::trust::update_trust(trust, residuals, cells),
        }
    }

    /// The weights that follow from trust; see [`crate::weights`]. A division each: the processor does it on every
    /// backend, while swarms on a GPU divide inside drift.
    ///
    /// # Errors
    /// If `out` has another length than `trust`, or there are more than 4,096.
    pub fn weights(&self, trust: &[u16], out: &mut [u16]) -> Result<()> {
        crate::trust::weights(trust, out)
    }

    /// The reputation of every node, N entries in Q0.47 that sum to 2^47 (specification, "Reputation").
    ///
    /// # Errors
    /// If a length does not fit, an option is out of range or the pre-trust sums to 0.
    pub fn reputation(
        &self,
        matrix: TrustMatrix<'_>,
        options: &ReputationOptions<'_>,
        out: &mut [u64],
    ) -> Result<Convergence> {
        self.reputation_while(matrix, options, out, &mut GoOn::always())
    }

    /// The same, for as long as `go_on` says so.
    ///
    /// # Errors
    /// As for [`Engine::reputation`]; [`Error::Cancelled`] if it was told to end.
    pub fn reputation_while(
        &self,
        matrix: TrustMatrix<'_>,
        options: &ReputationOptions<'_>,
        out: &mut [u64],
        go_on: &mut GoOn<'_>,
    ) -> Result<Convergence> {
        self.expect_home()?;
        let place = match &self.compute {
            Compute::Host(_) => Place::Host(&self.threads),
            Compute::Gpu(gpu) => Place::Gpu(gpu),
        };
        reputation::reputation(matrix, options, place, out, go_on)
    }

    /// Refuses to work in a forked child, where threads and devices of the engine do not exist.
    pub(crate) fn expect_home(&self) -> Result<()> {
        let is_bound = self.threads.count() > 1 || matches!(self.compute, Compute::Gpu(_));
        if is_bound && self.process != std::process::id() { Err(Error::Forked) } else { Ok(()) }
    }

    /// The seconds that this engine's own backend takes for about so many terms of a task: the best of a few rounds.
    ///
    /// # Errors
    /// If its device cannot hold the work, or was lost.
    pub fn seconds_for(&self, task: Task, terms: u64) -> Result<f64> {
        auto::seconds_for(&self.compute, &self.threads, task, terms)
    }

    /// An engine on this device.
    pub(crate) fn on(gpu: Arc<Gpu>) -> Self {
        let backend = Backend::Gpu(Some(gpu.name().into()));
        let threads = Threads::new(Some(1)).expect("one thread needs no other");
        let choice = format!("{backend} on {}", gpu.description());
        Self { compute: Compute::Gpu(gpu), threads, backend, choice, auto: None, process: std::process::id() }
    }

    /// The engine for so much work of a kind: for `auto` the device that wins at it, else this one.
    ///
    /// May look for an adapter and time it against the processor, which takes some seconds once per machine.
    pub fn for_work(&self, task: Task, terms: u64) -> Self {
        let (Some(auto), Compute::Host(processor)) = (&self.auto, &self.compute) else { return self.clone() };
        let (device, why) = auto.device_for(task, terms, *processor, &self.threads);
        match device {
            Some(gpu) => Self { choice: format!("{} (auto: {why})", gpu.description()), ..Self::on(gpu) },
            None => self.settled(why),
        }
    }

    /// This engine, which chooses no more, and why.
    pub(crate) fn settled(&self, why: String) -> Self {
        let choice = format!("{} on {} thread(s) (auto: {why})", self.backend, self.threads());
        Self { choice, auto: None, ..self.clone() }
    }

    #[cfg(all(test, gpu))]
    pub(crate) fn auto(&self) -> Option<&Auto> {
        self.auto.as_deref()
    }

    /// Whether it chooses by the work.
    pub(crate) fn chooses(&self) -> bool {
        self.auto.is_some()
    }

    /// Its device, if it has one.
    #[cfg(all(test, gpu))]
    pub(crate) fn gpu(&self) -> Option<&Gpu> {
        match &self.compute {
            Compute::Host(_) => None,
            Compute::Gpu(gpu) => Some(gpu),
        }
    }

    pub(crate) fn compute(&self) -> &Compute {
        &self.compute
    }

    pub(crate) fn thread_pool(&self) -> &Threads {
        &self.threads
    }
}

/// Drifts as many cells from `first` on as `out` covers.
fn drift_job(
    processor: Processor,
    input: &DriftInput<'_>,
    first: usize,
    out: &mut DriftOutput<'_>,
) -> Result<DriftSummary> {
    let cells = first..first + out.values.len();
    let long = input.values.len().saturating_mul(input.neighbours.len()) >= UNCACHED_FROM;
    let store = if long { Store::PastCaches } else { Store::Cached };
    processor.drift_checked(input, cells, out, store)
}

/// The code path of a backend that was asked for, and its full name.
fn resolve(asked: &Backend) -> Result<(Compute, Backend)> {
    let unavailable = |reason: &str| Error::Unavailable { name: asked.to_string(), reason: reason.into() };
    let level = match asked {
        Backend::Scalar => return Ok((Compute::Host(Processor::Scalar), Backend::Scalar)),
        Backend::Auto | Backend::Simd => Level::best(),
        Backend::SimdLevel(level) => *level,
        Backend::Gpu(part) => {
            let gpu = Gpu::open(part.as_deref())?;
            let backend = Backend::Gpu(Some(gpu.name().into()));
            return Ok((Compute::Gpu(gpu), backend));
        }
    };
    match level.lanes() {
        Some(lanes) => Ok((Compute::Host(Processor::Simd(lanes)), Backend::SimdLevel(level))),
        None if level.compiled() => Err(unavailable("this processor does not have it")),
        None => Err(unavailable("it is not compiled for this architecture")),
    }
}

/// Cuts the outputs of a row into jobs of so many cells: the first cell, the values and the correction.
fn jobs<'a>(
    values: &'a mut [i64],
    correction: Option<&'a mut [i64]>,
    cells: usize,
) -> impl Iterator<Item = (usize, &'a mut [i64], Option<&'a mut [i64]>)> {
    let mut corrections = correction.map(|correction| correction.chunks_mut(cells));
    values
        .chunks_mut(cells)
        .enumerate()
        .map(move |(i, values)| (i * cells, values, corrections.as_mut().and_then(Iterator::next)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auto_says_what_it_picked() {
        let engine = Engine::with_threads(Backend::Simd, Some(1)).unwrap();
        assert!(matches!(engine.backend(), Backend::SimdLevel(_)));
        assert!(engine.choice().contains("1 thread"), "{}", engine.choice());
    }
}
