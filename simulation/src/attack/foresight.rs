//! Seesaw: an attack that knows what the kernel will do with what it says.

use lvs_kernels::{Backend, DriftInput, DriftOutput, Engine, weights};

use super::View;
use super::claims::other_end;
use super::parts::{Part, Parts};
use crate::error::Result;
use crate::population::Population;

/// The kernel, as an attacker runs it.
#[derive(Clone, Debug)]
pub(super) struct Foresight {
    engine: Engine,
}

/// A row that holds the value which the next rounding could lead the others to.
struct Candidate {
    row: usize,
    /// It moves although it is told what it holds.
    is_forced: bool,
    /// It moves if it is told the other value.
    is_movable: bool,
}

impl Foresight {
    /// # Errors
    /// If the scalar backend cannot run, which it always can.
    pub fn new() -> Result<Self> {
        Ok(Self { engine: Engine::with_threads(Backend::Scalar, Some(1))? })
    }

    /// In each open cell, which rows must be told the other value: H × B marks. A cell is open where just one unit keeps
    /// the rows of a part from agreeing.
    pub fn pushed(&self, population: &Population, view: View<'_>, parts: &Parts, seen: &[Part]) -> Vec<bool> {
        let cells = view.values.len() / population.rows();
        let rounds_up = view.cycle % 2 == 1;
        let held = self.after(population, view, view.values);
        let others = others(view.values, cells, parts, seen);
        let moved = self.after(population, view, &others);
        let mut pushed = vec![false; view.values.len()];
        for (rows, part) in parts.rows().iter().zip(seen) {
            for cell in 0..cells {
                let Some((low, high)) = part.last_unit(cell) else { continue };
                // Rounding up takes rows off the lower value only, and the cycle after, which rounds down, could lead the
                // others to it.
                let leaving = if rounds_up { low } else { high };
                let at = |row: usize| row * cells + cell;
                let candidates = rows.iter().filter(|&&row| view.values[at(row)] == leaving);
                let candidates = candidates.map(|&row| Candidate {
                    row,
                    is_forced: held[at(row)] != leaving,
                    is_movable: moved[at(row)] != leaving,
                });
                for row in to_push(population, &candidates.collect::<Vec<_>>()) {
                    pushed[at(row)] = true;
                }
            }
        }
        pushed
    }

    /// What the honest rows hold after this cycle if each is told its row of `claims`: H × B values.
    fn after(&self, population: &Population, view: View<'_>, claims: &[i64]) -> Vec<i64> {
        let cells = view.values.len() / population.rows();
        let mut next = view.values.to_vec();
        for (row, values) in next.chunks_exact_mut(cells).enumerate() {
            let row_of = |row: usize| &view.values[row * cells..][..cells];
            let honest = population.honest_neighbours(row).iter().map(|&j| row_of(j as usize));
            let claim = &claims[row * cells..][..cells];
            let hostile = std::iter::repeat_n(claim, population.hostile_neighbours(row));
            let neighbours: Vec<&[i64]> = honest.chain(hostile).collect();
            let trust = &view.trust[population.graph().edges_of(row)];
            let mut shares = vec![0; trust.len()];
            weights(trust, &mut shares).expect("as long as the trust");
            let input = DriftInput {
                values: row_of(row),
                neighbours: &neighbours,
                weights: &shares,
                // Anchors only matter to drains, and this attack moves single units.
                anchors: row_of(row),
                cycle: view.cycle,
                trim: true,
                hold: false,
            };
            let mut residuals = vec![0; neighbours.len()];
            let mut out = DriftOutput { values, correction: None, residuals: &mut residuals };
            self.engine.drift(&input, &mut out).expect("honest rows are valid");
        }
        next
    }
}

/// The value that each row does not hold, in open cells; its own elsewhere.
fn others(values: &[i64], cells: usize, parts: &Parts, seen: &[Part]) -> Vec<i64> {
    let mut others = Vec::with_capacity(values.len());
    for (at, &value) in values.iter().enumerate() {
        let part = &seen[parts.of_row(at / cells)];
        others.push(part.last_unit(at % cells).map_or(value, |ends| other_end(ends, value)));
    }
    others
}

/// Whom to push off the value that the next rounding could lead the others to: as many as bring its rows down to what
/// trimming removes, for then nobody is led there.
fn to_push(population: &Population, candidates: &[Candidate]) -> Vec<usize> {
    let trimmed = |candidate: &Candidate| population.graph().neighbours(candidate.row).len() / 3;
    let may_stay = candidates.iter().map(trimmed).min().unwrap_or(0);
    let forced = candidates.iter().filter(|candidate| candidate.is_forced).count();
    let needed = candidates.len().saturating_sub(may_stay + forced);
    let willing = candidates.iter().filter(|candidate| candidate.is_movable && !candidate.is_forced);
    willing.take(needed).map(|candidate| candidate.row).collect()
}
