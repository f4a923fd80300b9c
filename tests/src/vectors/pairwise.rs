//! Cases of the pairwise residuals.

use lvs_kernels::vaultguard::DIFFERENCE_MAX;
use lvs_kernels::{Argument, Engine, Rows};
use serde::{Deserialize, Serialize};

use super::{Input, Kernel, Output};

/// N rows of B cells, row after row.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Pairwise {
    rows: usize,
    cells: usize,
    values: Input<i64>,
}

/// N × N residuals.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Results {
    residuals: Output<u64>,
}

impl Kernel for Pairwise {
    const NAME: &'static str = "pairwise";
    type Results = Results;

    fn cases() -> Vec<(String, Self)> {
        let case = |name: &str, rows, cells, values| (name.to_string(), Self { rows, cells, values });
        let listed = Input::Listed;
        let ends = vec![i64::MIN, i64::MAX, 0, -1, DIFFERENCE_MAX, -DIFFERENCE_MAX, 1 << 62, i64::MAX - 1];
        vec![
            case("no rows", 0, 5, listed(vec![])),
            case("rows without cells", 3, 0, listed(vec![])),
            case("one row", 1, 3, listed(vec![1, 2, 3])),
            case("two rows, either order", 2, 3, listed(vec![1, 20, 300, 10, 2, 300])),
            case("the ends of every range", 8, 1, listed(ends)),
            case("random, listed", 7, 33, Input::Drawn { seed: 11, low: 0, span: 1 << 40 }),
            case("any values", 5, 67, Input::Drawn { seed: 12, low: i64::MIN, span: 0 }),
            case("many rows", 65, 129, Input::Drawn { seed: 13, low: -(1 << 45), span: 1 << 46 }),
        ]
    }

    fn run(&self, engine: &Engine) -> Results {
        let values = self.values.entries(self.rows * self.cells);
        let rows = Rows::new(Argument::Values, &values, self.rows, self.cells).expect("the case is valid");
        let mut residuals = vec![0; self.rows * self.rows];
        engine.pairwise_residuals(&rows, &mut residuals).expect("the case is valid");
        Results { residuals: residuals.into() }
    }
}
