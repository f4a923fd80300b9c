//! What notebooks show: drawn by the package's own `lvs.html`.

use pyo3::prelude::*;

/// The HTML of `object`, by the function of that name in `lvs.html`.
pub fn html<'py, T>(object: &Bound<'py, T>, name: &str) -> PyResult<Bound<'py, PyAny>> {
    object.py().import("lvs.html")?.call_method1(name, (object.as_any(),))
}
