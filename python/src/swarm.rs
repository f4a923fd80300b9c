//! A swarm that steps through cycles by itself.

use lvs_kernels::{DriftSummary, Swarm, SwarmOptions};
use numpy::{PyArray1, PyArray2, PyUntypedArrayMethods};
use parking_lot::Mutex;
use pyo3::prelude::*;
use pyo3::sync::MutexExt;

use crate::engine::PyEngine;
use crate::error::{from_kernels, type_error, value_error};
use crate::input::{argument, matrix, vector};
use crate::output::{deliver, new, writable};
use crate::reputation::graph;
use crate::scalars::{Scalar, type_name, unsigned};

/// What VaultGuard did in the last call of ``Swarm.step``, summed over its cycles and rows.
///
/// ``rate_limited``, ``floored``: cells that the rate limit changed and the drain floor held. ``max_correction``,
/// ``sum_correction``: the largest and the sum of the absolute corrections, micro-VU.
#[pyclass(frozen, eq, name = "Stats", module = "lvs", get_all)]
#[derive(Clone, PartialEq)]
pub struct PyStats {
    /// Cells whose correction the rate limit changed.
    rate_limited: u64,
    /// Cells that the drain floor held.
    floored: u64,
    /// The largest absolute correction of a cell, micro-VU.
    max_correction: u64,
    /// The sum of the absolute corrections, micro-VU, saturating.
    sum_correction: u64,
}

#[pymethods]
impl PyStats {
    fn __repr__(&self) -> String {
        let Self { rate_limited, floored, max_correction, sum_correction } = self;
        format!(
            "<lvs.Stats rate_limited={rate_limited}, floored={floored}, max_correction={max_correction}, \
             sum_correction={sum_correction}>"
        )
    }
}

/// N rows of D cells that drift in step: every row reads the values of the cycle before.
///
/// indptr, indices: who compares with whom, in CSR form, any integer type: row i has the neighbors
/// ``indices[indptr[i]:indptr[i + 1]]``, at most 4,096. values: int64[N, D], micro-VU, each 0 to 2^62 in rows that are
/// not frozen, any in those that are. trust: uint16[E], Q0.16, along the edges, default 65,535. learn_trust: update it
/// after every cycle. frozen: bool[N], rows that never move (stubborn or hostile ones). engine: default ``Engine()``.
/// trim: remove a third of the weight from either side; False is plain weighted averaging.
///
/// The cycle starts at 0 and its parity sets the rounding; anchors are the values at the start of each window of
/// 4,096 cycles. All arrays are copied in and out. May be used from several threads.
///
/// Raises ValueError or TypeError naming the argument, what came and what was expected.
///
/// >>> import lvs, numpy as np
/// >>> indptr = np.arange(0, 17 * 15, 15)
/// >>> indices = np.concatenate([np.delete(np.arange(16), i) for i in range(16)])
/// >>> values = np.linspace(1_000_000_000, 1_150_000_000, 16).astype(np.int64)[:, None]
/// >>> values[11:] = 2**62                                             # five that claim all the value there is
/// >>> swarm = lvs.Swarm(indptr, indices, values, frozen=np.arange(16) >= 11)
/// >>> swarm.step(400)
/// >>> swarm.spread, bool(swarm.values[0, 0] <= 1_100_000_000)
/// (array([0], dtype=uint64), True)
#[pyclass(frozen, name = "Swarm", module = "lvs")]
pub struct PySwarm {
    state: Mutex<Swarm>,
    engine: Py<PyEngine>,
}

#[pymethods]
impl PySwarm {
    #[new]
    #[pyo3(signature = (indptr, indices, values, *, trust=None, learn_trust=Scalar::ABSENT, frozen=None, engine=None,
                        trim=Scalar::ABSENT))]
    #[pyo3(
        text_signature = "(indptr, indices, values, *, trust=None, learn_trust=True, frozen=None, engine=None, trim=True)"
    )]
    #[allow(clippy::too_many_arguments)]
    fn new<'py>(
        py: Python<'py>,
        indptr: &Bound<'py, PyAny>,
        indices: &Bound<'py, PyAny>,
        values: &Bound<'py, PyAny>,
        trust: Option<&Bound<'py, PyAny>>,
        learn_trust: Scalar<'py>,
        frozen: Option<&Bound<'py, PyAny>>,
        engine: Option<&Bound<'py, PyAny>>,
        trim: Scalar<'py>,
    ) -> PyResult<Self> {
        let options = SwarmOptions {
            trust: trust.map(edge_trust).transpose()?,
            learn_trust: learn_trust.flag("learn_trust", true)?,
            frozen: frozen.map(frozen_rows).transpose()?,
            trim: trim.flag("trim", true)?,
            loss: None,
        };
        let engine = engine_of(py, engine)?;
        let kernels = engine.get().kernels()?.clone();
        let graph = graph(indptr, indices)?;
        let values = matrix::<i64>(values, argument("values", "int64[N, D]"))?;
        let (rows, cells) = (values.shape()[0], values.shape()[1]);
        if rows != graph.rows() {
            let expected = format!("{} (one less than indptr has entries)", graph.rows());
            return Err(value_error("values", format!("{rows} rows"), expected));
        }
        let data = values.as_slice()?;
        let swarm = py.detach(|| Swarm::new(kernels, graph, data, cells, options)).map_err(from_kernels)?;
        Ok(Self { state: Mutex::new(swarm), engine })
    }

    /// Runs ``cycles`` cycles. Ctrl-C interrupts between two of them, with the swarm as the last one left it.
    #[pyo3(signature = (cycles=Scalar::ABSENT), text_signature = "($self, cycles=1)")]
    fn step(&self, py: Python<'_>, cycles: Scalar<'_>) -> PyResult<()> {
        let cycles = cycles.unsigned("cycles", 0..=u64::MAX, 1)?;
        self.engine.get().kernels()?;
        let mut interrupted = Ok(());
        let go_on = |_| {
            interrupted = Python::attach(|py| py.check_signals());
            interrupted.is_ok()
        };
        py.detach(|| self.state.lock().step_while(cycles, go_on)).map_err(from_kernels)?;
        interrupted
    }

    /// Overwrites the values of one row, as an attack or a fault would; its anchors stay until the next window.
    ///
    /// row: 0 to N - 1. values: int64[D], micro-VU, each 0 to 2^62 unless the row is frozen.
    fn set_row(&self, py: Python<'_>, row: &Bound<'_, PyAny>, values: &Bound<'_, PyAny>) -> PyResult<()> {
        let values = vector::<i64>(values, argument("values", "int64[D]"))?;
        let mut state = self.state.lock_py_attached(py);
        let row = unsigned(row, "row", 0..=u64::MAX)?;
        let row = usize::try_from(row).unwrap_or(usize::MAX);
        state.set_row(row, values.as_slice()?).map_err(from_kernels)
    }

    /// The values of all rows, int64[N, D], micro-VU: a copy.
    #[getter]
    fn values<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArray2<i64>>> {
        let state = self.state.lock_py_attached(py);
        let array = new(py, &[state.rows(), state.cells()])?;
        let mut cells = writable(array.clone(), "values", &mut Vec::new())?;
        state.read_values(cells.as_slice_mut()?).map_err(from_kernels)?;
        Ok(array)
    }

    /// The trust along every edge, uint16[E], Q0.16: a copy.
    #[getter]
    fn trust<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArray1<u16>>> {
        let trust = py.detach(|| self.state.lock().trust()).map_err(from_kernels)?;
        deliver(py, None, &trust)
    }

    /// The cycles done so far.
    #[getter]
    fn cycle(&self, py: Python<'_>) -> u64 {
        self.state.lock_py_attached(py).cycle()
    }

    /// Per cell the largest minus the smallest value over the rows that are not frozen, uint64[D], micro-VU.
    #[getter]
    fn spread<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArray1<u64>>> {
        let spread = py.detach(|| self.state.lock().spread()).map_err(from_kernels)?;
        deliver(py, None, &spread)
    }

    /// What VaultGuard did in the last call of ``step``, summed over its cycles and rows.
    #[getter]
    fn stats(&self, py: Python<'_>) -> PyResult<PyStats> {
        let stats = py.detach(|| self.state.lock().stats()).map_err(from_kernels)?;
        let DriftSummary { rate_limited, floored, max_correction, sum_correction } = stats;
        Ok(PyStats { rate_limited, floored, max_correction, sum_correction })
    }

    /// The engine that steps it.
    #[getter]
    fn engine(&self, py: Python<'_>) -> Py<PyEngine> {
        self.engine.clone_ref(py)
    }

    fn __repr__(&self, py: Python<'_>) -> String {
        let state = self.state.lock_py_attached(py);
        let (rows, cells, edges) = (state.rows(), state.cells(), state.graph().edges());
        format!("<lvs.Swarm of {rows} rows, {cells} cells, {edges} edges, at cycle {}>", state.cycle())
    }
}

fn edge_trust(value: &Bound<'_, PyAny>) -> PyResult<Vec<u16>> {
    Ok(vector::<u16>(value, argument("trust", "uint16[E]"))?.as_slice()?.to_vec())
}

fn frozen_rows(value: &Bound<'_, PyAny>) -> PyResult<Vec<bool>> {
    Ok(vector::<bool>(value, argument("frozen", "bool[N]"))?.as_slice()?.to_vec())
}

fn engine_of(py: Python<'_>, value: Option<&Bound<'_, PyAny>>) -> PyResult<Py<PyEngine>> {
    let Some(value) = value else { return Py::new(py, PyEngine::auto()?) };
    match value.cast::<PyEngine>() {
        Ok(engine) => Ok(engine.clone().unbind()),
        Err(_) => Err(type_error("engine", type_name(value), "an lvs.Engine")),
    }
}
