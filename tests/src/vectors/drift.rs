//! Cases of the row form of drift.

use lvs_kernels::Engine;
use lvs_kernels::vaultguard::{DIFFERENCE_MAX, MICRO_VU, VALUE_MAX};
use serde::{Deserialize, Serialize};

use super::{Input, Kernel, Output, Summary, text};
use crate::random::{Random, Texture, weights};
use crate::row::{Drifted, Row};

/// One row against its neighbours.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Drift {
    cells: usize,
    neighbour_count: usize,
    #[serde(with = "text")]
    cycle: u64,
    trim: bool,
    hold: bool,
    values: Input<i64>,
    anchors: Input<i64>,
    /// Row after row.
    neighbours: Input<i64>,
    weights: Input<u16>,
}

/// What comes of it.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Results {
    values: Output<i64>,
    residuals: Output<u64>,
    #[serde(flatten)]
    summary: Summary,
}

impl Kernel for Drift {
    const NAME: &'static str = "drift";
    type Results = Results;

    fn cases() -> Vec<(String, Self)> {
        let named = |(name, case): (&str, Self)| (name.to_string(), case);
        let mut cases: Vec<_> = edges()
            .into_iter()
            .chain(heads())
            .chain(held())
            .chain(limits())
            .chain(large())
            .map(named)
            .collect();
        cases.extend(random_rows());
        cases
    }

    fn run(&self, engine: &Engine) -> Results {
        let cells = self.cells;
        let count = self.neighbour_count;
        let neighbours = self.neighbours.entries(cells * count);
        let row = Row {
            values: self.values.entries(cells),
            anchors: self.anchors.entries(cells),
            neighbours: (0..count).map(|j| neighbours[j * cells..][..cells].to_vec()).collect(),
            weights: self.weights.entries(count),
            cycle: self.cycle,
            trim: self.trim,
            hold: self.hold,
        };
        let Drifted { values, correction, residuals, summary } = row.drift(engine);
        let told = correction.iter().zip(&row.values).zip(&values).all(|((c, old), new)| *c == new - old);
        assert!(told, "a correction is not the new value minus the old");
        Results { values: values.into(), residuals: residuals.into(), summary: summary.into() }
    }
}

/// A case of one cell, its anchor at its value, on an even cycle.
fn cell(value: i64, neighbours: &[i64], weights: &[u16]) -> Drift {
    Drift {
        cells: 1,
        neighbour_count: neighbours.len(),
        cycle: 0,
        trim: true,
        hold: false,
        values: Input::Listed(vec![value]),
        anchors: Input::Listed(vec![value]),
        neighbours: Input::Listed(neighbours.to_vec()),
        weights: Input::Listed(weights.to_vec()),
    }
}

impl Drift {
    fn on_an_odd_cycle(self) -> Self {
        Self { cycle: u64::MAX, ..self }
    }

    fn untrimmed(self) -> Self {
        Self { trim: false, ..self }
    }

    fn held(self) -> Self {
        Self { hold: true, ..self }
    }

    fn anchored(self, anchor: i64) -> Self {
        Self { anchors: Input::Listed(vec![anchor]), ..self }
    }
}

fn edges() -> Vec<(&'static str, Drift)> {
    // The specification's worked example: a part of one neighbour is trimmed on either side.
    let neighbours = [10_000_400, 9_999_000, i64::MAX, 10_000_100, 9_999_700];
    let example = || cell(10_000_000, &neighbours, &[10_922; 5]);
    let tie = || cell(640, &[641, 641, 641, 639, 640], &[9_362, 9_362, 9_362, 9_362, 9_362]);
    let extreme = [i64::MIN, i64::MAX, i64::MIN, i64::MAX, 0];
    vec![
        ("no neighbours", cell(7, &[], &[])),
        ("no neighbours, odd", cell(7, &[], &[]).on_an_odd_cycle()),
        ("no cells", Drift { cells: 0, ..empty(3) }),
        ("one neighbour: a third of it is trimmed", cell(1_000, &[2_000], &[32_767])),
        ("one neighbour, trim off", cell(1_000, &[2_000], &[32_767]).untrimmed()),
        ("one neighbour has all the weight", cell(1_000, &[2_000], &[65_535])),
        ("all weights 0", cell(1_000, &[2_000, 0, 5], &[0; 3])),
        ("all weights 0, odd", cell(1_000, &[2_000, 0, 5], &[0; 3]).on_an_odd_cycle()),
        ("one huge weight among small ones", cell(1_000, &[9_000, 0, 5], &[65_000, 200, 300])),
        ("worked example, even", example()),
        ("worked example, odd", example().on_an_odd_cycle()),
        ("worked example, trim off", example().untrimmed()),
        ("ties", tie()),
        ("ties, odd", tie().on_an_odd_cycle()),
        ("ties with unequal weights", cell(100, &[90, 90, 90, 110, 110], &[1, 30_000, 2, 20_000, 3])),
        ("all agree", cell(500, &[500; 5], &[10_000; 5])),
        ("all agree, odd", cell(500, &[500; 5], &[10_000; 5]).on_an_odd_cycle()),
        ("a unit of weight is trimmed from one side only", cell(500, &[501, 502, 503], &[1; 3])),
        ("a unit of weight, odd", cell(500, &[501, 502, 503], &[1; 3]).on_an_odd_cycle()),
        ("neighbours at the ends of i64", cell(MICRO_VU, &extreme, &[10_922; 5])),
        ("the same, trim off", cell(MICRO_VU, &extreme, &[10_922; 5]).untrimmed()),
        ("the same from the top of the range", cell(VALUE_MAX, &extreme, &[10_922; 5])),
        ("the same from zero, odd", cell(0, &extreme, &[10_922; 5]).on_an_odd_cycle()),
        ("the cap of a difference", cell(0, &[DIFFERENCE_MAX, DIFFERENCE_MAX + 1], &[7, 9]).untrimmed()),
    ]
}

/// Rows whose heaviest third weighs more than a third.
fn heads() -> Vec<(&'static str, Drift)> {
    let six = [700, 600, 500, 400, 300, 200];
    vec![
        ("one head of three outweighs a third", cell(500, &[900, 510, 490], &[30_000, 9_000, 9_000])),
        ("two heads of six outweigh a third", cell(450, &six, &[20_000, 1, 2, 20_001, 3, 4])),
        ("the same, odd", cell(450, &six, &[20_000, 1, 2, 20_001, 3, 4]).on_an_odd_cycle()),
        ("the heads are more than half: nothing is left", cell(450, &six, &[1, 30_000, 1, 1, 30_000, 1])),
        ("equal weights of 15", cell(450, &[460; 15], &[4_095; 15])),
        ("two neighbours are no third", cell(450, &[900, 460], &[60_000, 100])),
    ]
}

/// Rows that hold to their anchors.
fn held() -> Vec<(&'static str, Drift)> {
    let third = |anchor| {
        cell(1_000, &[2_000, 2_000, 1_000, 1_000, 1_000], &[12_000; 5]).untrimmed().anchored(anchor).held()
    };
    let most = |anchor| {
        cell(1_000, &[2_000, 2_000, 2_000, 1_000, 1_000], &[12_000; 5]).untrimmed().anchored(anchor).held()
    };
    let down = |anchor| {
        cell(1_000, &[0, 0, 0, 1_000, 2_000], &[12_000, 12_000, 6_000, 12_000, 18_000])
            .untrimmed()
            .anchored(anchor)
            .held()
    };
    vec![
        ("hold: a minority leads no row away from its anchor", third(1_000)),
        ("hold: a minority leads towards an anchor above", third(5_000)),
        ("hold: a minority leads as far as the anchor", third(1_100)),
        ("hold: nor away from an anchor below", third(900)),
        ("hold: a majority leads anywhere", most(1_000)),
        ("hold: half is no majority, down", down(1_000).on_an_odd_cycle()),
        ("hold: half leads down as far as the anchor", down(990)),
        ("hold: the drain floor counts after it", cell(76, &[0; 3], &[21_845; 3]).anchored(100).held()),
        ("hold: no neighbours", cell(7, &[], &[]).held()),
    ]
}

/// Every limit hit, alone and with others.
fn limits() -> Vec<(&'static str, Drift)> {
    let rich = 6_400 * MICRO_VU;
    vec![
        ("rate limit up, a 64th", cell(rich, &[2 * rich; 3], &[21_845; 3])),
        ("rate limit down, a 64th", cell(rich, &[0; 3], &[21_845; 3])),
        ("rate limit up, one VU", cell(5, &[rich; 3], &[21_845; 3])),
        (
            "rate limit down, one VU, and then the drain floor",
            cell(20_000_000, &[0; 3], &[21_845; 3]).anchored(26_000_000),
        ),
        ("exactly at the rate limit", cell(0, &[1_000_000 * 2], &[32_768]).untrimmed()),
        ("one unit above the rate limit", cell(0, &[1_000_001 * 2], &[32_768]).untrimmed()),
        ("drain floor", cell(76, &[0; 3], &[21_845; 3]).anchored(100)),
        ("drain floor, exactly reached", cell(76, &[75], &[65_535]).untrimmed().anchored(100)),
        ("drain floor, anchor not divisible by four", cell(103, &[0; 3], &[21_845; 3]).anchored(103)),
        ("already below the drain floor", cell(50, &[0; 3], &[21_845; 3]).anchored(100)),
        ("already below the drain floor, going up", cell(50, &[90; 3], &[21_845; 3]).anchored(100)),
        ("bottom of the value range", cell(0, &[i64::MIN; 3], &[21_845; 3])),
        ("bottom of the value range, anchor 0", cell(3, &[i64::MIN; 3], &[21_845; 3]).anchored(0)),
        ("top of the value range", cell(VALUE_MAX - 5, &[i64::MAX; 3], &[21_845; 3])),
        ("top of the value range, exactly", cell(VALUE_MAX, &[i64::MAX; 3], &[21_845; 3]).on_an_odd_cycle()),
        ("a 46-bit step down from the top", cell(VALUE_MAX, &[0; 3], &[21_845; 3])),
    ]
}

fn empty(neighbour_count: usize) -> Drift {
    Drift {
        cells: 0,
        neighbour_count,
        cycle: 0,
        trim: true,
        hold: false,
        values: Input::Listed(vec![]),
        anchors: Input::Listed(vec![]),
        neighbours: Input::Listed(vec![]),
        weights: Input::Listed(vec![9; neighbour_count]),
    }
}

/// Cases told by seeds and digests.
fn large() -> Vec<(&'static str, Drift)> {
    let near = |cells, neighbour_count, span: u64| {
        let drawn = |seed, low, span| Input::Drawn { seed, low, span };
        Drift {
            cells,
            neighbour_count,
            cycle: 4_097,
            trim: true,
            hold: false,
            values: drawn(1, 1_000 * MICRO_VU, 50 * MICRO_VU as u64),
            anchors: drawn(2, 1_000 * MICRO_VU, 50 * MICRO_VU as u64),
            neighbours: drawn(3, 990 * MICRO_VU, 70 * MICRO_VU as u64),
            weights: Input::Drawn { seed: 4, low: 0, span },
        }
    };
    let any = |case: Drift| Drift {
        values: Input::Drawn { seed: 5, low: 0, span: VALUE_MAX as u64 + 1 },
        anchors: Input::Drawn { seed: 6, low: 0, span: VALUE_MAX as u64 + 1 },
        neighbours: Input::Drawn { seed: 7, low: i64::MIN, span: 0 },
        ..case
    };
    // Every neighbour at i64::MAX and nothing of it trimmed: sums of more than 2^64 - 1 saturate.
    let saturating = Drift {
        cells: (1 << 18) + 16,
        neighbour_count: 1,
        cycle: 0,
        trim: false,
        hold: false,
        values: Input::Drawn { seed: 0, low: 1 << 61, span: 1 },
        anchors: Input::Drawn { seed: 0, low: 1 << 61, span: 1 },
        neighbours: Input::Drawn { seed: 0, low: i64::MAX, span: 1 },
        weights: Input::Listed(vec![65_535]),
    };
    vec![
        ("K = 15, 1,000 cells", near(1_000, 15, 4_096)),
        ("K = 15, 1,000 cells, trim off", near(1_000, 15, 4_096).untrimmed()),
        ("K = 15, 1,000 cells, hold", near(1_000, 15, 4_096).held()),
        ("K = 15, 1,000 cells, trim off, hold", near(1_000, 15, 4_096).untrimmed().held()),
        ("K = 64, 100 cells, hold", near(100, 64, 1_024).held()),
        ("K = 65, 100 cells, hold", near(100, 65, 1_009).held()),
        ("K = 16, any values", any(near(777, 16, 4_096))),
        ("K = 64, 100 cells", near(100, 64, 1_024)),
        ("K = 64, any values", any(near(100, 64, 1_024))),
        ("K = 65, 100 cells", near(100, 65, 1_009)),
        ("K = 65, any values", any(near(100, 65, 1_009))),
        ("K = 4,096, 9 cells", near(9, 4_096, 16)),
        ("K = 4,096, any values", any(near(9, 4_096, 16))),
        ("K = 4,096, trim off", near(9, 4_096, 16).untrimmed()),
        ("residual and sum of corrections saturate", saturating),
    ]
}

/// Small random rows of every texture, listed in full.
fn random_rows() -> Vec<(String, Drift)> {
    let mut random = Random::new(20_130);
    let mut cases = Vec::new();
    for neighbour_count in [2, 3, 5, 8, 15] {
        for texture in Texture::ALL {
            for trim in [true, false] {
                let cells = 1 + random.below(9) as usize;
                let name = format!("random, K = {neighbour_count}, {texture:?}, trim {trim}");
                let hold = random.one_in(2);
                let name = format!("{name}, hold {hold}");
                let case = Drift {
                    cells,
                    neighbour_count,
                    cycle: random.any(),
                    trim,
                    hold,
                    values: Input::Listed(texture.values(&mut random, cells)),
                    anchors: Input::Listed(texture.values(&mut random, cells)),
                    neighbours: Input::Listed(texture.neighbours(&mut random, cells * neighbour_count)),
                    weights: Input::Listed(weights(&mut random, neighbour_count)),
                };
                cases.push((name, case));
            }
        }
    }
    cases
}
