//! A case made ready to run, again and again, on one engine.

use std::hint::black_box;

use lvs_benches::memory::Pages;
use lvs_benches::workload::{Layout, Weights, Workload};
use lvs_kernels::{
    Argument, DriftOutput, Engine, Graph, PoolInput, PoolOutput, ReputationOptions, Rows, Swarm,
    SwarmOptions, TrustMatrix, sample_cells, weights,
};

use crate::cases::Case;

const SEED: u64 = 20_260;

/// Work that can be repeated.
pub trait Job {
    /// Does the work once.
    fn run(&mut self);
    /// What the last run gave, all of it.
    fn answer(&self) -> Vec<u64>;
    /// Cells, edges or draws in one run.
    fn elements(&self) -> u64;
}

/// A case on an engine.
pub fn job(case: &Case, engine: &Engine) -> Box<dyn Job> {
    let engine = engine.clone();
    match *case {
        Case::Drift { neighbours, cells, trim } => {
            let data = workload(neighbours, cells);
            let out = (vec![0; cells], vec![0; neighbours]);
            Box::new(DriftJob { engine, data, trim, out })
        }
        Case::Pool { rows, neighbours, cells, trim } => {
            let out = (vec![0; rows * cells], vec![0; rows * neighbours]);
            let weights = vec![60_000 / neighbours as u16; rows * neighbours];
            let (graph, values) = (graph(rows, neighbours), matrix(rows, cells));
            Box::new(PoolJob { engine, graph, values, cells, weights, trim, out })
        }
        Case::Swarm { rows, neighbours, cells } => {
            let (graph, values) = (graph(rows, neighbours), matrix(rows, cells));
            let swarm = Swarm::new(engine, graph, &values, cells, SwarmOptions::default());
            Box::new(SwarmJob(swarm.expect("valid data")))
        }
        Case::Pairwise { rows, cells } => Box::new(PairwiseJob {
            engine,
            values: matrix(rows, cells),
            rows,
            cells,
            out: vec![0; rows * rows],
        }),
        Case::Trust { neighbours } => Box::new(TrustJob::new(engine, neighbours)),
        Case::Reputation { nodes, edges_per_node } => Box::new(ReputationJob {
            engine,
            graph: graph(nodes, edges_per_node),
            out: vec![0; nodes],
            iterations: 0,
        }),
        Case::Sampling { cells, count } => Box::new(SamplingJob { cells, out: vec![0; count] }),
    }
}

/// What the first run of a case gives on an engine.
pub fn first_answer(case: &Case, engine: &Engine) -> Vec<u64> {
    let mut job = job(case, engine);
    job.run();
    job.answer()
}

fn workload(neighbours: usize, cells: usize) -> Workload {
    let layout = Layout { neighbours, cells, stagger_lines: 5, pages: Pages::Huge, seed: SEED };
    Workload::new(layout, Weights::Random)
}

/// Honest rows without gaps: the first rows of a workload with enough of them, hostile ones left out.
fn matrix(rows: usize, cells: usize) -> Vec<i64> {
    let data = workload(rows * 5 / 4 + 9, cells);
    let honest = data.rows().into_iter().filter(|row| row.iter().all(|v| (0..1 << 60).contains(v)));
    honest.take(rows).flatten().copied().collect()
}

/// Every node compares with `degree` others, scattered by a multiplicative step.
fn graph(nodes: usize, degree: usize) -> Graph {
    let target = |i: usize, j: usize| ((i + 1 + j * (nodes / degree - 1)) % nodes) as u32;
    let targets = (0..nodes).flat_map(|i| (0..degree).map(move |j| target(i, j))).collect();
    Graph::new((0..=nodes).map(|i| i * degree).collect(), targets).expect("a valid graph")
}

fn unsigned(values: &[i64]) -> impl Iterator<Item = u64> {
    values.iter().map(|&value| value as u64)
}

struct DriftJob {
    engine: Engine,
    data: Workload,
    trim: bool,
    out: (Vec<i64>, Vec<u64>),
}

impl Job for DriftJob {
    fn run(&mut self) {
        let neighbours = self.data.neighbours();
        let input = self.data.input(&neighbours, self.trim);
        let mut out = DriftOutput { values: &mut self.out.0, correction: None, residuals: &mut self.out.1 };
        black_box(self.engine.drift(black_box(&input), &mut out).expect("valid data"));
    }

    fn answer(&self) -> Vec<u64> {
        unsigned(&self.out.0).chain(self.out.1.iter().copied()).collect()
    }

    fn elements(&self) -> u64 {
        self.out.0.len() as u64
    }
}

struct PoolJob {
    engine: Engine,
    graph: Graph,
    values: Vec<i64>,
    cells: usize,
    weights: Vec<u16>,
    trim: bool,
    out: (Vec<i64>, Vec<u64>),
}

impl Job for PoolJob {
    fn run(&mut self) {
        let values =
            Rows::new(Argument::Values, &self.values, self.graph.rows(), self.cells).expect("a full matrix");
        let input = PoolInput {
            values,
            graph: &self.graph,
            weights: &self.weights,
            anchors: values,
            frozen: None,
            cycle: 1,
            seed: 1,
            trim: self.trim,
            hold: false,
        };
        let mut out = PoolOutput { values: &mut self.out.0, residuals: &mut self.out.1 };
        black_box(self.engine.drift_pool(black_box(&input), &mut out).expect("valid data"));
    }

    fn answer(&self) -> Vec<u64> {
        unsigned(&self.out.0).chain(self.out.1.iter().copied()).collect()
    }

    fn elements(&self) -> u64 {
        self.values.len() as u64
    }
}

struct SwarmJob(Swarm);

impl Job for SwarmJob {
    fn run(&mut self) {
        self.0.step(1).expect("the device stays");
    }

    fn answer(&self) -> Vec<u64> {
        let (values, trust) = (self.0.values().expect("the device stays"), self.0.trust());
        let trust = trust.expect("the device stays");
        unsigned(&values).chain(trust.into_iter().map(u64::from)).collect()
    }

    fn elements(&self) -> u64 {
        (self.0.rows() * self.0.cells()) as u64
    }
}

struct PairwiseJob {
    engine: Engine,
    values: Vec<i64>,
    rows: usize,
    cells: usize,
    out: Vec<u64>,
}

impl Job for PairwiseJob {
    fn run(&mut self) {
        let values = Rows::new(Argument::Values, &self.values, self.rows, self.cells).expect("a full matrix");
        self.engine.pairwise_residuals(black_box(&values), &mut self.out).expect("room for all pairs");
    }

    fn answer(&self) -> Vec<u64> {
        self.out.clone()
    }

    fn elements(&self) -> u64 {
        (self.rows * (self.rows - 1) / 2 * self.cells) as u64
    }
}

struct TrustJob {
    engine: Engine,
    start: Vec<u16>,
    residuals: Vec<u64>,
    trust: Vec<u16>,
    weights: Vec<u16>,
}

impl TrustJob {
    fn new(engine: Engine, neighbours: usize) -> Self {
        let spread = |j: usize| (j as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let start = (0..neighbours).map(|j| (spread(j) >> 48) as u16).collect();
        let residuals = (0..neighbours).map(|j| spread(j + neighbours) >> (20 + j % 3 * 10)).collect();
        let (trust, weights) = (vec![0; neighbours], vec![0; neighbours]);
        Self { engine, start, residuals, trust, weights }
    }
}

impl Job for TrustJob {
    fn run(&mut self) {
        self.trust.copy_from_slice(&self.start);
        self.engine.update_trust(&mut self.trust, black_box(&self.residuals), 256).expect("equal lengths");
        weights(&self.trust, &mut self.weights).expect("equal lengths");
    }

    fn answer(&self) -> Vec<u64> {
        self.trust.iter().chain(&self.weights).map(|&share| share.into()).collect()
    }

    fn elements(&self) -> u64 {
        self.trust.len() as u64
    }
}

struct ReputationJob {
    engine: Engine,
    graph: Graph,
    out: Vec<u64>,
    iterations: u32,
}

impl Job for ReputationJob {
    fn run(&mut self) {
        let trust: Vec<u16> = (0..self.graph.edges()).map(|edge| (edge * 6_553 % 65_531) as u16).collect();
        let matrix = TrustMatrix::Sparse { graph: &self.graph, trust: &trust };
        let end = self.engine.reputation(matrix, &ReputationOptions::default(), &mut self.out);
        self.iterations = end.expect("valid data").iterations;
    }

    fn answer(&self) -> Vec<u64> {
        self.out.clone()
    }

    fn elements(&self) -> u64 {
        self.graph.edges() as u64 * u64::from(self.iterations)
    }
}

struct SamplingJob {
    cells: usize,
    out: Vec<u16>,
}

impl Job for SamplingJob {
    fn run(&mut self) {
        sample_cells(black_box(SEED), self.cells, &mut self.out).expect("fewer draws than cells");
    }

    fn answer(&self) -> Vec<u64> {
        self.out.iter().map(|&cell| cell.into()).collect()
    }

    fn elements(&self) -> u64 {
        self.out.len() as u64
    }
}
