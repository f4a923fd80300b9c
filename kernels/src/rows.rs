//! A borrowed matrix of `i64`: rows of cells, with a stride so that rows need not touch.

use crate::error::{Argument, Error, Result};

/// N rows of B cells in one slice, `stride` entries from the start of a row to the start of the next.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a> {
    data: &'a [i64],
    rows: usize,
    cells: usize,
    stride: usize,
}

impl<'a> Rows<'a> {
    /// A matrix whose rows follow each other without a gap.
    ///
    /// # Errors
    /// `argument` is named if `data` does not hold `rows * cells` entries.
    pub fn new(argument: Argument, data: &'a [i64], rows: usize, cells: usize) -> Result<Self> {
        Self::strided(argument, data, rows, cells, cells)
    }

    /// A matrix whose rows start `stride` entries apart.
    ///
    /// # Errors
    /// `argument` is named if the stride is less than a row or `data` is too short.
    pub fn strided(
        argument: Argument,
        data: &'a [i64],
        rows: usize,
        cells: usize,
        stride: usize,
    ) -> Result<Self> {
        if stride < cells {
            return Err(Error::argument(
                argument,
                format!("a stride of {stride}"),
                format!("at least {cells}"),
            ));
        }
        let needed = match rows.checked_sub(1) {
            Some(full) => full.checked_mul(stride).and_then(|n| n.checked_add(cells)),
            None => Some(0),
        };
        if needed.is_none_or(|needed| data.len() < needed) {
            let expected = format!("{rows} rows of {cells} cells, {stride} apart");
            return Err(Error::argument(argument, format!("{} entries", data.len()), expected));
        }
        Ok(Self { data, rows, cells, stride })
    }

    /// A matrix whose last row is padded to the stride like all others.
    pub(crate) fn padded(data: &'a [i64], rows: usize, cells: usize, stride: usize) -> Self {
        debug_assert!(cells <= stride && data.len() == rows * stride);
        Self { data, rows, cells, stride }
    }

    /// The same rows with only the cells `cells`.
    pub(crate) fn columns(&self, cells: std::ops::Range<usize>) -> Self {
        let data = self.data.get(cells.start..).unwrap_or_default();
        Self { data, cells: cells.len(), ..*self }
    }

    /// The number of rows, N.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The number of cells in a row, B.
    pub fn cells(&self) -> usize {
        self.cells
    }

    /// Row `i`.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn row(&self, i: usize) -> &'a [i64] {
        assert!(i < self.rows, "row {i} of {}", self.rows);
        &self.data[i * self.stride..][..self.cells]
    }
}
