//! The entropy cache: what a neighbour last showed of each cell, and when.

use crate::ledger::CELLS;

/// Cycles for which a sample counts.
const FRESH: u64 = 64;

#[derive(Clone, Copy)]
struct Sample {
    value: i64,
    /// Whether the neighbour's registers of the cell were the replica's own.
    agrees: bool,
    /// The version of the replica's cell that it was compared with.
    version: u32,
    /// One more than the cycle it came in; 0 for none.
    after: u64,
}

/// The last sample of every cell from one neighbour.
pub(crate) struct Cache {
    samples: Vec<Sample>,
}

impl Default for Cache {
    fn default() -> Self {
        let none = Sample { value: 0, agrees: false, version: 0, after: 0 };
        Self { samples: vec![none; CELLS] }
    }
}

impl Cache {
    /// Keeps what a neighbour showed of a cell in this cycle, and whether its registers were those of this version.
    pub(crate) fn put(&mut self, cell: u8, value: i64, agrees: bool, version: u32, cycle: u64) {
        self.samples[usize::from(cell)] = Sample { value, agrees, version, after: cycle + 1 };
    }

    /// The neighbour's value of a cell, if it is fresh and stands for the registers that the replica still has.
    pub(crate) fn value(&self, cell: usize, version: u32, cycle: u64) -> Option<i64> {
        self.fresh(cell, version, cycle).filter(|sample| sample.agrees).map(|sample| sample.value)
    }

    /// Whether the neighbour has other registers of a cell than the replica, by what is fresh.
    pub(crate) fn differs(&self, cell: usize, version: u32, cycle: u64) -> bool {
        self.fresh(cell, version, cycle).is_some_and(|sample| !sample.agrees)
    }

    fn fresh(&self, cell: usize, version: u32, cycle: u64) -> Option<&Sample> {
        let sample = &self.samples[cell];
        let is_fresh = sample.after > 0 && cycle + 1 - sample.after < FRESH;
        (is_fresh && sample.version == version).then_some(sample)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_counts_while_it_is_fresh_and_the_registers_stay() {
        let mut cache = Cache::default();
        cache.put(9, 500, true, 3, 10);
        assert_eq!(cache.value(9, 3, 10), Some(500));
        assert_eq!(cache.value(9, 3, 10 + FRESH - 1), Some(500));
        assert_eq!(cache.value(9, 3, 10 + FRESH), None);
        assert_eq!(cache.value(9, 4, 10), None, "a register has come since");
        assert_eq!(cache.value(8, 3, 10), None);
        assert!(!cache.differs(9, 3, 10));
    }

    #[test]
    fn a_sample_of_other_registers_is_no_value() {
        let mut cache = Cache::default();
        cache.put(9, 500, false, 3, 10);
        assert_eq!(cache.value(9, 3, 10), None);
        assert!(cache.differs(9, 3, 11));
        assert!(!cache.differs(9, 4, 11), "the missing register may have come since");
    }
}
