//! How a simulation went, and how fast.

use std::time::Duration;

use lvs_kernels::Backend;
use lvs_simulation::bandwidth::stream_sum;
use lvs_simulation::{Options, Record, Result, Setup, Simulation, Traffic};
use serde::Serialize;

/// A simulation from its options to its last record. Values are in micro-VU.
#[derive(Clone, Debug, Serialize)]
pub struct Outcome {
    /// What was asked for.
    pub options: Options,
    /// What was made of it.
    pub setup: Setup,
    /// How it went, in short.
    pub summary: Summary,
    /// How fast that is compared with this machine's memory; none on a GPU.
    pub bandwidth: Option<Bandwidth>,
    /// A record of the start and one after every few cycles, as asked for.
    pub records: Vec<Record>,
}

/// A simulation in short.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// Cycles done.
    pub cycles: u64,
    /// Whether it was ended early.
    pub interrupted: bool,
    /// The largest spread of a cell at the start.
    pub spread_first: u64,
    /// The same at the end.
    pub spread_last: u64,
    /// The first recorded cycle from which on the spread is 0 to the end.
    pub exact_from: Option<u64>,
    /// The farthest that an honest value was seen outside the range in which its part of the swarm started.
    pub range_violation: u64,
    /// Seconds of drift, without graph, attacks, churn and recording.
    pub drift_seconds: f64,
    /// The same for each cycle; none if there was none.
    pub seconds_per_cycle: Option<f64>,
    /// Seconds of everything.
    pub seconds: f64,
}

/// A cycle's bytes per second compared with those of a sum over an array as large as the swarm's values, on as many
/// threads.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Bandwidth {
    /// Bytes per second of the sum.
    pub stream_bytes_per_second: f64,
    /// Bytes per cycle, counted as [`Traffic`] says.
    #[serde(flatten)]
    pub traffic: Traffic,
    /// The part of the sum's bandwidth that a cycle reaches, by the bytes that it cannot do without.
    pub touched_part: f64,
    /// The same by the bytes that it gathers; more than 1 where caches hold neighbours.
    pub gathered_part: f64,
}

impl Outcome {
    pub(super) fn new(
        options: &Options,
        simulation: Simulation,
        records: Vec<Record>,
        elapsed: Duration,
    ) -> Result<Self> {
        let summary = Summary::new(&simulation, &records, elapsed);
        let setup = simulation.setup().clone();
        let traffic = simulation.traffic();
        let on_gpu = matches!(simulation.swarm().engine().backend(), Backend::Gpu(_));
        let entries = simulation.swarm().rows() * simulation.swarm().cells();
        // The sum needs the room.
        drop(simulation);
        let seconds = summary.seconds_per_cycle.filter(|_| !on_gpu);
        let bandwidth = seconds
            .map(|seconds| Bandwidth::measure(traffic, seconds, entries, setup.threads))
            .transpose()?;
        Ok(Self { options: options.clone(), setup, summary, bandwidth, records })
    }
}

impl Summary {
    fn new(simulation: &Simulation, records: &[Record], elapsed: Duration) -> Self {
        let first = &records[0];
        let last = &records[records.len() - 1];
        let drift_seconds = records.iter().map(|record| record.seconds).sum::<f64>();
        let exact = records.iter().rev().take_while(|record| record.spread == 0).last();
        Self {
            cycles: last.cycle,
            interrupted: simulation.stopped(),
            spread_first: first.spread,
            spread_last: last.spread,
            exact_from: exact.map(|record| record.cycle),
            range_violation: records.iter().map(|record| record.range_violation).max().unwrap_or(0),
            drift_seconds,
            seconds_per_cycle: (last.cycle > 0).then(|| drift_seconds / last.cycle as f64),
            seconds: elapsed.as_secs_f64(),
        }
    }
}

impl Bandwidth {
    fn measure(traffic: Traffic, seconds: f64, entries: usize, threads: usize) -> Result<Self> {
        let stream = stream_sum(entries, threads)?;
        let touched_part = traffic.touched as f64 / seconds / stream;
        let gathered_part = traffic.gathered as f64 / seconds / stream;
        Ok(Self { stream_bytes_per_second: stream, traffic, touched_part, gathered_part })
    }
}
