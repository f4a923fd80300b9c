//! Arrays going out: the caller's, or new ones.

use numpy::ndarray::Dimension;
use numpy::{PyArray, PyArrayDescrMethods, PyReadwriteArray, PyUntypedArray, dtype};
use numpy::{PyArrayMethods, PyUntypedArrayMethods};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyTuple};

use crate::error::{type_error, value_error};
use crate::input::{Entry, shape_of};
use crate::memory::Span;
use crate::scalars::type_name;

static EMPTY: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// A new array with entries yet to be written. NumPy makes it, so that one too large for memory is a MemoryError.
pub fn new<'py, T: Entry, D: Dimension>(
    py: Python<'py>,
    shape: &[usize],
) -> PyResult<Bound<'py, PyArray<T, D>>> {
    let shape = PyTuple::new(py, shape)?;
    // Looked up once: a small drift makes three of them, and takes microseconds.
    let array = EMPTY.import(py, "numpy", "empty")?.call1((shape, dtype::<T>(py)))?;
    Ok(array.cast_into()?)
}

/// The caller's array `out`, or a new one; either has `shape` afterwards.
pub fn given_or_new<'py, T: Entry, D: Dimension>(
    py: Python<'py>,
    out: Option<&Bound<'py, PyAny>>,
    shape: &[usize],
) -> PyResult<Bound<'py, PyArray<T, D>>> {
    match out {
        Some(out) => checked(out, "out", shape),
        None => new(py, shape),
    }
}

/// `value` as an array that results can be written to in place.
pub fn checked<'py, T: Entry, D: Dimension>(
    value: &Bound<'py, PyAny>,
    name: &str,
    shape: &[usize],
) -> PyResult<Bound<'py, PyArray<T, D>>> {
    let expected = || {
        let kind = dtype::<T>(value.py()).to_string();
        let article = if kind.starts_with('i') { "an" } else { "a" };
        format!("{article} {kind} array of shape {shape:?}")
    };
    let Ok(array) = value.cast::<PyUntypedArray>() else {
        return Err(type_error(name, type_name(value), expected()));
    };
    if !array.dtype().is_equiv_to(&dtype::<T>(value.py())) {
        return Err(type_error(name, format!("an array of {}", array.dtype()), expected()));
    }
    if array.shape() != shape {
        return Err(value_error(name, shape_of(array), expected()));
    }
    if !array.is_c_contiguous() || !array.is_aligned() {
        return Err(value_error(name, "an array that is not contiguous and aligned", expected()));
    }
    Ok(array.clone().cast_into()?)
}

/// Borrows `array` for writing, and adds its memory to what is `taken`.
///
/// # Errors
/// `name` is given if the array is read-only, shares memory with what is taken, or is in use by another call.
pub fn writable<'py, T: Entry, D: Dimension>(
    array: Bound<'py, PyArray<T, D>>,
    name: &str,
    taken: &mut Vec<Span>,
) -> PyResult<PyReadwriteArray<'py, T, D>> {
    let span = Span::new(array.data().addr(), array.len() * size_of::<T>());
    if taken.iter().any(|other| other.overlaps(&span)) {
        return Err(value_error(
            name,
            "an array that shares memory with another argument",
            "memory of its own",
        ));
    }
    taken.push(span);
    // NumPy's base objects tell more relations than addresses do, and which arrays other calls are using.
    array.try_readwrite().map_err(|error| match error {
        numpy::BorrowError::NotWriteable => value_error(name, "a read-only array", "a writable one"),
        _ => value_error(name, "an array that is in use by this or another call", "memory of its own"),
    })
}

/// A new array that cannot be written to: it is a copy, and a change of it would change nothing else.
pub fn read_only<'py, T: Entry>(py: Python<'py>, results: &[T]) -> PyResult<Bound<'py, numpy::PyArray1<T>>> {
    let array = deliver(py, None, results)?;
    lock(&array)?;
    Ok(array)
}

/// Makes an array read-only.
pub fn lock(array: &Bound<'_, PyAny>) -> PyResult<()> {
    let flags = PyDict::new(array.py());
    flags.set_item("write", false)?;
    array.call_method("setflags", (), Some(&flags)).map(drop)
}

/// Writes `results` to the caller's array or a new one.
pub fn deliver<'py, T: Entry>(
    py: Python<'py>,
    out: Option<&Bound<'py, PyAny>>,
    results: &[T],
) -> PyResult<Bound<'py, numpy::PyArray1<T>>> {
    let array = given_or_new(py, out, &[results.len()])?;
    writable(array.clone(), "out", &mut Vec::new())?.as_slice_mut()?.copy_from_slice(results);
    Ok(array)
}
