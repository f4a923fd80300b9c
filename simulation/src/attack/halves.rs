//! Attacks on two halves of the honest rows, told apart by their numbers.

use super::Attack;
use super::statistics::{ends, means};

/// The part of the way between the halves from which on the row in the middle counts as arrived: a 16th.
const ARRIVED: i128 = 16;

/// The lower and the upper numbers of the honest rows.
#[derive(Debug)]
pub(super) struct Halves {
    /// The first row that is not in the first half.
    pub middle: usize,
    first: Half,
    second: Half,
}

#[derive(Debug)]
struct Half {
    means: Vec<i64>,
    ends: Vec<(i64, i64)>,
}

/// Where the row in the middle is led, and since when.
#[derive(Clone, Debug, Default)]
pub(super) struct Shuttle {
    to_first: bool,
    since: u64,
}

impl Halves {
    /// The halves of H × B values; none if one has no row.
    pub fn of(values: &[i64], cells: usize) -> Option<Self> {
        let middle = values.len() / cells / 2;
        Self::around(values, cells, middle, middle)
    }

    /// The same without the row in the middle.
    pub fn beside_the_middle(values: &[i64], cells: usize) -> Option<Self> {
        let middle = values.len() / cells / 2;
        Self::around(values, cells, middle, middle + 1)
    }

    fn around(values: &[i64], cells: usize, middle: usize, second: usize) -> Option<Self> {
        let first = &values[..middle * cells];
        let second = values.get(second * cells..)?;
        if first.is_empty() || second.is_empty() {
            return None;
        }
        Some(Self { middle, first: Half::of(first, cells), second: Half::of(second, cells) })
    }

    /// What a half is told in a cell.
    pub fn told(&self, attack: Attack, cell: usize, row: usize) -> i64 {
        let is_first = row < self.middle;
        let (own, other) = if is_first { (&self.first, &self.second) } else { (&self.second, &self.first) };
        // The half that is lower in one cell may be the upper one in another.
        let first_is_lower = self.first.means[cell] <= self.second.means[cell];
        let is_lower = is_first == first_is_lower;
        match attack {
            Attack::HalfMean => own.means[cell],
            Attack::HalfOther if is_lower => other.ends[cell].1,
            Attack::HalfOther => other.ends[cell].0,
            _ if is_lower => own.ends[cell].0,
            _ => own.ends[cell].1,
        }
    }

    fn goal(&self, to_first: bool) -> &[i64] {
        if to_first { &self.first.means } else { &self.second.means }
    }
}

impl Half {
    fn of(values: &[i64], cells: usize) -> Self {
        Self { means: means(values, cells), ends: ends(values.chunks_exact(cells), cells) }
    }
}

impl Shuttle {
    /// What the row in the middle, which holds `own`, is told; turns after `patience` cycles on the way.
    pub fn lead<'a>(&mut self, halves: &'a Halves, own: &[i64], cycle: u64, patience: f64) -> &'a [i64] {
        let goal = halves.goal(self.to_first);
        let way = distance(&halves.first.means, &halves.second.means);
        let is_there = ARRIVED * distance(own, goal) <= way;
        // Patience, for others may hold the row back for ever.
        if is_there || cycle.saturating_sub(self.since) as f64 >= patience {
            self.to_first = !self.to_first;
            self.since = cycle;
        }
        halves.goal(self.to_first)
    }
}

fn distance(a: &[i64], b: &[i64]) -> i128 {
    a.iter().zip(b).map(|(&a, &b)| i128::from(a.abs_diff(b))).sum()
}
