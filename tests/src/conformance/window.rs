//! Drift around the edges of the 32-bit window: vector levels take differences within ±2^30 in half the bits, a tile of
//! cells at a time, and whatever lies outside another way. Which way a tile goes must never show.

use lvs_kernels::vaultguard::{DIFFERENCE_MAX, MICRO_VU, VALUE_MAX};
use lvs_kernels::{DriftInput, Engine};

use super::rows::{Results, drift, expect_same};
use crate::random::{Random, weights};
use crate::reference;

/// The window's half-width in micro-VU.
const EDGE: i64 = 1 << 30;

/// Cells per row: less than a tile of any level, one, a few and a rest, and more than the 64 tiles that a level may let
/// pass before it tries the window again.
const CELLS: [usize; 7] = [5, 16, 32, 40, 97, 260, 5_000];

/// Neighbours per row: those that have a network of their own, and some beside them.
const NEIGHBOURS: [usize; 9] = [3, 4, 8, 12, 15, 16, 24, 33, 64];

/// How the neighbours lie around the row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scene {
    /// At the window's edges and a unit or two beside them, on both sides.
    Edges,
    /// Close, but for one cell in one neighbour, which lies at an edge or outside.
    OneLane,
    /// All on one side, so that a threshold lies there: some in the window, some at its end, some outside.
    OneSided,
    /// A third lie as far away as counts or a unit less, on either side, in whole tiles but for one cell in a hundred.
    Liars,
    /// Close together and equal, beside liars.
    Ties,
    /// Now close, now far apart, in stretches of cells: the window is left and found again.
    Stretches,
}

const SCENES: [Scene; 6] =
    [Scene::Edges, Scene::OneLane, Scene::OneSided, Scene::Liars, Scene::Ties, Scene::Stretches];

impl Scene {
    /// What neighbour `j` differs by in a cell.
    fn difference(self, random: &mut Random, case: &Case, cell: usize, j: usize) -> i64 {
        let close = random.between(-100 * MICRO_VU, 100 * MICRO_VU);
        let side = if random.one_in(2) { 1 } else { -1 };
        match self {
            Self::Edges => side * (EDGE + random.between(-2, 2)),
            Self::OneLane if (cell, j) == case.odd_one => {
                side * (EDGE + random.between(-1, 1) * random.between(0, EDGE))
            }
            Self::OneLane => close,
            Self::OneSided => case.side * *random.pick(&[0, 7, EDGE - 1, EDGE, EDGE + 1, 3 * EDGE]),
            Self::Liars if j.is_multiple_of(3) => case.liar(random, j),
            Self::Liars => close,
            Self::Ties if j.is_multiple_of(5) => case.liar(random, j),
            Self::Ties => random.between(-1, 1),
            Self::Stretches if cell / 150 % 2 == 1 => random.between(-9 * EDGE, 9 * EDGE),
            Self::Stretches => close,
        }
    }
}

/// A row and its neighbours.
struct Case {
    label: String,
    values: Vec<i64>,
    anchors: Vec<i64>,
    neighbours: Vec<Vec<i64>>,
    weights: Vec<u16>,
    cycle: u64,
    /// The cell and neighbour that stand out, and the side that all others lie on.
    odd_one: (usize, usize),
    side: i64,
}

impl Case {
    fn new(scene: Scene, cells: usize, count: usize, seed: u64) -> Self {
        let mut random = Random::new(seed ^ (cells as u64) << 32 ^ (count as u64) << 8 ^ scene as u64);
        let mut case = Self {
            label: format!("{scene:?}, B = {cells}, K = {count}, seed {seed}"),
            values: (0..cells).map(|_| value(&mut random)).collect(),
            anchors: Vec::new(),
            neighbours: vec![Vec::new(); count],
            weights: share(&mut random, count),
            cycle: random.any(),
            odd_one: (random.below(cells as u64) as usize, random.below(count as u64) as usize),
            side: if random.one_in(2) { 1 } else { -1 },
        };
        for cell in 0..cells {
            let value = case.values[cell];
            case.anchors.push((value + random.between(-EDGE, EDGE)).clamp(0, VALUE_MAX));
            for j in 0..count {
                let difference = scene.difference(&mut random, &case, cell, j);
                case.neighbours[j].push(value.saturating_add(difference));
            }
        }
        case
    }

    /// As far away as counts, up to a unit less or much farther; each neighbour on its own side.
    fn liar(&self, random: &mut Random, j: usize) -> i64 {
        let side = if j.is_multiple_of(2) { self.side } else { -self.side };
        if random.one_in(100) {
            return side * (DIFFERENCE_MAX - 1);
        }
        side * (DIFFERENCE_MAX + *random.pick(&[0, 1, 1 << 50, 1 << 62]))
    }

    fn run(&self, engine: &Engine, trim: bool, hold: bool) -> Results {
        let neighbours: Vec<&[i64]> = self.neighbours.iter().map(Vec::as_slice).collect();
        let input = DriftInput {
            values: &self.values,
            neighbours: &neighbours,
            weights: &self.weights,
            anchors: &self.anchors,
            cycle: self.cycle,
            trim,
            hold,
        };
        drift(engine, &input, false, 0)
    }

    fn check(&self, engines: &[Engine]) {
        for (trim, hold) in [(true, false), (true, true), (false, false), (false, true)] {
            let expected = self.run(&reference(), trim, hold);
            for engine in engines {
                let label = format!("{}, trim {trim}, hold {hold}, {}", self.label, engine.choice());
                let got = self.run(engine, trim, hold);
                expect_same("value", &got.values, &expected.values, &label);
                expect_same("residual", &got.residuals, &expected.residuals, &label);
                assert_eq!(got.summary, expected.summary, "{label}");
            }
        }
    }
}

/// An own value: mostly ordinary, now and then an end of the range.
fn value(random: &mut Random) -> i64 {
    match random.below(20) {
        0 => 0,
        1 => VALUE_MAX,
        _ => random.between(EDGE, 1 << 42),
    }
}

/// Equal weights, weights within 5 % of each other, half of them 0, or any.
fn share(random: &mut Random, count: usize) -> Vec<u16> {
    let share = 60_000 / count as i64;
    match random.below(4) {
        0 => vec![share as u16; count],
        1 => (0..count).map(|_| (share - random.between(0, share / 20)) as u16).collect(),
        2 => (0..count).map(|_| if random.one_in(2) { 0 } else { share as u16 }).collect(),
        _ => weights(random, count),
    }
}

pub(super) fn edges(engines: &[Engine], seed: u64) {
    for scene in SCENES {
        for cells in CELLS {
            for count in NEIGHBOURS {
                Case::new(scene, cells, count, seed).check(engines);
            }
        }
    }
}

/// One cell alone lies outside, at every place of a tile, in every neighbour's turn.
pub(super) fn one_lane(engines: &[Engine], seed: u64) {
    for repeat in 0..200 {
        Case::new(Scene::OneLane, 64, 15, seed + repeat).check(engines);
    }
}
