//! The arguments of reputation that need converting, and the warning when it does not settle.

use std::ffi::CString;

use lvs_kernels::{Convergence, Graph, REPUTATION_ONE};
use numpy::{PyArray1, PyArrayMethods};
use pyo3::exceptions::{PyRuntimeWarning, PyTypeError, PyValueError};
use pyo3::prelude::*;

use crate::error::{exception, type_error, value_error};
use crate::input::{Argument, argument, expect_unmasked, integers, no_array};
use crate::scalars::{Scalar, type_name};

/// A graph, and the trust along its edges where the caller's graph carries it.
pub struct Edges<'py> {
    /// Who compares with or trusts whom.
    pub graph: Graph,
    /// As the caller's graph has it; none with CSR arrays.
    pub trust: Option<Bound<'py, PyAny>>,
}

/// The graph that two CSR arrays of any integer type make, or one that `lvs.csr` understands. `attribute` names the trust
/// of its edges.
pub fn edges<'py>(
    indptr: &Bound<'py, PyAny>,
    indices: Option<&Bound<'py, PyAny>>,
    attribute: Option<&str>,
) -> PyResult<Edges<'py>> {
    if let Some(indices) = indices {
        return Ok(Edges { graph: graph(indptr, indices)?, trust: None });
    }
    let csr = indptr.py().import("lvs.graphs")?.call_method1("csr", (indptr, attribute))?;
    let graph = graph(&csr.getattr("indptr")?, &csr.getattr("indices")?)?;
    let trust = csr.getattr("trust")?;
    Ok(Edges { graph, trust: if trust.is_none() { None } else { Some(trust) } })
}

fn graph(indptr: &Bound<'_, PyAny>, indices: &Bound<'_, PyAny>) -> PyResult<Graph> {
    let offsets =
        integers(indptr, argument("indptr", "integer[N + 1], entries from 0 to the length of indices"))?;
    let targets = integers(indices, argument("indices", "integer[E], entries from 0 to N - 1"))?;
    Graph::new(offsets, targets).map_err(exception)
}

/// Pre-trust as the kernel takes it: integers that fit go through unchanged, anything else is scaled so that the
/// largest weight becomes 2^32 - 1.
pub fn pretrust(value: &Bound<'_, PyAny>) -> PyResult<Vec<u32>> {
    const WEIGHTS: Argument = argument("pretrust", "N numbers");
    match integers(value, argument(WEIGHTS.name, "integer[N]")) {
        // No integers, or not such that they fit: floats then.
        Err(error) if is_about_the_value(&error, value.py()) => {}
        done => return done,
    }
    expect_unmasked(value, WEIGHTS)?;
    let made = value.py().import("numpy")?.call_method1("asarray", (value,));
    let array = made.map_err(|error| no_array(value, error, WEIGHTS))?;
    let kind: char = array.getattr("dtype")?.getattr("kind")?.extract()?;
    if !"iuf".contains(kind) {
        return Err(type_error(WEIGHTS.name, type_name(value), WEIGHTS.expected));
    }
    let array = array.call_method1("astype", ("float64",))?;
    let Ok(array) = array.cast::<PyArray1<f64>>() else {
        return Err(value_error(WEIGHTS.name, "more or less than one dimension", "N numbers"));
    };
    scaled(array)
}

fn is_about_the_value(error: &PyErr, py: Python<'_>) -> bool {
    error.is_instance_of::<PyTypeError>(py) || error.is_instance_of::<PyValueError>(py)
}

fn scaled(array: &Bound<'_, PyArray1<f64>>) -> PyResult<Vec<u32>> {
    let weights =
        array.try_readonly().map_err(|_| value_error("pretrust", "an array in use", "N numbers"))?;
    let weights = weights.as_array();
    if let Some(bad) = weights.iter().find(|weight| !weight.is_finite() || **weight < 0.0) {
        return Err(value_error("pretrust", bad, "finite numbers not below 0"));
    }
    let largest = weights.iter().copied().fold(0.0, f64::max);
    let unit = |weight: f64| if largest > 0.0 { weight / largest } else { 0.0 };
    Ok(weights.iter().map(|&weight| (unit(weight) * f64::from(u32::MAX)).round() as u32).collect())
}

/// The damping, given as itself or by what is left of it.
pub fn damped<'py>(damping: Option<Bound<'py, PyAny>>, alpha: Option<Bound<'py, PyAny>>) -> PyResult<f64> {
    match (damping, alpha) {
        (damping, None) => Scalar::of(damping).float("damping", 0.15),
        (None, alpha) => {
            let alpha = Scalar::of(alpha).float("alpha", 0.85)?;
            if !(0.0..=1.0).contains(&alpha) {
                return Err(value_error("alpha", alpha, "0 to 1"));
            }
            Ok(1.0 - alpha)
        }
        (Some(damping), Some(_)) => Err(value_error(
            "damping",
            format!("{damping} beside alpha"),
            "one of the two (alpha is 1 - damping)",
        )),
    }
}

/// How the iteration ended, as an `lvs.Convergence`.
pub fn convergence<'py>(py: Python<'py>, end: &Convergence) -> PyResult<Bound<'py, PyAny>> {
    let change = end.change as f64 / REPUTATION_ONE as f64;
    py.import("lvs.graphs")?.getattr("Convergence")?.call1((end.iterations, change, end.converged))
}

/// Warns unless the iteration settled.
pub fn warn_unless_converged(py: Python<'_>, end: &Convergence) -> PyResult<()> {
    if end.converged {
        return Ok(());
    }
    let change = end.change as f64 / REPUTATION_ONE as f64;
    let text = format!(
        "reputation did not converge in {} iteration(s): the last one changed {change:.3e} of the whole",
        end.iterations
    );
    PyErr::warn(py, &py.get_type::<PyRuntimeWarning>(), &CString::new(text)?, 1)
}
