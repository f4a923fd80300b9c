//! Measures of a swarm's state.

use lvs_kernels::{Swarm, credit};

use crate::error::Result;
use crate::population::Population;
use crate::topology::components;

/// What a cell of a part of the swarm holds.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Cell {
    low: i64,
    high: i64,
    sum: i128,
}

const EMPTY: Cell = Cell { low: i64::MAX, high: i64::MIN, sum: 0 };

/// Knows the parts of the honest graph and where each started.
#[derive(Clone, Debug)]
pub(super) struct Observer {
    labels: Vec<u32>,
    /// Whom each face speaks to, where it is only one.
    receivers: Vec<u32>,
    /// Rows in each part.
    sizes: Vec<usize>,
    cells: usize,
    start: Vec<Cell>,
    /// Trust along every edge, as it was read last.
    trust: Vec<u16>,
}

/// What is seen of honest values and hostile claims, in micro-VU.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Seen {
    pub spread: u64,
    pub mean_spread: f64,
    pub mean_error: f64,
    pub range_violation: u64,
    pub hostile_deviation: u64,
}

impl Observer {
    /// Remembers H × B honest values as the start.
    pub fn new(population: &Population, values: &[i64], cells: usize) -> Self {
        let (labels, parts) = components(&population.honest_graph());
        let mut sizes = vec![0; parts];
        labels.iter().for_each(|&part| sizes[part as usize] += 1);
        let trust = vec![0; population.graph().edges()];
        let receivers = population.receivers().to_vec();
        let mut observer = Self { labels, receivers, sizes, cells, start: Vec::new(), trust };
        observer.start = observer.collect(values);
        observer
    }

    /// The number of parts.
    pub fn parts(&self) -> usize {
        self.sizes.len()
    }

    fn collect(&self, values: &[i64]) -> Vec<Cell> {
        let mut parts = vec![EMPTY; self.sizes.len() * self.cells];
        for (row, &part) in values.chunks_exact(self.cells).zip(&self.labels) {
            let cells = &mut parts[part as usize * self.cells..][..self.cells];
            for (cell, &value) in cells.iter_mut().zip(row) {
                cell.low = cell.low.min(value);
                cell.high = cell.high.max(value);
                cell.sum += i128::from(value);
            }
        }
        parts
    }

    /// Looks at H × B honest values and at what the faces said, which may be nothing.
    pub fn observe(&self, values: &[i64], claims: &[i64]) -> Seen {
        let now = self.collect(values);
        let mut seen = Seen { hostile_deviation: self.deviation(&now, claims), ..Seen::default() };
        for (position, (cell, start)) in now.iter().zip(&self.start).enumerate() {
            let size = self.sizes[position / self.cells] as f64;
            let spread = cell.high.abs_diff(cell.low);
            seen.spread = seen.spread.max(spread);
            seen.mean_spread += spread as f64 / now.len() as f64;
            seen.mean_error = seen.mean_error.max((cell.sum - start.sum).unsigned_abs() as f64 / size);
            let outside = (start.low.saturating_sub(cell.low)).max(cell.high.saturating_sub(start.high));
            seen.range_violation = seen.range_violation.max(outside.max(0) as u64);
        }
        seen
    }

    /// How far a claim is from the mean of the part that its face speaks to, or of all where it speaks to many.
    fn deviation(&self, now: &[Cell], claims: &[i64]) -> u64 {
        let cells = self.cells;
        let mut of_all = Vec::with_capacity(cells);
        for cell in 0..cells {
            let sum: i128 = now.iter().skip(cell).step_by(cells).map(|of_part| of_part.sum).sum();
            of_all.push(mean(sum, self.labels.len()));
        }
        let mut of_parts = Vec::with_capacity(now.len());
        for (position, cell) in now.iter().enumerate() {
            of_parts.push(mean(cell.sum, self.sizes[position / cells]));
        }
        let mut farthest = 0;
        for (face, said) in claims.chunks_exact(cells).enumerate() {
            let heard = match self.receivers.get(face) {
                Some(&row) => &of_parts[self.labels[row as usize] as usize * cells..][..cells],
                None => &of_all[..],
            };
            for (claim, mean) in said.iter().zip(heard) {
                farthest = farthest.max(claim.abs_diff(*mean));
            }
        }
        farthest
    }

    /// The mean credit of the trust in honest and in hostile neighbours.
    pub fn trust(&mut self, population: &Population, swarm: &Swarm) -> Result<(Option<f64>, Option<f64>)> {
        swarm.read_trust(&mut self.trust)?;
        let mut honest = (0, 0);
        let mut hostile = (0, 0);
        for row in 0..population.rows() {
            let trust = &self.trust[population.graph().edges_of(row)];
            let (first, rest) = trust.split_at(population.honest_neighbours(row).len());
            for (sums, part) in [(&mut honest, first), (&mut hostile, rest)] {
                sums.0 += part.iter().map(|&trust| u64::from(credit(trust))).sum::<u64>();
                sums.1 += part.len() as u64;
            }
        }
        Ok((mean_credit(honest), mean_credit(hostile)))
    }
}

/// A part without rows has a mean, too: nobody reads it.
fn mean(sum: i128, rows: usize) -> i64 {
    (sum / rows.max(1) as i128) as i64
}

/// Of a sum and the number of its terms, as a part of all that a neighbour can have.
fn mean_credit((sum, count): (u64, u64)) -> Option<f64> {
    let all = f64::from(credit(u16::MAX));
    (count > 0).then(|| sum as f64 / count as f64 / all)
}
