//! The drift call and its result.

use lvs_kernels::vaultguard::NEIGHBOURS_MAX;
use lvs_kernels::{DriftInput, DriftOutput, DriftSummary, Engine};
use numpy::PyUntypedArrayMethods;
use numpy::ndarray::ArrayView2;
use numpy::{PyArray1, PyArray2, PyArrayMethods, PyReadonlyArray1, PyReadonlyArray2};
use parking_lot::Mutex;
use pyo3::prelude::*;
use pyo3::types::PyType;

use crate::call::long_kernel;
use crate::error::{type_error, value_error};
use crate::html::html;
use crate::input::{argument, rows, vector};
use crate::memory::Span;
use crate::output::{checked, new, writable};
use crate::scalars::type_name;

/// What drift made of a row: three arrays and VaultGuard's counters.
///
/// ``values``: the new values, int64[B], micro-VU. ``correction``: new minus old value, int64[B], micro-VU.
/// ``residuals``: per neighbor the sum over cells of the absolute difference, uint64[K], micro-VU, saturating.
/// ``rate_limited``, ``floored``: cells that the rate limit changed and the drain floor held. ``max_correction``,
/// ``sum_correction``: the largest and the sum of the absolute corrections, micro-VU.
///
/// Drift(values, correction, residuals) holds the three arrays given, which must be contiguous and writable, to be
/// passed as ``out=``. ``correction`` may be None where nobody wants it: that spares a write per cell.
///
/// >>> import lvs, numpy as np
/// >>> out = lvs.Drift(np.zeros(2, np.int64), None, np.zeros(1, np.uint64))
/// >>> mine, theirs = np.array([5_000_000, 7_000_000]), np.array([[5_000_100, 7_000_000]])
/// >>> lvs.Engine().drift(mine, theirs, np.array([32_768], np.uint16), trim=False, out=out) is out
/// True
/// >>> out.values.tolist(), out.residuals.tolist(), out.correction
/// ([5000050, 7000000], [100], None)
/// >>> out.rate_limited, out.floored, out.max_correction, out.sum_correction
/// (0, 0, 50, 50)
#[pyclass(frozen, name = "Drift", module = "lvs")]
pub struct PyDrift {
    values: Py<PyArray1<i64>>,
    correction: Option<Py<PyArray1<i64>>>,
    residuals: Py<PyArray1<u64>>,
    summary: Mutex<DriftSummary>,
}

#[pymethods]
impl PyDrift {
    #[new]
    fn wrap(
        values: &Bound<'_, PyAny>,
        correction: Option<&Bound<'_, PyAny>>,
        residuals: &Bound<'_, PyAny>,
    ) -> PyResult<Self> {
        let correction = correction.map(|array| checked(array, "correction", &[length(array)]));
        Ok(Self {
            values: checked(values, "values", &[length(values)])?.unbind(),
            correction: correction.transpose()?.map(Bound::unbind),
            residuals: checked(residuals, "residuals", &[length(residuals)])?.unbind(),
            summary: Mutex::default(),
        })
    }

    /// The new values, int64[B], micro-VU.
    #[getter]
    fn values(&self, py: Python<'_>) -> Py<PyArray1<i64>> {
        self.values.clone_ref(py)
    }

    /// New value minus old value, int64[B], micro-VU; None if it was not wanted.
    #[getter]
    fn correction(&self, py: Python<'_>) -> Option<Py<PyArray1<i64>>> {
        self.correction.as_ref().map(|array| array.clone_ref(py))
    }

    /// Per neighbor the sum over cells of the absolute difference, uint64[K], micro-VU, saturating.
    #[getter]
    fn residuals(&self, py: Python<'_>) -> Py<PyArray1<u64>> {
        self.residuals.clone_ref(py)
    }

    /// Cells whose correction the rate limit changed.
    #[getter]
    fn rate_limited(&self) -> u64 {
        self.summary.lock().rate_limited
    }

    /// Cells that the drain floor held.
    #[getter]
    fn floored(&self) -> u64 {
        self.summary.lock().floored
    }

    /// The largest absolute correction of a cell, micro-VU.
    #[getter]
    fn max_correction(&self) -> u64 {
        self.summary.lock().max_correction
    }

    /// The sum of the absolute corrections, micro-VU, saturating.
    #[getter]
    fn sum_correction(&self) -> u64 {
        self.summary.lock().sum_correction
    }

    fn __repr__(&self, py: Python<'_>) -> String {
        let cells = self.values.bind(py).len();
        let neighbors = self.residuals.bind(py).len();
        let summary = *self.summary.lock();
        format!(
            "<lvs.Drift of {cells} cells by {neighbors} neighbors: rate_limited={}, floored={}, \
             max_correction={}, sum_correction={}>",
            summary.rate_limited, summary.floored, summary.max_correction, summary.sum_correction
        )
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> (Bound<'py, PyType>, Held, Counters) {
        let py = slf.py();
        let drift = slf.get();
        let DriftSummary { rate_limited, floored, max_correction, sum_correction } = *drift.summary.lock();
        let held = (drift.values(py), drift.correction(py), drift.residuals(py));
        (slf.get_type(), held, (rate_limited, floored, max_correction, sum_correction))
    }

    fn __setstate__(&self, counters: Counters) {
        let (rate_limited, floored, max_correction, sum_correction) = counters;
        *self.summary.lock() = DriftSummary { rate_limited, floored, max_correction, sum_correction };
    }

    fn _repr_html_<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        html(slf, "drift")
    }
}

/// The arrays that it holds.
type Held = (Py<PyArray1<i64>>, Option<Py<PyArray1<i64>>>, Py<PyArray1<u64>>);

/// Its counters, in the order of the documentation.
type Counters = (u64, u64, u64, u64);

/// The length that `array` itself has, so that only its type and layout are checked.
fn length(array: &Bound<'_, PyAny>) -> usize {
    array.len().unwrap_or_default()
}

/// The arrays of a result: values, correction, residuals.
type Outputs<'py> = (Bound<'py, PyArray1<i64>>, Option<Bound<'py, PyArray1<i64>>>, Bound<'py, PyArray1<u64>>);

/// How a row drifts.
pub struct Rule {
    /// The parity is the rounding bit.
    pub cycle: u64,
    pub trim: bool,
    pub hold: bool,
}

/// The arrays of a drift call, checked and borrowed.
pub struct Arrays<'py> {
    values: PyReadonlyArray1<'py, i64>,
    neighbors: PyReadonlyArray2<'py, i64>,
    weights: PyReadonlyArray1<'py, u16>,
    anchor: Option<PyReadonlyArray1<'py, i64>>,
}

impl<'py> Arrays<'py> {
    pub fn new(
        values: &Bound<'py, PyAny>,
        neighbors: &Bound<'py, PyAny>,
        weights: &Bound<'py, PyAny>,
        anchor: Option<&Bound<'py, PyAny>>,
        mask: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Self> {
        let values: PyReadonlyArray1<'py, i64> = vector(values, argument("values", "int64[B]"))?;
        let neighbors = rows(neighbors, values.len(), argument("neighbors", "int64[K, B]"))?;
        let arrays = Self {
            neighbors: match mask {
                Some(mask) => filled(neighbors, mask, &values)?,
                None => neighbors,
            },
            values,
            weights: vector(weights, argument("weights", "uint16[K]"))?,
            anchor: anchor.map(|anchor| vector(anchor, argument("anchor", "int64[B]"))).transpose()?,
        };
        arrays.check_neighbors()?;
        Ok(arrays)
    }

    /// What the kernel cannot see, or must not be asked to hold a list of.
    fn check_neighbors(&self) -> PyResult<()> {
        let count = self.neighbors.shape()[0];
        let cells = self.neighbors.shape()[1];
        if count > NEIGHBOURS_MAX {
            let expected = format!("at most {NEIGHBOURS_MAX}");
            return Err(value_error("neighbors", format!("{count} neighbors"), expected));
        }
        if cells != self.values.len() {
            let expected = format!("{} (the length of values)", self.values.len());
            return Err(value_error("neighbors", format!("rows of {cells} cells"), expected));
        }
        Ok(())
    }

    /// Drifts into `out`, or into a new result.
    pub fn drift(
        &self,
        py: Python<'py>,
        engine: &Engine,
        rule: Rule,
        out: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyDrift>> {
        let view = self.neighbors.as_array();
        let neighbours = row_slices(&view);
        let values = self.values.as_slice()?;
        let anchors = match &self.anchor {
            Some(anchor) => anchor.as_slice()?,
            None => values,
        };
        let weights = self.weights.as_slice()?;
        let Rule { cycle, trim, hold } = rule;
        let input = DriftInput { values, neighbours: &neighbours, weights, anchors, cycle, trim, hold };
        let result = self.result(py, out)?;
        let summary = result.get().fill(py, engine, &input)?;
        *result.get().summary.lock() = summary;
        Ok(result)
    }

    fn result(&self, py: Python<'py>, out: Option<&Bound<'py, PyAny>>) -> PyResult<Bound<'py, PyDrift>> {
        if let Some(out) = out {
            let drift = out.cast::<PyDrift>();
            return drift.cloned().map_err(|_| type_error("out", type_name(out), "an lvs.Drift"));
        }
        let cells = self.values.len();
        let count = self.neighbors.shape()[0];
        let drift = PyDrift {
            values: new(py, &[cells])?.unbind(),
            correction: Some(new(py, &[cells])?.unbind()),
            residuals: new(py, &[count])?.unbind(),
            summary: Mutex::default(),
        };
        Bound::new(py, drift)
    }
}

impl PyDrift {
    /// Runs the kernel into the arrays held.
    fn fill(&self, py: Python<'_>, engine: &Engine, input: &DriftInput<'_>) -> PyResult<DriftSummary> {
        let mut taken = spans(input);
        let (values, correction, residuals) = self.checked(py, input)?;
        let mut values = writable(values, "out.values", &mut taken)?;
        let correction = correction.map(|array| writable(array, "out.correction", &mut taken));
        let mut correction = correction.transpose()?;
        let mut residuals = writable(residuals, "out.residuals", &mut taken)?;
        let mut out = DriftOutput {
            values: values.as_slice_mut()?,
            correction: correction.as_mut().map(|array| array.as_slice_mut()).transpose()?,
            residuals: residuals.as_slice_mut()?,
        };
        long_kernel(py, |go_on| engine.drift_while(input, &mut out, go_on))
    }

    /// The arrays held, if they are as large as `input` needs them.
    fn checked<'py>(&self, py: Python<'py>, input: &DriftInput<'_>) -> PyResult<Outputs<'py>> {
        let cells = input.values.len();
        let count = input.neighbours.len();
        let correction = self.correction.as_ref();
        let correction = correction.map(|array| checked(array.bind(py), "out.correction", &[cells]));
        Ok((
            checked(self.values.bind(py), "out.values", &[cells])?,
            correction.transpose()?,
            checked(self.residuals.bind(py), "out.residuals", &[count])?,
        ))
    }
}

/// The neighbors with what is missing replaced by the row's own values: there they differ by 0, and keep their weight.
fn filled<'py>(
    neighbors: PyReadonlyArray2<'py, i64>,
    mask: &Bound<'py, PyAny>,
    values: &PyReadonlyArray1<'py, i64>,
) -> PyResult<PyReadonlyArray2<'py, i64>> {
    let mask = rows::<bool>(mask, values.len(), argument("mask", "bool[K, B]"))?;
    if mask.shape() != neighbors.shape() {
        let expected = format!("{:?} (as neighbors)", neighbors.shape());
        return Err(value_error("mask", format!("shape {:?}", mask.shape()), expected));
    }
    if values.len() != neighbors.shape()[1] {
        // Said later, of the neighbors.
        return Ok(neighbors);
    }
    let numpy = mask.py().import("numpy")?;
    let known = numpy.call_method1("where", (&*mask, &**values, &*neighbors))?;
    Ok(known.cast_into::<PyArray2<i64>>()?.try_readonly().expect("it was just made"))
}

/// Each row of the view as a slice; an argument that came through [`rows`] has only such rows.
fn row_slices<'a>(view: &'a ArrayView2<'a, i64>) -> Vec<&'a [i64]> {
    view.outer_iter().map(|row| row.to_slice().expect("a row is contiguous")).collect()
}

fn spans(input: &DriftInput<'_>) -> Vec<Span> {
    let mut spans: Vec<_> = input.neighbours.iter().map(|row| Span::of(row)).collect();
    spans.extend([Span::of(input.values), Span::of(input.anchors), Span::of(input.weights)]);
    spans
}
