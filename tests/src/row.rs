//! One row with everything that its drift takes, owned.

use lvs_kernels::{DriftInput, DriftOutput, DriftSummary, Engine};

/// A row of B cells and its K neighbours.
#[derive(Clone, Debug)]
pub struct Row {
    /// B values.
    pub values: Vec<i64>,
    /// B anchors.
    pub anchors: Vec<i64>,
    /// K rows of B values.
    pub neighbours: Vec<Vec<i64>>,
    /// K weights.
    pub weights: Vec<u16>,
    /// The cycle number.
    pub cycle: u64,
    /// Whether to trim.
    pub trim: bool,
    /// Whether to hold.
    pub hold: bool,
}

/// What a row's drift gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drifted {
    /// B new values.
    pub values: Vec<i64>,
    /// B corrections.
    pub correction: Vec<i64>,
    /// K residuals.
    pub residuals: Vec<u64>,
    /// What VaultGuard did.
    pub summary: DriftSummary,
}

impl Row {
    /// Drifts the row.
    ///
    /// # Panics
    /// If the row is not valid.
    pub fn drift(&self, engine: &Engine) -> Drifted {
        let neighbours: Vec<&[i64]> = self.neighbours.iter().map(Vec::as_slice).collect();
        let input = DriftInput {
            values: &self.values,
            neighbours: &neighbours,
            weights: &self.weights,
            anchors: &self.anchors,
            cycle: self.cycle,
            trim: self.trim,
            hold: self.hold,
        };
        let cells = self.values.len();
        let mut values = vec![0; cells];
        let mut correction = vec![0; cells];
        let mut residuals = vec![0; neighbours.len()];
        let mut out =
            DriftOutput { values: &mut values, correction: Some(&mut correction), residuals: &mut residuals };
        let summary = engine.drift(&input, &mut out).unwrap_or_else(|error| panic!("{error}: {self:?}"));
        Drifted { values, correction, residuals, summary }
    }

    /// The sum of the weights.
    pub fn weight_sum(&self) -> u32 {
        self.weights.iter().map(|&w| u32::from(w)).sum()
    }
}
