//! One scene: rows of one size and kind of weights, and everything that is timed on them in turns.

use std::cell::RefCell;
use std::hint::black_box;

use lvs_benches::engines::{engine, engines, lanes};
use lvs_benches::memory::Memory;
use lvs_benches::report::Measurement;
use lvs_benches::stream::{Order, Streams};
use lvs_benches::timing::{Contender, Plan, Timing, take_turns};
use lvs_benches::workload::{Layout, Weights, Workload};
use lvs_kernels::{DriftOutput, Engine, Level};

/// What a contender computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// Drift that trims a third from either side.
    Trim,
    /// Drift that averages.
    Average,
    /// Summing the K + 1 streams in an order.
    Sum(Order),
    /// Two streams read, one written.
    Triad,
    /// One stream read, one written.
    Copy,
}

/// Who computes what.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The work.
    pub work: Work,
    /// The backend's name.
    pub with: String,
    /// Threads used.
    pub threads: usize,
}

/// An entry's timing, its ratio to the stream sum of the same level and threads, and its line of the report.
pub struct Outcome {
    /// Who and what.
    pub entry: Entry,
    /// Every round.
    pub timing: Timing,
    /// Its line.
    pub measurement: Measurement,
}

/// Rows of one size and kind of weights.
pub struct Scene {
    /// The name, with the kind of weights.
    pub name: String,
    /// The kind of weights.
    pub weights: Weights,
    data: Workload,
    layout: Layout,
    engines: Vec<Engine>,
}

impl Scene {
    /// A scene with an entry for each backend on one thread, and for the best one on `threads`.
    pub fn new(name: &str, weights: Weights, layout: Layout, threads: usize) -> Self {
        let mut engines = engines(1).0;
        if threads > 1 {
            engines.push(engine(Level::best().name(), threads));
        }
        let name = format!("{name}, {} weights", format!("{weights:?}").to_lowercase());
        Self { name, weights, data: Workload::new(layout, weights), layout, engines }
    }

    /// Checks every engine's answers against scalar, then lets all entries take turns.
    pub fn run(&self, plan: &Plan) -> Vec<Outcome> {
        self.verify();
        let (rows, neighbours) = (self.data.rows(), self.data.neighbours());
        let out = RefCell::new(Memory::zeroed(self.layout.cells, self.layout.pages));
        let mut contenders = Vec::new();
        for engine in &self.engines {
            contenders.extend(self.drift_contenders(engine, &neighbours, &out));
            contenders.extend(stream_contenders(engine, &rows, &out));
        }
        let timings = take_turns(&mut contenders, plan);
        let entries = contenders.into_iter().map(|contender| contender.tag).collect();
        self.outcomes(entries, timings)
    }

    fn verify(&self) {
        for trim in [true, false] {
            let expected = self.answer(&self.engines[0], trim);
            for engine in &self.engines[1..] {
                assert!(self.answer(engine, trim) == expected, "{} differs from scalar", engine.choice());
            }
        }
    }

    fn answer(&self, engine: &Engine, trim: bool) -> (Vec<i64>, Vec<u64>) {
        let neighbours = self.data.neighbours();
        let (mut values, mut residuals) = (vec![0; self.layout.cells], vec![0; neighbours.len()]);
        let mut out = DriftOutput { values: &mut values, correction: None, residuals: &mut residuals };
        engine.drift(&self.data.input(&neighbours, trim), &mut out).expect("valid data");
        (values, residuals)
    }

    /// Averaging does not care how weights are spread, so it runs with one kind of them only.
    fn drift_contenders<'a>(
        &'a self,
        engine: &'a Engine,
        neighbours: &'a [&'a [i64]],
        out: &'a RefCell<Memory>,
    ) -> Vec<Contender<'a, Entry>> {
        let works = [(Work::Trim, true), (Work::Average, false)];
        let wanted =
            works.into_iter().filter(|(work, _)| *work == Work::Trim || self.weights == Weights::Random);
        let contender = |(work, trim)| {
            let input = self.data.input(neighbours, trim);
            let mut residuals = vec![0; neighbours.len()];
            Contender::new(entry(work, engine), move || {
                let values = &mut out.borrow_mut()[..];
                let mut out = DriftOutput { values, correction: None, residuals: &mut residuals };
                black_box(engine.drift(black_box(&input), &mut out).expect("valid data"));
            })
        };
        wanted.map(contender).collect()
    }

    fn outcomes(&self, entries: Vec<Entry>, timings: Vec<Timing>) -> Vec<Outcome> {
        let ratios: Vec<_> = entries
            .iter()
            .zip(&timings)
            .map(|(entry, timing)| Some(timing.ratio_to(stream_sum(entry, &entries, &timings)?)))
            .collect();
        let lines = entries.into_iter().zip(timings).zip(ratios);
        lines
            .map(|((entry, timing), ratio)| {
                let measurement = self.measurement(&entry, &timing, ratio);
                Outcome { entry, timing, measurement }
            })
            .collect()
    }

    fn measurement(&self, entry: &Entry, timing: &Timing, ratio: Option<f64>) -> Measurement {
        let cells = self.layout.cells.max(1) as f64;
        let bytes = (streams(entry.work, self.layout.neighbours) * size_of::<i64>()) as f64;
        let median = timing.median() / cells * 1e9;
        Measurement {
            scene: self.name.clone(),
            what: name(entry.work).into(),
            with: entry.with.clone(),
            threads: entry.threads,
            median,
            best: timing.minimum() / cells * 1e9,
            gigabytes: bytes / median,
            ratio,
        }
    }
}

fn entry(work: Work, engine: &Engine) -> Entry {
    Entry { work, with: engine.backend().to_string(), threads: engine.threads() }
}

/// The plain streams at the level and with the threads of an engine; `scalar` has no lanes and so no streams.
fn stream_contenders<'a>(
    engine: &Engine,
    rows: &'a [&'a [i64]],
    out: &'a RefCell<Memory>,
) -> Vec<Contender<'a, Entry>> {
    let streams = || Streams::new(lanes(engine.backend()), engine.threads());
    if entry(Work::Copy, engine).with == "scalar" {
        return Vec::new();
    }
    let sum = |order| {
        let streams = streams();
        Contender::new(entry(Work::Sum(order), engine), move || {
            black_box(streams.sum(black_box(rows), order));
        })
    };
    let (triad, copy) = (streams(), streams());
    let triad = Contender::new(entry(Work::Triad, engine), move || {
        triad.triad(rows[0], rows[rows.len() - 1], &mut out.borrow_mut());
    });
    let copy = Contender::new(entry(Work::Copy, engine), move || copy.copy(rows[0], &mut out.borrow_mut()));
    vec![sum(Order::SideBySide), sum(Order::RowByRow), triad, copy]
}

/// The faster stream sum of the entry's level and threads (`scalar`: of the portable level); none for plain streams.
fn stream_sum<'a>(entry: &Entry, entries: &[Entry], timings: &'a [Timing]) -> Option<&'a Timing> {
    if !matches!(entry.work, Work::Trim | Work::Average) {
        return None;
    }
    let with = if entry.with == "scalar" { Level::Portable.name() } else { &entry.with };
    let of_same = |other: &Entry| {
        matches!(other.work, Work::Sum(_)) && other.with == with && other.threads == entry.threads
    };
    let sums = entries.iter().zip(timings).filter(|(other, _)| of_same(other));
    sums.map(|(_, timing)| timing).min_by(|a, b| a.median().total_cmp(&b.median()))
}

/// Streams read and written, for each cell.
fn streams(work: Work, neighbours: usize) -> usize {
    match work {
        Work::Trim | Work::Average => neighbours + 2,
        Work::Sum(_) => neighbours + 1,
        Work::Triad => 3,
        Work::Copy => 2,
    }
}

fn name(work: Work) -> &'static str {
    match work {
        Work::Trim => "drift, trimming",
        Work::Average => "drift, averaging",
        Work::Sum(Order::SideBySide) => "stream sum, side by side",
        Work::Sum(Order::RowByRow) => "stream sum, row by row",
        Work::Triad => "triad",
        Work::Copy => "copy",
    }
}
