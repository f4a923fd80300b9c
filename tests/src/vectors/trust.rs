//! Cases of the trust update.

use lvs_kernels::{Engine, TRUST_FLOOR, credit};
use serde::{Deserialize, Serialize};

use super::{Input, Kernel, Output, text};

/// Trust in K neighbours before, their residuals, and the number of compared cells.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Trust {
    neighbour_count: usize,
    #[serde(with = "text")]
    cells: u64,
    trust: Input<u16>,
    residuals: Input<u64>,
}

/// Trust after, and what it is worth as a reputation.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Results {
    trust: Output<u16>,
    credit: Output<u16>,
}

impl Kernel for Trust {
    const NAME: &'static str = "trust";
    type Results = Results;

    fn cases() -> Vec<(String, Self)> {
        let listed = |name: &str, cells, trust: &[u16], residuals: &[u64]| {
            let trust = Input::Listed(trust.to_vec());
            let residuals = Input::Listed(residuals.to_vec());
            let neighbour_count = if let Input::Listed(t) = &trust { t.len() } else { 0 };
            (name.to_string(), Self { neighbour_count, cells, trust, residuals })
        };
        let drawn = |name: &str, neighbour_count, cells, span| {
            let trust = Input::Drawn { seed: 21, low: 0, span: 65_536 };
            let residuals = Input::Drawn { seed: 22, low: 0, span };
            (name.to_string(), Self { neighbour_count, cells, trust, residuals })
        };
        vec![
            listed("no neighbours", 256, &[], &[]),
            listed("one neighbour sets its own tolerance", 256, &[1_024], &[u64::MAX]),
            listed("two neighbours: the larger is the judge", 1, &[65_535; 2], &[100, 217]),
            listed("three neighbours: the second is the judge", 1, &[65_535; 3], &[100, 1_000, 217]),
            listed(
                "six neighbours: the fourth is the judge",
                0,
                &[65_535; 6],
                &[6_000, 3_000, 100, 4_000, 200, 50_000],
            ),
            listed(
                "at the floor and below it nothing is lost",
                0,
                &[65_535, 65_535, 65_535, 65_535, TRUST_FLOOR, TRUST_FLOOR - 1],
                &[0, 0, 0, 0, 9, 9],
            ),
            listed(
                "a quarter is more than is left above the floor",
                0,
                &[65_535, 65_535, 65_535, 65_535, 61_443, TRUST_FLOOR + 1],
                &[0, 0, 0, 0, u64::MAX, u64::MAX],
            ),
            listed("exactly tolerated, and one more", 2, &[65_535; 3], &[84, 200, 201]),
            listed("nothing compared, nothing different", 0, &[0, 1_024, 65_535], &[0; 3]),
            listed("nothing tolerated", 0, &[65_535, 2, 1, 0], &[0, 0, 1, 1]),
            listed("last steps up", 1, &[65_534, 64_512, 64_511, 0], &[0; 4]),
            listed("last steps down", 0, &[4, 3, 2, 1, 0, 9], &[0, 0, 0, u64::MAX, u64::MAX, u64::MAX]),
            listed("tolerance saturates", u64::MAX, &[7; 3], &[u64::MAX; 3]),
            listed("tolerance close to 2^64", 0, &[65_535; 4], &[1, 1 << 62, (1 << 63) + 1, u64::MAX]),
            listed("the shift begins at 48 bits", 0, &[65_535; 3], &[1 << 46, (1 << 47) - 1, 1 << 47]),
            listed("a shift of one", 0, &[65_535; 3], &[(1 << 46) + 1, (1 << 47) + 3, (1 << 48) - 1]),
            drawn("random, ordinary", 15, 256, 1 << 20),
            drawn("random, any residual", 16, 256, 0),
            drawn("K = 4,096", 4_096, 1_000, 1 << 50),
        ]
    }

    fn run(&self, engine: &Engine) -> Results {
        let mut trust = self.trust.entries(self.neighbour_count);
        let residuals = self.residuals.entries(self.neighbour_count);
        engine.update_trust(&mut trust, &residuals, self.cells).expect("the case is valid");
        let credit: Vec<u16> = trust.iter().copied().map(credit).collect();
        Results { trust: trust.into(), credit: credit.into() }
    }
}
