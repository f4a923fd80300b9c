//! The row form of drift: every shape that could cross the edge of a tile.

use std::fmt::Debug;

use lvs_kernels::{DriftInput, DriftOutput, DriftSummary, Engine};

use crate::random::{Random, Texture, weights};
use crate::reference;

/// Cells per row, around every power of two that a tile may have.
const CELLS: [usize; 21] =
    [0, 1, 3, 4, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 255, 256, 257, 1_000, 5_000];

/// Neighbours per row, around the sizes that a sorting network may have and past the last of them.
const NEIGHBOURS: [usize; 21] = [0, 1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 24, 31, 32, 33, 48, 63, 64, 65];

/// A row, its anchors and its neighbours in one buffer each, at offsets that no vector length divides.
struct Case {
    label: String,
    cells: usize,
    own: Vec<i64>,
    anchors: Vec<i64>,
    neighbours: Vec<i64>,
    weights: Vec<u16>,
    cycle: u64,
    hold: bool,
    offset: usize,
}

/// What a row's drift gives.
pub(super) struct Results {
    pub(super) values: Vec<i64>,
    correction: Option<Vec<i64>>,
    pub(super) residuals: Vec<u64>,
    pub(super) summary: DriftSummary,
}

/// Drifts a row into new buffers, its values `offset` entries into theirs.
pub(super) fn drift(
    engine: &Engine,
    input: &DriftInput<'_>,
    with_correction: bool,
    offset: usize,
) -> Results {
    // Results must be written, not found: the buffers start out with something else in them.
    let mut values = vec![-7; offset + input.values.len()];
    let mut residuals = vec![7; input.neighbours.len()];
    let mut correction = with_correction.then(|| vec![-7; input.values.len()]);
    let mut out = DriftOutput {
        values: &mut values[offset..],
        correction: correction.as_deref_mut(),
        residuals: &mut residuals,
    };
    let summary = engine.drift(input, &mut out).expect("the case is valid");
    Results { values: values.split_off(offset), correction, residuals, summary }
}

impl Case {
    fn new(cells: usize, count: usize, texture: Texture, seed: u64) -> Self {
        let mut random = Random::new(seed ^ (cells as u64) << 32 ^ (count as u64) << 8 ^ texture as u64);
        let offset = random.below(8) as usize;
        let hold = random.one_in(2);
        Self {
            label: format!(
                "B = {cells}, K = {count}, {texture:?}, hold {hold}, offset {offset}, seed {seed}"
            ),
            cells,
            own: texture.values(&mut random, offset + cells),
            anchors: texture.values(&mut random, cells + offset / 2),
            neighbours: texture.neighbours(&mut random, offset + count * (cells + 1)),
            weights: weights(&mut random, count),
            cycle: random.any(),
            hold,
            offset,
        }
    }

    fn run(&self, engine: &Engine, trim: bool, with_correction: bool) -> Results {
        let cells = self.cells;
        let count = self.weights.len();
        // A stride of one more than a row puts each neighbour at another alignment.
        let rows: Vec<&[i64]> =
            (0..count).map(|j| &self.neighbours[self.offset + j * (cells + 1)..][..cells]).collect();
        let input = DriftInput {
            values: &self.own[self.offset..],
            neighbours: &rows,
            weights: &self.weights,
            anchors: &self.anchors[self.offset / 2..],
            cycle: self.cycle,
            trim,
            hold: self.hold,
        };
        drift(engine, &input, with_correction, 3)
    }

    /// Every engine equals the reference, trimmed and not, with the correction asked for and not.
    fn check(&self, engines: &[Engine]) {
        for trim in [true, false] {
            let expected = self.run(&reference(), trim, true);
            for engine in engines {
                let got = self.run(engine, trim, true);
                self.expect_equal(&got, &expected, trim, engine);
                let got = self.run(engine, trim, false);
                assert_eq!(got.values, expected.values, "without correction: {}", self.label);
                assert_eq!(got.residuals, expected.residuals, "without correction: {}", self.label);
                assert_eq!(got.summary, expected.summary, "without correction: {}", self.label);
            }
        }
    }

    fn expect_equal(&self, got: &Results, expected: &Results, trim: bool, engine: &Engine) {
        let label = format!("{}, trim {trim}, {}", self.label, engine.choice());
        expect_same("value", &got.values, &expected.values, &label);
        expect_same("residual", &got.residuals, &expected.residuals, &label);
        assert_eq!(got.correction, expected.correction, "{label}");
        assert_eq!(got.summary, expected.summary, "{label}");
    }
}

/// Compares two arrays and names the first entry that differs.
pub(super) fn expect_same<T: PartialEq + Debug>(what: &str, got: &[T], expected: &[T], label: &str) {
    assert_eq!(got.len(), expected.len(), "{label}");
    if let Some(i) = (0..got.len()).find(|&i| got[i] != expected[i]) {
        panic!("{what} {i}: got {:?}, expected {:?} ({label})", got[i], expected[i]);
    }
}

pub(super) fn shapes(engines: &[Engine], seed: u64) {
    for cells in CELLS {
        for count in NEIGHBOURS {
            for texture in Texture::ALL {
                Case::new(cells, count, texture, seed).check(engines);
            }
        }
    }
}

pub(super) fn many_neighbours(engines: &[Engine], seed: u64) {
    for (cells, count) in [(1, 4_096), (9, 4_096), (33, 1_000), (257, 100), (64, 129), (65, 255), (17, 257)] {
        for texture in Texture::ALL {
            Case::new(cells, count, texture, seed).check(engines);
        }
    }
}

/// Long enough for several threads to share a row, with a tail; the last one is more than a cache holds.
pub(super) fn threaded_row(engines: &[Engine], seed: u64) {
    for (cells, count) in [(50_001, 8), (32_768, 15), (300_000, 1), (70_001, 3), (280_003, 15)] {
        Case::new(cells, count, Texture::Extreme, seed).check(engines);
    }
}

pub(super) fn without_cells(engines: &[Engine], seed: u64) {
    for count in [0, 1, 64, 65, 4_096] {
        let case = Case::new(0, count, Texture::Near, seed);
        for engine in engines {
            let results = case.run(engine, true, true);
            assert_eq!(results.residuals, vec![0; count]);
            assert_eq!(results.summary, DriftSummary::default());
        }
    }
}
