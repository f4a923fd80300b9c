//! One step of drift of a replica, over what its neighbours have shown.

use lvs_kernels::{DriftInput, DriftOutput, DriftSummary, Engine, weights};

use super::{Neighbour, Replica, trust};
use crate::ledger::{CELLS, Fragment};
use crate::rules::Rule;

/// Holders from which on drift trims a third of them. Where there are fewer, nobody can tell who is wrong but by a majority.
const TRIMMED_FROM: usize = 4;

/// What a step of drift did.
pub(crate) struct Step {
    pub(crate) summary: DriftSummary,
    /// The node should stay awake: some neighbour has other registers, or is losing trust.
    pub(crate) unsettled: bool,
}

/// What a neighbour counts as.
struct Row {
    values: Vec<i64>,
    /// How many cells were compared with it.
    compared: u64,
}

impl Replica {
    /// One cycle of drift over what the caches hold; an odd `rounding` rounds up.
    pub(crate) fn step(&mut self, engine: &Engine, rounding: u64) -> Step {
        self.fragment.begin_cycle(self.cycle);
        let mut rows: Vec<_> = self.neighbours.iter().map(|n| row(&self.fragment, n, self.cycle)).collect();
        if rows.len() + 1 < TRIMMED_FROM {
            leave_to_majorities(self.fragment.values(), &mut rows);
        }
        let (summary, residuals) = self.drift(engine, rounding, &rows);
        let mut unsettled = self.is_unsettled();
        if trust::is_due(self.cycle) {
            let evidence = residuals.into_iter().zip(&rows);
            let evidence =
                evidence.map(|(residual, row)| trust::Evidence { residual, compared: row.compared });
            unsettled |= trust::learn(&mut self.neighbours, &evidence.collect::<Vec<_>>());
        }
        self.cycle += 1;
        Step { summary, unsettled }
    }

    /// Puts the drifted values in place. Returns what the kernel says, and the residual of each neighbour.
    fn drift(&mut self, engine: &Engine, rounding: u64, rows: &[Row]) -> (DriftSummary, Vec<u64>) {
        let trust: Vec<_> = self.neighbours.iter().map(|neighbour| neighbour.trust).collect();
        let mut shares = vec![0; trust.len()];
        weights(&trust, &mut shares).expect("a fragment has few holders");
        let mut values = [0; CELLS];
        let mut residuals = vec![0; rows.len()];
        let input = DriftInput {
            values: self.fragment.values(),
            neighbours: &rows.iter().map(|row| row.values.as_slice()).collect::<Vec<_>>(),
            weights: &shares,
            anchors: self.fragment.anchors(),
            cycle: rounding,
            trim: self.fragment.keeps(Rule::Trim),
            hold: true,
        };
        let mut out = DriftOutput { values: &mut values, correction: None, residuals: &mut residuals };
        let summary = engine.drift(&input, &mut out).expect("a replica's shapes and values fit the kernel");
        self.fragment.drift_to(&values);
        (summary, residuals)
    }
}

/// What a neighbour counts as, cell by cell. Where there is no fresh sample that stands for the same registers, it counts
/// as agreeing, with its full weight: few answers mean no movement, never movement by the few.
fn row(fragment: &Fragment, neighbour: &Neighbour, cycle: u64) -> Row {
    let mut values = fragment.values().to_vec();
    let mut compared = 0;
    for (cell, &version) in fragment.versions().iter().enumerate() {
        if let Some(value) = neighbour.cache.value(cell, version, cycle) {
            values[cell] = value;
            compared += 1;
        }
    }
    Row { values, compared }
}

/// Has neighbours count as agreeing in every cell in which no majority of all holders lies on one side of the replica.
fn leave_to_majorities(own: &[i64; CELLS], rows: &mut [Row]) {
    let holders = rows.len() + 1;
    for cell in 0..CELLS {
        let above = rows.iter().filter(|row| row.values[cell] > own[cell]).count();
        let below = rows.iter().filter(|row| row.values[cell] < own[cell]).count();
        if 2 * above.max(below) <= holders {
            rows.iter_mut().for_each(|row| row.values[cell] = own[cell]);
        }
    }
}

#[cfg(test)]
mod tests {
    use lvs_kernels::Backend;

    use super::*;
    use crate::id::NodeId;

    fn node(i: u8) -> NodeId {
        NodeId::from_bytes([i; 16])
    }

    /// A replica of eight holders whose cell 3 is 10 VU too high, and what neighbours show of it.
    fn overwritten(shown: impl IntoIterator<Item = u8>) -> Replica {
        overwritten_among(8, shown)
    }

    fn overwritten_among(holders: u8, shown: impl IntoIterator<Item = u8>) -> Replica {
        let mut replica = Replica::new(0, (1..holders).map(node), u16::MAX);
        // The anchors are set in the first cycle. Before it, the wrong value would become its own anchor.
        replica.step(&engine(), 0);
        replica.fragment.corrupt(3, 10_000_000);
        for i in shown {
            replica.keep_sample(node(i), 3, 0, true);
        }
        replica
    }

    fn engine() -> Engine {
        Engine::with_threads(Backend::Auto, Some(1)).expect("there is always a backend")
    }

    #[test]
    fn most_of_the_neighbours_repair_an_overwritten_cell() {
        let mut replica = overwritten(1..8);
        for _ in 0..60 {
            replica.step(&engine(), 0);
        }
        assert_eq!(replica.fragment.values()[3], 0);
    }

    #[test]
    fn few_answers_move_nothing() {
        // Of seven neighbours drift trims two on either side.
        let mut replica = overwritten(1..3);
        for _ in 0..60 {
            replica.step(&engine(), 0);
        }
        assert_eq!(replica.fragment.values()[3], 10_000_000);
    }

    #[test]
    fn of_few_holders_a_majority_moves_a_cell_and_nothing_else_does() {
        for (holders, shown, value) in [(2, 1, 10_000_000), (3, 1, 10_000_000), (3, 2, 0), (4, 3, 0)] {
            let mut replica = overwritten_among(holders, 1..=shown);
            for _ in 0..60 {
                replica.step(&engine(), 0);
            }
            assert_eq!(replica.fragment.values()[3], value, "{shown} of {holders} holders say otherwise");
        }
    }

    #[test]
    fn samples_of_other_registers_move_nothing() {
        let mut replica = overwritten([]);
        for i in 1..8 {
            replica.keep_sample(node(i), 3, 0, false);
        }
        let step = replica.step(&engine(), 0);
        assert!(step.unsettled);
        assert_eq!(replica.fragment.values()[3], 10_000_000);
    }
}
