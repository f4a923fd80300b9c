//! What is not taken over from a file of edges is said where no field of the result tells it.

use std::ffi::CString;
use std::path::Path;

use pyo3::exceptions::PyUserWarning;
use pyo3::prelude::*;

/// Warns the caller if edges of a file were dropped.
pub fn warn_of_dropped(
    py: Python<'_>,
    path: &Path,
    directed: bool,
    self_loops: usize,
    duplicates: usize,
) -> PyResult<()> {
    if self_loops == 0 && duplicates == 0 {
        return Ok(());
    }
    let same = if directed { "" } else { " (an edge and its reverse are one)" };
    let text =
        format!("{}: dropped {self_loops} self-loop(s) and {duplicates} duplicate(s){same}", path.display());
    // No path holds a NUL.
    let text = CString::new(text)?;
    // Functions written in Rust have no frame of their own, so the first one is the caller's.
    PyErr::warn(py, &py.get_type::<PyUserWarning>(), &text, 1)
}
