//! What one cycle over the data gives, and how far two answers are the same.

use std::error::Error;
use std::path::Path;

use bytemuck::cast_slice;
use lvs_kernels::{Argument, DriftSummary, Engine, PoolInput, PoolOutput, Rows};
use serde_json::{Value, json};

use crate::case::{CYCLE, Case, SEED};

/// New values of the rows that move, the residual along every edge, and VaultGuard's counters.
pub struct Answer {
    values: Vec<i64>,
    residuals: Vec<u64>,
    summary: DriftSummary,
}

impl Answer {
    /// What `engine` computes.
    pub fn of(engine: &Engine, case: &Case, trim: bool) -> lvs_kernels::Result<Self> {
        let rows = case.graph.rows();
        let mut values = vec![0; rows * case.cells];
        let mut residuals = vec![0; case.graph.edges()];
        let input = PoolInput {
            values: Rows::new(Argument::Values, &case.values, rows, case.cells)?,
            graph: &case.graph,
            weights: &case.weights,
            anchors: Rows::new(Argument::Anchors, &case.anchors, rows, case.cells)?,
            frozen: Some(&case.frozen),
            cycle: CYCLE,
            seed: SEED,
            trim,
            hold: false,
        };
        let mut out = PoolOutput { values: &mut values, residuals: &mut residuals };
        let summary = engine.drift_pool(&input, &mut out)?;
        values.truncate(case.moving * case.cells);
        values.shrink_to_fit();
        Ok(Self { values, residuals, summary })
    }

    /// # Errors
    /// If a bit differs from what is expected of drift of this kind.
    pub fn expect(&self, expected: &Self, kind: &str) -> Result<(), Box<dyn Error>> {
        let parts = [
            ("values", self.values == expected.values),
            ("residuals", self.residuals == expected.residuals),
            ("counters", self.summary == expected.summary),
        ];
        match parts.iter().find(|(_, equal)| !equal) {
            Some((part, _)) => {
                Err(format!("{kind}: the {part} of the GPU differ from the scalar backend's").into())
            }
            None => Ok(()),
        }
    }

    /// Writes the arrays, little-endian.
    pub fn write(&self, folder: &Path, kind: &str) -> std::io::Result<()> {
        std::fs::write(folder.join(format!("{kind}-values.i64")), cast_slice::<_, u8>(&self.values))?;
        std::fs::write(folder.join(format!("{kind}-residuals.u64")), cast_slice(&self.residuals))
    }

    /// The counters.
    pub fn summary(&self, kind: &str) -> Value {
        let DriftSummary { rate_limited, floored, max_correction, sum_correction } = self.summary;
        json!({
            "kind": kind, "rate_limited": rate_limited, "floored": floored, "max_correction": max_correction,
            "sum_correction": sum_correction,
        })
    }
}
