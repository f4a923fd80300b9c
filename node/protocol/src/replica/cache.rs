//! The entropy cache: what a neighbour last showed of each cell, and when.

use crate::ledger::CELLS;

/// Cycles for which a sample counts.
const FRESH: u64 = 64;

#[derive(Clone, Copy)]
struct Sample {
    value: i64,
    stamp: u64,
    /// One more than the cycle it came in; 0 for none.
    after: u64,
}

/// The last sample of every cell from one neighbour.
pub(crate) struct Cache {
    samples: Vec<Sample>,
}

impl Default for Cache {
    fn default() -> Self {
        Self { samples: vec![Sample { value: 0, stamp: 0, after: 0 }; CELLS] }
    }
}

impl Cache {
    /// Keeps what a neighbour showed of a cell in this cycle.
    pub(crate) fn put(&mut self, cell: u8, value: i64, stamp: u64, cycle: u64) {
        self.samples[usize::from(cell)] = Sample { value, stamp, after: cycle + 1 };
    }

    /// The neighbour's stamp of a cell, if it is fresh.
    pub(crate) fn stamp(&self, cell: usize, cycle: u64) -> Option<u64> {
        self.fresh(cell, cycle).map(|sample| sample.stamp)
    }

    /// The neighbour's value of a cell, if it is fresh and stands for the same registers.
    pub(crate) fn value(&self, cell: usize, stamp: u64, cycle: u64) -> Option<i64> {
        self.fresh(cell, cycle).filter(|sample| sample.stamp == stamp).map(|sample| sample.value)
    }

    fn fresh(&self, cell: usize, cycle: u64) -> Option<&Sample> {
        let sample = &self.samples[cell];
        (sample.after > 0 && cycle + 1 - sample.after < FRESH).then_some(sample)
    }
}
