//! Errors as Python exceptions, with arguments named as in the Python signatures.

use std::fmt::Display;

use lvs_kernels::Error;
use pyo3::PyErr;
use pyo3::exceptions::{PyRuntimeError, PyTypeError, PyValueError};

pyo3::create_exception!(
    lvs,
    BackendUnavailable,
    PyRuntimeError,
    "The backend asked for cannot run here; the message says why. Nothing falls back in silence.

>>> import lvs
>>> for backend in lvs.backends():
...     if not backend.available:
...         try:
...             engine = lvs.Engine(backend)
...         except lvs.BackendUnavailable as error:
...             assert f\"backend '{backend.name}' cannot run here\" in str(error)"
);

/// A `ValueError` that names the argument, what came and what was expected.
pub fn value_error(argument: &str, got: impl Display, expected: impl Display) -> PyErr {
    PyValueError::new_err(message(argument, got, expected))
}

/// A `TypeError` that names the argument, what came and what was expected.
pub fn type_error(argument: &str, got: impl Display, expected: impl Display) -> PyErr {
    PyTypeError::new_err(message(argument, got, expected))
}

/// An error of the kernels as the exception that stands for it.
pub fn from_kernels(error: Error) -> PyErr {
    match error {
        Error::Argument { argument, got, expected } => value_error(python_name(argument), got, expected),
        Error::Unavailable { .. } => BackendUnavailable::new_err(error.to_string()),
        other => PyRuntimeError::new_err(other.to_string()),
    }
}

fn message(argument: &str, got: impl Display, expected: impl Display) -> String {
    format!("{argument}: got {got}, expected {expected}")
}

/// The Python name of an argument that the kernels name otherwise.
fn python_name(argument: &str) -> &str {
    match argument {
        "neighbours" => "neighbors",
        "anchors" => "anchor",
        "group-size" => "group_size",
        "hostile-neighbours" => "hostile_neighbors",
        "record-every" => "record_every",
        same => same,
    }
}
