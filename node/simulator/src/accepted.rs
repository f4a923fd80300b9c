//! What was accepted from writers: the truth that replicas are compared with.

use std::collections::BTreeMap;

use lvs_protocol::CellId;
use lvs_protocol::ledger::CELLS;

/// The largest value of a cell (specification, "Numbers").
const VALUE_MAX: i128 = 1 << 62;

/// What the cells of a fragment add up to.
pub(crate) type Sums = Box<[i128; CELLS]>;

/// What a cell holds whose registers add up to this.
pub(crate) fn value_of(sum: i128) -> i64 {
    sum.clamp(0, VALUE_MAX) as i64
}

/// Every contribution that an honest node has accepted.
#[derive(Default)]
pub(crate) struct Accepted {
    /// For each cell and writer, what the writer has brought in all, after each of its contributions.
    amounts: BTreeMap<(CellId, usize), Vec<i64>>,
    /// How many there are.
    pub(crate) count: u64,
}

impl Accepted {
    /// A writer's next contribution to a cell was accepted.
    pub(crate) fn add(&mut self, cell: CellId, writer: usize, amount: i64) {
        let amounts = self.amounts.entry((cell, writer)).or_default();
        let before = amounts.last().copied().unwrap_or(0);
        amounts.push(before + amount);
        self.count += 1;
    }

    /// What a writer has brought to a cell by so many contributions; nothing if it has not made so many.
    pub(crate) fn after(&self, cell: CellId, writer: usize, contributions: u64) -> Option<i64> {
        let index = usize::try_from(contributions.checked_sub(1)?).ok()?;
        self.amounts.get(&(cell, writer))?.get(index).copied()
    }

    /// What a writer has brought to a cell in all.
    pub(crate) fn brought(&self, cell: CellId, writer: usize) -> i64 {
        self.amounts.get(&(cell, writer)).and_then(|amounts| amounts.last()).copied().unwrap_or(0)
    }

    /// The cells that anything was contributed to, ascending.
    pub(crate) fn cells(&self) -> Vec<CellId> {
        let mut cells: Vec<_> = self.amounts.keys().map(|(cell, _)| *cell).collect();
        cells.dedup();
        cells
    }

    /// What the cells of a fragment should add up to. Of each writer and cell counts what `held` says: how many of its
    /// contributions must have arrived, or nothing for all of them.
    pub(crate) fn sums(&self, fragment: u32, held: impl Fn(CellId, usize) -> Option<u64>) -> Sums {
        let mut sums = Box::new([0; CELLS]);
        let range = (CellId { fragment, cell: 0 }, 0)..=(CellId { fragment, cell: u8::MAX }, usize::MAX);
        for (&(cell, writer), amounts) in self.amounts.range(range) {
            let counted = held(cell, writer).map_or(amounts.last().copied(), |n| self.after(cell, writer, n));
            sums[usize::from(cell.cell)] += i128::from(counted.unwrap_or(0));
        }
        sums
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_count_what_must_have_arrived() {
        let mut accepted = Accepted::default();
        let cell = CellId { fragment: 2, cell: 7 };
        for amount in [10, 20, -5] {
            accepted.add(cell, 4, amount);
        }
        accepted.add(cell, 5, 100);
        accepted.add(CellId { fragment: 3, cell: 7 }, 5, 1_000);
        assert_eq!(accepted.sums(2, |_, _| None)[7], 125);
        assert_eq!(accepted.sums(2, |_, writer| (writer == 4).then_some(2))[7], 130);
        assert_eq!(accepted.sums(2, |_, writer| (writer == 4).then_some(0))[7], 100);
        assert_eq!((accepted.after(cell, 4, 3), accepted.after(cell, 4, 4)), (Some(25), None));
        assert_eq!((accepted.brought(cell, 4), accepted.count), (25, 5));
    }
}
