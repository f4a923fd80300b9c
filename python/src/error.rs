//! Errors as Python exceptions, with arguments named as in the Python signatures.

use std::fmt::Display;

use lvs_kernels::Argument;
use lvs_simulation::Argument as Simulated;
use pyo3::PyErr;
use pyo3::exceptions::{PyMemoryError, PyRuntimeError, PyTypeError, PyValueError};

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

/// What the Rust crates below refuse or fail with.
pub enum Failure {
    Kernels(lvs_kernels::Error),
    Simulation(lvs_simulation::Error),
}

impl From<lvs_kernels::Error> for Failure {
    fn from(error: lvs_kernels::Error) -> Self {
        Self::Kernels(error)
    }
}

impl From<lvs_simulation::Error> for Failure {
    fn from(error: lvs_simulation::Error) -> Self {
        match error {
            lvs_simulation::Error::Kernels(error) => Self::Kernels(error),
            error => Self::Simulation(error),
        }
    }
}

/// An error of the Rust crates as the exception that stands for it.
pub fn exception(error: impl Into<Failure>) -> PyErr {
    match error.into() {
        Failure::Kernels(lvs_kernels::Error::Argument(invalid)) => {
            value_error(kernels_name(invalid.argument), american(&invalid.got), american(&invalid.expected))
        }
        Failure::Simulation(lvs_simulation::Error::Argument(invalid)) => value_error(
            simulation_name(invalid.argument),
            american(&invalid.got),
            american(&invalid.expected),
        ),
        Failure::Kernels(error @ lvs_kernels::Error::Unavailable { .. }) => {
            BackendUnavailable::new_err(error.to_string())
        }
        Failure::Kernels(error @ lvs_kernels::Error::OutOfMemory { .. }) => {
            PyMemoryError::new_err(error.to_string())
        }
        Failure::Kernels(other) => PyRuntimeError::new_err(other.to_string()),
        Failure::Simulation(other) => PyRuntimeError::new_err(other.to_string()),
    }
}

fn message(argument: &str, got: impl Display, expected: impl Display) -> String {
    format!("{argument}: got {got}, expected {expected}")
}

/// As it is spelled in the names of Python's arguments.
fn american(text: &str) -> String {
    text.replace("neighbour", "neighbor")
}

/// The Python name of every argument that the kernels can refuse.
// A table of its own, though today it is much like lvs.h's: so each interface can choose its words, and the compiler
// sees to it that neither forgets one.
fn kernels_name(argument: Argument) -> &'static str {
    match argument {
        Argument::Backend => "backend",
        Argument::BackendVariable => lvs_kernels::BACKEND_VARIABLE,
        Argument::Threads => "threads",
        Argument::Offsets => "indptr",
        Argument::Targets => "indices",
        Argument::Values => "values",
        Argument::Anchors => "anchor",
        Argument::Neighbours => "neighbors",
        Argument::Weights => "weights",
        Argument::Frozen => "frozen",
        Argument::Trust => "trust",
        Argument::Residuals => "residuals",
        Argument::Row => "row",
        Argument::Cells => "cells",
        Argument::Sample => "count",
        Argument::Damping => "damping",
        Argument::Pretrust => "pretrust",
        Argument::Tolerance => "tol",
        Argument::Out => "out",
        Argument::OutValues => "out.values",
        Argument::OutResiduals => "out.residuals",
        Argument::OutCorrection => "out.correction",
    }
}

/// The Python name of every argument that simulations can refuse.
fn simulation_name(argument: Simulated) -> &'static str {
    match argument {
        Simulated::Apart => "apart",
        Simulated::Attack => "attack",
        Simulated::Backend => "backend",
        Simulated::Bridges => "bridges",
        Simulated::Cells => "cells",
        Simulated::Center => "center",
        Simulated::Churn => "churn",
        Simulated::Degree => "degree",
        Simulated::Edges => "edges",
        Simulated::Graph => "graph",
        Simulated::GroupSize => "group_size",
        Simulated::Hostile => "hostile",
        Simulated::HostileNeighbours => "hostile_neighbors",
        Simulated::Loss => "loss",
        Simulated::Nodes => "nodes",
        Simulated::RecordEvery => "record_every",
        Simulated::Rewire => "rewire",
        Simulated::Rule => "rule",
        Simulated::Strength => "strength",
        Simulated::Threads => "threads",
        Simulated::Topology => "topology",
        Simulated::Values => "values",
        Simulated::Width => "width",
    }
}
