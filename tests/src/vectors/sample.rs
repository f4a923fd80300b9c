//! Cases of the cell sampling.

use lvs_kernels::{Engine, sample_cells};
use serde::{Deserialize, Serialize};

use super::{Kernel, Output, text};

/// A seed, the cells to draw from and how many to draw.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Sample {
    #[serde(with = "text")]
    seed: u64,
    cells: usize,
    count: usize,
}

/// The cells in draw order.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Results {
    sample: Output<u16>,
}

impl Kernel for Sample {
    const NAME: &'static str = "sample";
    type Results = Results;

    fn cases() -> Vec<(String, Self)> {
        let shapes =
            [(256, 64), (256, 256), (256, 0), (0, 0), (1, 1), (255, 255), (65_536, 64), (1_000, 299)];
        let seeds = [0, 1, u64::MAX, 0x9e37_79b9_7f4a_7c15];
        let mut cases = Vec::new();
        for (cells, count) in shapes {
            for seed in seeds {
                cases.push((format!("{count} of {cells}, seed {seed}"), Self { seed, cells, count }));
            }
        }
        cases.push(("all of 65,536".into(), Self { seed: 7, cells: 65_536, count: 65_536 }));
        cases
    }

    fn run(&self, _engine: &Engine) -> Results {
        let mut sample = vec![0; self.count];
        sample_cells(self.seed, self.cells, &mut sample).expect("the case is valid");
        Results { sample: sample.into() }
    }
}
