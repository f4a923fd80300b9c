//! Cell sampling.

use lvs_kernels::SAMPLE_CELLS_MAX;
use numpy::PyArray1;
use pyo3::prelude::*;

use crate::call::kernel;
use crate::output::deliver;
use crate::scalars::{Scalar, unsigned};

/// Draws distinct cells from a seed, as the receiver of an entropy packet does.
///
/// Parameters
/// ----------
/// seed : int
///     0 to 2^64 - 1.
/// cells : int, default 256
///     How many there are, at most 65,536.
/// count : int, default 64
///     How many to draw, at most ``cells``.
/// out : uint16[count], optional
///     An array to write to.
///
/// Returns
/// -------
/// uint16[count]
///     Distinct cells, in draw order. A shorter draw is the start of a longer one.
///
/// Raises
/// ------
/// ValueError, TypeError
///     If an argument is wrong; the message names it, what came and what was expected.
///
/// Examples
/// --------
/// >>> import lvs
/// >>> cells = lvs.sample_cells(7)
/// >>> len(set(cells.tolist())), cells.dtype.name
/// (64, 'uint16')
#[pyfunction]
#[pyo3(signature = (seed, cells=Scalar::ABSENT, count=Scalar::ABSENT, *, out=None))]
#[pyo3(text_signature = "(seed, cells=256, count=64, *, out=None)")]
pub fn sample_cells<'py>(
    py: Python<'py>,
    seed: &Bound<'py, PyAny>,
    cells: Scalar<'py>,
    count: Scalar<'py>,
    out: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyArray1<u16>>> {
    let most = SAMPLE_CELLS_MAX as u64;
    let seed = unsigned(seed, "seed", 0..=u64::MAX)?;
    let cells = cells.unsigned("cells", 0..=most, 256)? as usize;
    let count = count.unsigned("count", 0..=cells as u64, 64)? as usize;
    let mut drawn = vec![0; count];
    kernel(py, || lvs_kernels::sample_cells(seed, cells, &mut drawn))?;
    deliver(py, out, &drawn)
}
