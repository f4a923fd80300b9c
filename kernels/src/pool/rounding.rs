//! Which rows round up in a cycle: a bit for each row and cycle, hashed from a seed.
//!
//! With a rounding that all rows share, a liar foresees it and can hold the last unit open for ever; with a bit that each
//! row draws for itself it cannot (specification, "Pool").

use crate::mix::{halves, mix32, mix64};

/// The rounding bits of one cycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rounding {
    pub key: [u32; 2],
}

impl Rounding {
    /// Those of cycle `cycle`. The seed is mixed first, so that one seed may serve here and for [`super::Loss`].
    pub(crate) fn in_cycle(seed: u64, cycle: u64) -> Self {
        Self { key: halves(mix64(mix64(seed) ^ mix64(cycle))) }
    }

    /// The bit of row `row`: 1 rounds up.
    #[inline]
    pub(crate) fn of_row(self, row: usize) -> u64 {
        u64::from(mix32(mix32(row as u32 ^ self.key[0]) ^ self.key[1]) >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_the_rows_and_half_of_the_cycles_round_up() {
        let of_a_cycle: u64 = (0..100_000).map(|row| Rounding::in_cycle(7, 3).of_row(row)).sum();
        let of_a_row: u64 = (0..100_000).map(|cycle| Rounding::in_cycle(7, cycle).of_row(3)).sum();
        for up in [of_a_cycle, of_a_row] {
            assert!((49_000..51_000).contains(&up), "{up} of 100,000");
        }
    }
}
