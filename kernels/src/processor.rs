//! The choice of code path, and nothing else: each kernel's scalar or vector form for the level picked.

use std::ops::Range;

use crate::drift::lanes::Store;
use crate::drift::{self, DriftInput, DriftOutput, DriftSummary};
use crate::error::Result;
use crate::pairwise;

/// Cells that are drifted one by one at every level.
const FEW_CELLS: usize = 2;

/// The code path of an engine.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Processor {
    /// The reference.
    Scalar,
    /// Vector lanes of this level.
    Simd(fearless_simd::Level),
}

impl Processor {
    /// Drifts the cells `cells` of a row; `out` covers just those cells, and its residuals are added to.
    pub(crate) fn drift(
        self,
        input: &DriftInput<'_>,
        cells: Range<usize>,
        out: &mut DriftOutput<'_>,
    ) -> DriftSummary {
        match self {
            Self::Scalar => drift::scalar::drift(input, cells, out),
            // Lanes would be set up for longer than these cells take one by one.
            Self::Simd(_) if cells.len() <= FEW_CELLS => drift::scalar::drift(input, cells, out),
            Self::Simd(level) => drift::simd::drift(level, input, cells, out, Store::Cached).summary,
        }
    }

    /// The same for values and anchors that nobody has checked yet; their range is checked on the way.
    pub(crate) fn drift_checked(
        self,
        input: &DriftInput<'_>,
        cells: Range<usize>,
        out: &mut DriftOutput<'_>,
        store: Store,
    ) -> Result<DriftSummary> {
        match self {
            Self::Simd(level) if cells.len() > FEW_CELLS => {
                let drifted = drift::simd::drift(level, input, cells.clone(), out, store);
                if drifted.suspects_range {
                    input.validate_range(cells)?;
                }
                Ok(drifted.summary)
            }
            _ => {
                input.validate_range(cells.clone())?;
                Ok(drift::scalar::drift(input, cells, out))
            }
        }
    }

    /// The capped L1 distance of two rows of any values, saturating.
    pub(crate) fn residual(self, a: &[i64], b: &[i64]) -> u64 {
        match self {
            Self::Scalar => pairwise::scalar::residual(a, b),
            Self::Simd(level) => pairwise::simd::residual(level, a, b),
        }
    }
}
