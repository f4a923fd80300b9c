//! What is timed: on each level, in and out of cache, trimming, averaging and the plain sum of the same rows.

use std::cell::RefCell;
use std::hint::black_box;

use lvs_benches::engines::{engine, lanes};
use lvs_benches::memory::{Memory, Pages};
use lvs_benches::stream::{Order, Streams};
use lvs_benches::timing::Contender;
use lvs_benches::workload::{Layout, Weights, Workload};
use lvs_kernels::{DriftOutput, Engine, backends};
use serde::{Deserialize, Serialize};

/// K, the neighbours.
const NEIGHBOURS: usize = 15;

/// What one figure is of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// The scene.
    pub scene: String,
    /// The backend.
    pub level: String,
    /// What is computed.
    pub work: Work,
    /// Cells in a row.
    pub cells: usize,
}

/// What is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Work {
    /// Drift that trims.
    Trim,
    /// Drift that averages.
    Average,
    /// Summing the rows, a tile of each in turn.
    SumSideBySide,
    /// Summing the rows, one after the other.
    SumRowByRow,
}

/// Rows of one size and spread.
pub struct Scene {
    name: &'static str,
    cells: usize,
    data: Workload,
    out: RefCell<Memory>,
}

impl Scene {
    /// The scenes: name, cells, and how far honest rows lie from their middle in VU.
    pub fn all() -> Vec<Self> {
        let scenes = [
            ("in cache", 1_024, 100),
            ("in cache, 3,000 VU apart", 1_024, 3_000),
            ("out of cache", 1 << 21, 100),
        ];
        scenes.into_iter().map(|(name, cells, units)| Self::new(name, cells, units)).collect()
    }

    fn new(name: &'static str, cells: usize, units: u64) -> Self {
        let layout =
            Layout { neighbours: NEIGHBOURS, cells, stagger_lines: 5, pages: Pages::Huge, seed: 20_260 };
        let data = Workload::spread(layout, Weights::Random, units);
        Self { name, cells, data, out: RefCell::new(Memory::zeroed(cells, Pages::Huge)) }
    }

    /// Everything that is timed in this scene, on each vector level that runs here.
    pub fn contenders(&self) -> Vec<Contender<'_, Subject>> {
        let runs = |level: &&str| backends().iter().any(|info| info.available && info.name == **level);
        let levels = ["simd:portable", "simd:avx2", "simd:avx512", "simd:neon"];
        levels.into_iter().filter(runs).flat_map(|level| self.on_level(level)).collect()
    }

    fn on_level(&self, level: &'static str) -> Vec<Contender<'_, Subject>> {
        let works = [Work::SumSideBySide, Work::SumRowByRow, Work::Trim, Work::Average];
        works.into_iter().map(|work| self.contender(level, work)).collect()
    }

    fn contender(&self, level: &'static str, work: Work) -> Contender<'_, Subject> {
        let subject = Subject { scene: self.name.into(), level: level.into(), work, cells: self.cells };
        let engine = engine(level, 1);
        match work {
            Work::SumSideBySide => Contender::new(subject, self.sum(&engine, Order::SideBySide)),
            Work::SumRowByRow => Contender::new(subject, self.sum(&engine, Order::RowByRow)),
            Work::Trim => Contender::new(subject, self.drift(engine, true)),
            Work::Average => Contender::new(subject, self.drift(engine, false)),
        }
    }

    fn sum(&self, engine: &Engine, order: Order) -> impl FnMut() + '_ {
        let streams = Streams::new(lanes(engine.backend()), 1);
        let rows = self.data.rows();
        move || {
            black_box(streams.sum(black_box(&rows), order));
        }
    }

    fn drift(&self, engine: Engine, trim: bool) -> impl FnMut() + '_ {
        let neighbours = self.data.neighbours();
        let mut residuals = vec![0; neighbours.len()];
        move || {
            let input = self.data.input(&neighbours, trim);
            let values = &mut self.out.borrow_mut()[..];
            let mut out = DriftOutput { values, correction: None, residuals: &mut residuals };
            black_box(engine.drift(black_box(&input), &mut out).expect("valid data"));
        }
    }
}
