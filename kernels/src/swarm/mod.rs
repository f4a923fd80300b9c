//! A swarm: a pool that steps through cycles by itself, learns trust and moves its anchors window by window.
//!
//! Its state stays where its engine computes: in this machine's memory or on the GPU. Reading it copies.

use std::time::{Duration, Instant};

use crate::allocate::{collected, filled};
use crate::auto::{self, Task};
use crate::cancel::GoOn;
use crate::drift::{DriftSummary, expect_value_range};
use crate::engine::Engine;
use crate::error::{Argument, Error, Result, expect_length};
use crate::graph::Graph;
use crate::pool::Loss;
use crate::state::{self, Rules, State};
use crate::vaultguard::{NEIGHBOURS_MAX, WEIGHT_MAX, WINDOW};

/// How long a swarm steps between two looks at whether to go on.
const TIME_PER_LOOK: Duration = Duration::from_millis(4);

/// What a swarm starts with besides its graph and values.
#[derive(Clone, Debug)]
pub struct SwarmOptions {
    /// A trust per edge in Q0.16; all of it (65,535) if absent.
    pub trust: Option<Vec<u16>>,
    /// Update the trust after every cycle.
    pub learn_trust: bool,
    /// N marks: rows that never move. All rows move if absent.
    pub frozen: Option<Vec<bool>>,
    /// Trim a third of the neighbours, by weight and by heads, from either side; `false` is plain weighted averaging.
    pub trim: bool,
    /// Let rows leave their anchors only for more than half of their neighbours' weight.
    pub hold: bool,
    /// From it, the cycle and its number every row draws its rounding bits.
    pub seed: u64,
    /// Samples lost on their way; none if absent.
    pub loss: Option<Loss>,
}

impl Default for SwarmOptions {
    fn default() -> Self {
        Self { trust: None, learn_trust: true, frozen: None, trim: true, hold: false, seed: 0, loss: None }
    }
}

/// N rows of B cells that drift in step: every row reads the values of the cycle before.
#[derive(Debug)]
pub struct Swarm {
    engine: Engine,
    rules: Rules,
    cells: usize,
    cycle: u64,
    /// Cycles that take about [`TIME_PER_LOOK`], as far as is known.
    pace: u64,
    state: Box<dyn State>,
}

impl Swarm {
    /// A swarm of `graph.rows()` rows with `cells` cells each, at cycle 0; `values` is N × B without gaps.
    ///
    /// # Errors
    /// If a length does not fit, a row has more than 4,096 neighbours, or a row that is not frozen holds a value
    /// outside 0 ..= 2^62; on a GPU also if the swarm does not fit it.
    pub fn new(
        engine: Engine,
        graph: Graph,
        values: &[i64],
        cells: usize,
        options: SwarmOptions,
    ) -> Result<Self> {
        let rows = graph.rows();
        let edges = graph.edges();
        expect_length(Argument::Values, values.len(), rows.saturating_mul(cells))?;
        let full_trust = || filled("the trust of a swarm", WEIGHT_MAX as u16, edges);
        let trust = options.trust.map_or_else(full_trust, Ok)?;
        expect_length(Argument::Trust, trust.len(), edges)?;
        let none_frozen = || filled("the marks of a swarm", false, rows);
        let frozen = options.frozen.map_or_else(none_frozen, Ok)?;
        expect_length(Argument::Frozen, frozen.len(), rows)?;
        if graph.max_degree() > NEIGHBOURS_MAX {
            let got = format!("a row with {} neighbours", graph.max_degree());
            return Err(Error::argument(Argument::Offsets, got, format!("at most {NEIGHBOURS_MAX}")));
        }
        for row in (0..rows).filter(|&row| !frozen[row]) {
            expect_value_range(Argument::Values, &values[row * cells..][..cells], 0)
                .map_err(|e| e.in_row(row))?;
        }
        let SwarmOptions { learn_trust, trim, hold, seed, loss, .. } = options;
        let rules = Rules { graph, frozen, learn_trust, trim, hold, seed, loss };
        let (engine, state) = start(engine, &rules, values, cells, &trust)?;
        Ok(Self { engine, rules, cells, cycle: 0, pace: 1, state })
    }

    /// Runs `cycles` cycles, for which the statistics start anew.
    ///
    /// # Errors
    /// If the device was lost; the swarm cannot be used any more then.
    pub fn step(&mut self, cycles: u64) -> Result<()> {
        self.reset_stats()?;
        self.run(cycles, &mut GoOn::always())
    }

    /// Runs up to `cycles` cycles for as long as `go_on(cycles done)` says so; it is asked every few milliseconds, within
    /// a long cycle too, which then counts as not begun. The statistics start anew. Returns the number of cycles done.
    ///
    /// # Errors
    /// As for [`Swarm::step`].
    pub fn step_while(&mut self, cycles: u64, mut go_on: impl FnMut(u64) -> bool) -> Result<u64> {
        self.reset_stats()?;
        let first = self.cycle;
        while self.cycle - first < cycles && self.cycle < u64::MAX {
            let done = self.cycle - first;
            let mut ask = || go_on(done);
            match self.step_some(cycles - done, &mut GoOn::asking(&mut ask)) {
                Err(Error::Cancelled) => break,
                some => some?,
            };
            if !go_on(self.cycle - first) {
                break;
            }
        }
        Ok(self.cycle - first)
    }

    /// Runs as many of `cycles` cycles as take a few milliseconds, at least one of them, and returns how many; the
    /// statistics go on from the call before. `go_on` is asked within a cycle that takes longer.
    ///
    /// # Errors
    /// As for [`Swarm::step`]; [`Error::Cancelled`] if a cycle was told to end, which then counts as not begun.
    pub fn step_some(&mut self, cycles: u64, go_on: &mut GoOn<'_>) -> Result<u64> {
        // A device is asked in batches that take some milliseconds: single cycles would leave it idle between two.
        let some = cycles.min(self.pace);
        let started = Instant::now();
        self.run(some, go_on)?;
        self.pace = next_pace(self.pace, some, started.elapsed());
        Ok(some)
    }

    fn run(&mut self, cycles: u64, go_on: &mut GoOn<'_>) -> Result<()> {
        self.engine.expect_home()?;
        let range = self.cycle..self.cycle.saturating_add(cycles);
        let mut done = 0;
        let ended = self.state.step(&self.rules, range, &mut done, go_on);
        // Also where it was ended half-way: those cycles are done.
        self.cycle += done;
        ended
    }

    /// Starts the statistics and the device's time anew; the cycles of [`Swarm::step_some`] add to them.
    ///
    /// # Errors
    /// As for [`Swarm::step`].
    pub fn reset_stats(&mut self) -> Result<()> {
        self.state.reset_stats()
    }

    /// Overwrites the values of one row; its anchors stay until the next window.
    ///
    /// # Errors
    /// If there is no such row, it has another number of cells, or it is not frozen and a value is outside
    /// 0 ..= 2^62.
    pub fn set_row(&mut self, row: usize, values: &[i64]) -> Result<()> {
        self.expect_row(row)?;
        expect_length(Argument::Values, values.len(), self.cells)?;
        self.set_rows(&[row], values)
    }

    /// Overwrites several rows, B values of `values` for each of `rows`; a row named twice keeps the later values.
    ///
    /// # Errors
    /// As for [`Swarm::set_row`]; then no row has changed.
    pub fn set_rows(&mut self, rows: &[usize], values: &[i64]) -> Result<()> {
        expect_length(Argument::Values, values.len(), rows.len().saturating_mul(self.cells))?;
        for (position, &row) in rows.iter().enumerate() {
            self.expect_row(row)?;
            if !self.rules.frozen[row] {
                let values = &values[position * self.cells..][..self.cells];
                expect_value_range(Argument::Values, values, 0).map_err(|error| error.in_row(row))?;
            }
        }
        self.state.set_rows(rows, values)
    }

    /// Overwrites the trust along every edge.
    ///
    /// # Errors
    /// If there are not as many as edges.
    pub fn set_trust(&mut self, trust: &[u16]) -> Result<()> {
        expect_length(Argument::Trust, trust.len(), self.rules.graph.edges())?;
        self.state.set_trust(trust)
    }

    /// Goes on as a swarm that has done `cycle` cycles and holds `anchors`, N × B as [`Swarm::anchors`] gives them. With
    /// the graph, values, trust and options of such a swarm it takes the same steps from here on; its statistics start
    /// anew.
    ///
    /// # Errors
    /// If there are not as many anchors as values, or one of a row that is not frozen is outside 0 ..= 2^62; on a GPU
    /// also if the device was lost.
    pub fn resume(&mut self, cycle: u64, anchors: &[i64]) -> Result<()> {
        expect_length(Argument::Anchors, anchors.len(), self.rows() * self.cells)?;
        for row in (0..self.rows()).filter(|&row| !self.rules.frozen[row]) {
            let anchors = &anchors[row * self.cells..][..self.cells];
            expect_value_range(Argument::Anchors, anchors, 0).map_err(|error| error.in_row(row))?;
        }
        self.state.set_anchors(anchors)?;
        self.cycle = cycle;
        self.reset_stats()
    }

    fn expect_row(&self, row: usize) -> Result<()> {
        if row < self.rows() {
            return Ok(());
        }
        Err(Error::argument(Argument::Row, row, format!("below {}", self.rows())))
    }

    /// The number of rows, N.
    pub fn rows(&self) -> usize {
        self.rules.graph.rows()
    }

    /// The number of cells in a row, B.
    pub fn cells(&self) -> usize {
        self.cells
    }

    /// The cycles done so far.
    pub fn cycle(&self) -> u64 {
        self.cycle
    }

    /// The engine that steps it: for one made for `auto`, what that took.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Who compares with whom.
    pub fn graph(&self) -> &Graph {
        &self.rules.graph
    }

    /// N marks: rows that never move.
    pub fn frozen(&self) -> &[bool] {
        &self.rules.frozen
    }

    /// The values of all rows, N × B without gaps, in micro-VU.
    ///
    /// # Errors
    /// If the device was lost; so for all that is read.
    pub fn values(&self) -> Result<Vec<i64>> {
        let mut out = filled("a copy of a swarm's values", 0, self.rows() * self.cells)?;
        self.read_values(&mut out)?;
        Ok(out)
    }

    /// The same, into memory of the caller's, N × B entries.
    ///
    /// # Errors
    /// If `out` has another length, or the device was lost.
    pub fn read_values(&self, out: &mut [i64]) -> Result<()> {
        expect_length(Argument::Out, out.len(), self.rows() * self.cells)?;
        self.state.read_values(out)
    }

    /// The values of row `row`, B cells in micro-VU.
    ///
    /// # Errors
    /// If there is no such row, or the device was lost.
    pub fn row(&self, row: usize) -> Result<Vec<i64>> {
        self.expect_row(row)?;
        let mut out = filled("a copy of a row", 0, self.cells)?;
        self.state.read_row(row, &mut out)?;
        Ok(out)
    }

    /// The anchors of all rows, N × B without gaps, in micro-VU: the values at the start of this window.
    ///
    /// # Errors
    /// If the device was lost.
    pub fn anchors(&self) -> Result<Vec<i64>> {
        if self.cycle.is_multiple_of(WINDOW) {
            // The next cycle sets them so.
            return self.values();
        }
        let mut out = filled("a copy of a swarm's values", 0, self.rows() * self.cells)?;
        self.state.read_anchors(&mut out)?;
        Ok(out)
    }

    /// The trust along every edge, in Q0.16.
    ///
    /// # Errors
    /// If the device was lost.
    pub fn trust(&self) -> Result<Vec<u16>> {
        let mut out = filled("a copy of a swarm's trust", 0, self.rules.graph.edges())?;
        self.read_trust(&mut out)?;
        Ok(out)
    }

    /// The same, into memory of the caller's, E entries.
    ///
    /// # Errors
    /// If `out` has another length, or the device was lost.
    pub fn read_trust(&self, out: &mut [u16]) -> Result<()> {
        expect_length(Argument::Out, out.len(), self.rules.graph.edges())?;
        self.state.read_trust(out)
    }

    /// What VaultGuard did since the statistics started, summed over cycles and rows.
    ///
    /// # Errors
    /// If the device was lost.
    pub fn stats(&self) -> Result<DriftSummary> {
        self.state.stats()
    }

    /// The seconds inside the passes of a GPU since the statistics started, by its own clock; `None` on a processor, and
    /// where the adapter cannot tell.
    ///
    /// # Errors
    /// If the device was lost.
    pub fn device_seconds(&self) -> Result<Option<f64>> {
        self.state.device_seconds()
    }

    /// Per cell, the smallest and the largest value over the rows that are not frozen, in micro-VU; `i64::MAX` and
    /// `i64::MIN` where all are.
    ///
    /// # Errors
    /// If the device was lost.
    pub fn extremes(&self) -> Result<Vec<(i64, i64)>> {
        self.state.extremes(&self.rules)
    }

    /// Per cell, the largest minus the smallest value over the rows that are not frozen, in micro-VU; 0 where all are.
    ///
    /// # Errors
    /// If the device was lost.
    pub fn spread(&self) -> Result<Vec<u64>> {
        let spread = |(low, high): (i64, i64)| if low <= high { high.abs_diff(low) } else { 0 };
        collected("the spread of a swarm", self.extremes()?.into_iter().map(spread))
    }
}

/// How many cycles to run next, if `done` of them took `time`. It grows by little, since a device answers late.
fn next_pace(pace: u64, done: u64, time: Duration) -> u64 {
    if time > TIME_PER_LOOK {
        let share = TIME_PER_LOOK.as_secs_f64() / time.as_secs_f64();
        return ((done as f64 * share) as u64).clamp(1, pace);
    }
    // Fewer cycles than asked for, as at the end of a run, say nothing about more.
    if done == pace && time < TIME_PER_LOOK / 2 { pace.saturating_mul(2) } else { pace }
}

/// The engine for a swarm, and the swarm's state there.
fn start(
    engine: Engine,
    rules: &Rules,
    values: &[i64],
    cells: usize,
    trust: &[u16],
) -> Result<(Engine, Box<dyn State>)> {
    let chosen = choose(&engine, rules, cells);
    match state::start(chosen.compute(), chosen.thread_pool(), rules, values, cells, trust) {
        // A GPU that auto chose: fall back to the processor.
        Err(Error::Device { reason, .. }) if engine.chooses() => {
            let host = engine.settled(reason);
            let state = state::start(host.compute(), host.thread_pool(), rules, values, cells, trust)?;
            Ok((host, state))
        }
        state => Ok((chosen, state?)),
    }
}

fn choose(engine: &Engine, rules: &Rules, cells: usize) -> Engine {
    let degree = rules.graph.max_degree();
    let terms = cells as u64 * rules.graph.edges() as u64;
    if engine.chooses() && auto::is_worth_a_look(terms) && !auto::was_timed(cells, degree) {
        return engine.settled(format!("no GPU is timed with {cells} cells and {degree} neighbours a row"));
    }
    engine.for_work(Task::Swarm, terms)
}

#[cfg(test)]
mod tests;
