//! What the rows of each part of the honest graph hold.

use lvs_kernels::Graph;

use super::statistics::{ends, upper_halves};
use crate::topology::components;

/// Which rows belong to which part of a graph.
#[derive(Clone, Debug, Default)]
pub(super) struct Parts {
    rows: Vec<Vec<usize>>,
    part_of: Vec<u32>,
}

/// What the rows of a part hold, cell by cell.
#[derive(Debug)]
pub(super) struct Part {
    /// From which value and row on the upper half begins.
    halves: Vec<(i64, usize)>,
    /// The smallest and the largest value.
    ends: Vec<(i64, i64)>,
}

impl Parts {
    /// Those of a graph.
    pub fn of(graph: &Graph) -> Self {
        let (part_of, count) = components(graph);
        let mut rows = vec![Vec::new(); count];
        part_of.iter().enumerate().for_each(|(row, &part)| rows[part as usize].push(row));
        Self { rows, part_of }
    }

    /// The number of the part that a row belongs to.
    pub fn of_row(&self, row: usize) -> usize {
        self.part_of[row] as usize
    }

    /// The rows of each part.
    pub fn rows(&self) -> &[Vec<usize>] {
        &self.rows
    }

    /// What each part holds.
    pub fn look(&self, values: &[i64], cells: usize) -> Vec<Part> {
        self.rows.iter().map(|rows| Part::of(rows, values, cells)).collect()
    }
}

impl Part {
    fn of(rows: &[usize], values: &[i64], cells: usize) -> Self {
        let values_of_rows = rows.iter().map(|&row| &values[row * cells..][..cells]);
        Self { halves: upper_halves(rows, values, cells), ends: ends(values_of_rows, cells) }
    }

    /// Whether a row that holds `value` in this cell belongs to the upper half.
    pub fn is_upper(&self, cell: usize, value: i64, row: usize) -> bool {
        // By value, then by number: equal rows would otherwise all be on one side.
        (value, row) >= self.halves[cell]
    }

    /// The end of the part's values on a row's own side.
    pub fn edge(&self, cell: usize, value: i64, row: usize) -> i64 {
        let (low, high) = self.ends[cell];
        if self.is_upper(cell, value, row) { high } else { low }
    }

    /// The two values that are left in a cell, if just one unit keeps its rows apart.
    pub fn last_unit(&self, cell: usize) -> Option<(i64, i64)> {
        let (low, high) = self.ends[cell];
        (high.checked_sub(low) == Some(1)).then_some((low, high))
    }
}
