//! The engine: every kernel as a method.

use std::ffi::OsString;

use lvs_kernels::vaultguard::NEIGHBOURS_MAX;
use lvs_kernels::{Argument, Backend, Engine, ReputationOptions, Rows, TrustMatrix};
use numpy::{PyArray1, PyArray2, PyReadonlyArray1, PyUntypedArrayMethods};
use parking_lot::Mutex;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::sync::MutexExt;
use pyo3::types::PyType;

use crate::backend::asked_for;
use crate::call::{kernel, long_kernel};
use crate::drift::{Arrays, PyDrift, Rule};
use crate::error::{exception, type_error, value_error};
use crate::html::html;
use crate::input::{argument, copied, matrix, vector};
use crate::memory::Span;
use crate::output::{deliver, given_or_new, writable};
use crate::reputation::{convergence, damped, edges, pretrust, warn_unless_converged};
use crate::scalars::{Scalar, type_name, unsigned};

/// Computes with one backend; every backend and number of threads gives the same bits.
///
/// backend: a name from ``lvs.backends()`` or an entry of that list; ``'auto'`` takes what the environment variable
/// ``LVS_BACKEND`` names, else the fastest here. threads: how many, default one for each processor.
///
/// Arrays that are contiguous are used in place, others copied once. The interpreter is released while a kernel runs,
/// and one engine may be used from many threads at once.
///
/// Raises BackendUnavailable with the reason if the backend cannot run here, ValueError or TypeError naming the
/// argument, what came and what was expected. After ``os.fork`` an engine with threads of its own cannot be used in the
/// child: make another there (RuntimeError). Pickled, it becomes the engine that was asked for where it arrives.
///
/// >>> import lvs
/// >>> engine = lvs.Engine('scalar', threads=1)
/// >>> engine.backend, engine.threads, engine.choice
/// ('scalar', 1, ...)
#[pyclass(frozen, name = "Engine", module = "lvs")]
pub struct PyEngine {
    asked: Backend,
    engine: Engine,
    process: u32,
}

impl PyEngine {
    fn start(backend: Option<&Bound<'_, PyAny>>, threads: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        let backend = asked_for(backend)?;
        let most = lvs_kernels::THREADS_MAX as u64;
        let threads = threads.map(|threads| unsigned(threads, "threads", 1..=most)).transpose()?;
        let engine = Engine::with_threads(backend.clone(), threads.map(|n| n as usize)).map_err(exception)?;
        Ok(Self { asked: backend, engine, process: std::process::id() })
    }

    /// The kernels, unless this is a forked child, where the engine's threads do not exist and work would never end.
    pub fn kernels(&self) -> PyResult<&Engine> {
        if self.engine.threads() > 1 && !self.is_home() {
            let message =
                "this engine's threads belong to the process it was made in; make another after a fork";
            return Err(PyRuntimeError::new_err(message));
        }
        Ok(&self.engine)
    }

    /// Whether this is the process that it was made in.
    fn is_home(&self) -> bool {
        self.process == std::process::id()
    }
}

#[pymethods]
impl PyEngine {
    #[new]
    #[pyo3(signature = (backend=None, threads=None), text_signature = "(backend='auto', threads=None)")]
    fn new(backend: Option<&Bound<'_, PyAny>>, threads: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        Self::start(backend, threads)
    }

    /// The name of the backend in use, never ``'auto'`` or a bare ``'simd'``.
    #[getter]
    fn backend(&self) -> String {
        self.engine.backend().to_string()
    }

    /// The number of threads in use.
    #[getter]
    fn threads(&self) -> usize {
        self.engine.threads()
    }

    /// What was picked and why, for people to read.
    #[getter]
    fn choice(&self) -> &str {
        self.engine.choice()
    }

    fn __repr__(&self) -> String {
        format!("lvs.Engine(backend='{}', threads={})", self.engine.backend(), self.engine.threads())
    }

    /// As it was asked for: elsewhere `auto` is what is the fastest there.
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> (Bound<'py, PyType>, (String, usize)) {
        (slf.get_type(), (slf.get().asked.to_string(), slf.get().engine.threads()))
    }

    fn _repr_html_<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        html(slf, "engine")
    }

    /// Drifts a row towards its neighbors (the correction vector), within VaultGuard's limits.
    ///
    /// values: int64[B], micro-VU, each 0 to 2^62. neighbors: int64[K, B], micro-VU, any values; in place if each row is
    /// contiguous, wherever the rows lie. K is at most 4,096. weights: uint16[K], Q0.16, sum at most 65,535. cycle: its
    /// parity sets the rounding. anchor: int64[B], the values at the start of the window, 0 to 2^62, default ``values``.
    /// trim: remove a third of the neighbors, by weight and by heads, from either side first; False is plain weighted
    /// averaging. hold: leave the anchors only for more than half of the weight. mask: bool[K, B], True where a neighbor's
    /// value is missing, as in NumPy's masked arrays: it then counts as no difference, with its full weight, so that few
    /// answers mean little movement. out: a ``Drift`` whose arrays are written to and which is returned; they must not
    /// share memory with an input.
    ///
    /// Returns a ``Drift``. Raises ValueError or TypeError naming the argument, what came and what was expected; what
    /// ``out`` holds then means nothing.
    ///
    /// >>> import lvs, numpy as np
    /// >>> mine = np.full(4, 2_000_000)
    /// >>> theirs = np.array([[2_000_300] * 4, [2_000_600] * 4, [2**63 - 1] * 4])  # the last one lies
    /// >>> lvs.Engine().drift(mine, theirs, np.full(3, 16_383, np.uint16)).values
    /// array([2000224, 2000224, 2000224, 2000224])
    #[pyo3(signature = (values, neighbors, weights, *, cycle=Scalar::ABSENT, anchor=None, trim=Scalar::ABSENT,
                        hold=Scalar::ABSENT, mask=None, out=None))]
    #[pyo3(
        text_signature = "($self, values, neighbors, weights, *, cycle=0, anchor=None, trim=True, hold=False, \
                             mask=None, out=None)"
    )]
    #[allow(clippy::too_many_arguments)]
    fn drift<'py>(
        &self,
        py: Python<'py>,
        values: &Bound<'py, PyAny>,
        neighbors: &Bound<'py, PyAny>,
        weights: &Bound<'py, PyAny>,
        cycle: Scalar<'py>,
        anchor: Option<&Bound<'py, PyAny>>,
        trim: Scalar<'py>,
        hold: Scalar<'py>,
        mask: Option<&Bound<'py, PyAny>>,
        out: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyDrift>> {
        let rule = Rule {
            cycle: cycle.unsigned("cycle", 0..=u64::MAX, 0)?,
            trim: trim.flag("trim", true)?,
            hold: hold.flag("hold", false)?,
        };
        let arrays = Arrays::new(values, neighbors, weights, anchor, mask)?;
        arrays.drift(py, self.kernels()?, rule, out)
    }

    /// The residual of every row against every other: capped L1 distances.
    ///
    /// values: int64[N, D], micro-VU, any values; in place if C-contiguous. out: uint64[N, N] to write to.
    ///
    /// Returns uint64[N, N], micro-VU, saturating: the sum over cells of ``min(abs(difference), 2**46 - 1)``. Raises ValueError
    /// or TypeError naming the argument, what came and what was expected.
    ///
    /// >>> import lvs, numpy as np
    /// >>> lvs.Engine().pairwise_residuals(np.array([[1, 2], [4, 0]]))
    /// array([[0, 5],
    ///        [5, 0]], dtype=uint64)
    #[pyo3(signature = (values, *, out=None))]
    fn pairwise_residuals<'py>(
        &self,
        py: Python<'py>,
        values: &Bound<'py, PyAny>,
        out: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyArray2<u64>>> {
        let engine = self.kernels()?;
        let values = matrix::<i64>(values, argument("values", "int64[N, D]"))?;
        let rows = values.shape()[0];
        let cells = values.shape()[1];
        let data = values.as_slice()?;
        let matrix = Rows::new(Argument::Values, data, rows, cells).map_err(exception)?;
        let result = given_or_new(py, out, &[rows, rows])?;
        let mut residuals = writable(result.clone(), "out", &mut vec![Span::of(data)])?;
        let slice = residuals.as_slice_mut()?;
        long_kernel(py, |go_on| engine.pairwise_residuals_while(&matrix, slice, go_on))?;
        Ok(result)
    }

    /// Updates the trust in K neighbors from their residuals: slow to earn, quick to lose.
    ///
    /// trust: uint16[K], Q0.16. residuals: uint64[K], micro-VU. cells: how many cells were compared. K is at most 4,096.
    /// out: uint16[K] to write to; ``out=trust`` updates in place.
    ///
    /// Returns uint16[K]. Raises ValueError or TypeError naming the argument, what came and what was expected.
    ///
    /// >>> import lvs
    /// >>> lvs.Engine().update_trust([65_535, 1_024, 65_535], [10, 12, 2**40], cells=1)
    /// array([65535,  1087, 61440], dtype=uint16)
    #[pyo3(signature = (trust, residuals, cells, *, out=None))]
    fn update_trust<'py>(
        &self,
        py: Python<'py>,
        trust: &Bound<'py, PyAny>,
        residuals: &Bound<'py, PyAny>,
        cells: &Bound<'py, PyAny>,
        out: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyArray1<u16>>> {
        let mut updated = trust_of_neighbors(trust)?.as_slice()?.to_vec();
        let residuals = vector::<u64>(residuals, argument("residuals", "uint64[K]"))?;
        let cells = unsigned(cells, "cells", 0..=u64::MAX)?;
        let engine = self.kernels()?;
        let slice = residuals.as_slice()?;
        kernel(py, || engine.update_trust(&mut updated, slice, cells))?;
        // Given back first, so that `out` may lie over an input.
        drop(residuals);
        deliver(py, out, &updated)
    }

    /// The weights that follow from the trust in K neighbors: each its share of K + 1 equal parts, times its trust.
    ///
    /// trust: uint16[K], Q0.16; K is at most 4,096. out: uint16[K] to write to; ``out=trust`` is allowed.
    ///
    /// Returns uint16[K], Q0.16, which sum to at most 65,535. Raises ValueError or TypeError naming the argument, what
    /// came and what was expected.
    ///
    /// >>> import lvs
    /// >>> lvs.Engine().weights([65_535, 65_535, 1_024])
    /// array([16383, 16383,   256], dtype=uint16)
    #[pyo3(signature = (trust, *, out=None))]
    fn weights<'py>(
        &self,
        py: Python<'py>,
        trust: &Bound<'py, PyAny>,
        out: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyArray1<u16>>> {
        let trust = trust_of_neighbors(trust)?;
        let engine = self.kernels()?;
        let slice = trust.as_slice()?;
        let mut shares = vec![0; slice.len()];
        kernel(py, || engine.weights(slice, &mut shares))?;
        drop(trust);
        deliver(py, out, &shares)
    }

    /// The reputation of every node of a trust graph (EigenTrust), in integers.
    ///
    /// indptr, indices: the graph in CSR form, any integer type: node i trusts ``indices[indptr[i]:indptr[i + 1]]``.
    /// trust: uint16[E], Q0.16, along those edges. Or a graph in place of ``indptr``, and no ``indices``: what ``lvs.csr``
    /// takes (SciPy sparse, networkx, a matrix); its entries, or the ``trust`` of its edges, are the trust if none is
    /// given, and where it has neither all its edges count alike. damping: the part that always comes from pre-trust, 0 to
    /// 1. alpha: in its place the part that follows the edges, 1 - damping, as PageRank has it: what networkx and others
    /// call damping, usually 0.85, is this one, and ``damping=0.85`` would mean that the graph hardly counts.
    /// pretrust: N non-negative weights, default uniform; integers below 2^32 count as they are, anything else is scaled
    /// so that the largest becomes 2^32 - 1 and rounded. tol: stop when an iteration changes at most this part of the
    /// whole (L1), 0 to 1. max_iter: stop after that many, with a RuntimeWarning. full_output: tell how it ended, too, in
    /// place of the warning. out: uint64[N] to write to.
    ///
    /// Returns uint64[N], Q0.47: it sums to exactly 2^47 (``lvs.REPUTATION_ONE``). With ``full_output`` a pair of that and
    /// a ``Convergence``. Raises ValueError or TypeError naming
    /// the argument, what came and what was expected.
    ///
    /// >>> import lvs
    /// >>> shares = lvs.Engine().reputation([0, 1, 2, 3], [1, 2, 0], [9, 9, 9])
    /// >>> int(shares.sum()) == lvs.REPUTATION_ONE, (shares / lvs.REPUTATION_ONE).round(3).tolist()
    /// (True, [0.333, 0.333, 0.333])
    /// >>> again, end = lvs.Engine().reputation([0, 1, 2, 3], [1, 2, 0], [9, 9, 9], alpha=0.85, full_output=True)
    /// >>> bool((again == shares).all()), end.converged, end.iterations, end.change < 1e-9
    /// (True, True, 1, True)
    #[pyo3(signature = (indptr, indices=None, trust=None, *, damping=None, alpha=None, pretrust=None,
                        tol=Scalar::ABSENT, max_iter=Scalar::ABSENT, full_output=Scalar::ABSENT, out=None))]
    #[pyo3(
        text_signature = "($self, indptr, indices=None, trust=None, *, damping=0.15, alpha=None, pretrust=None, \
                             tol=1e-9, max_iter=1000, full_output=False, out=None)"
    )]
    #[allow(clippy::too_many_arguments)]
    fn reputation<'py>(
        &self,
        py: Python<'py>,
        indptr: &Bound<'py, PyAny>,
        indices: Option<&Bound<'py, PyAny>>,
        trust: Option<&Bound<'py, PyAny>>,
        damping: Option<Bound<'py, PyAny>>,
        alpha: Option<Bound<'py, PyAny>>,
        pretrust: Option<&Bound<'py, PyAny>>,
        tol: Scalar<'py>,
        max_iter: Scalar<'py>,
        full_output: Scalar<'py>,
        out: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let engine = self.kernels()?;
        let full_output = full_output.flag("full_output", false)?;
        let pretrust = pretrust.map(self::pretrust).transpose()?;
        let options = ReputationOptions {
            damping: damped(damping, alpha)?,
            pretrust: pretrust.as_deref(),
            tolerance: tol.float("tol", 1e-9)?,
            max_iterations: max_iter.unsigned("max_iter", 0..=u64::from(u32::MAX), 1_000)? as u32,
        };
        let edges = edges(indptr, indices, trust.is_none().then_some("trust"))?;
        if trust.is_none() && edges.trust.is_none() && indices.is_some() {
            return Err(type_error("trust", "nothing", "uint16[E]"));
        }
        let graph = edges.graph;
        // A copy: its sums are taken once and relied on later.
        let trust = trust.or(edges.trust.as_ref());
        let trust = trust.map(|trust| copied::<u16>(trust, argument("trust", "uint16[E]"))).transpose()?;
        let alike = vec![u16::MAX; if trust.is_none() { graph.edges() } else { 0 }];
        let trust = trust.as_ref().map_or(Ok(&alike[..]), |trust| trust.as_slice())?;
        let result: Bound<'_, PyArray1<u64>> = given_or_new(py, out, &[graph.rows()])?;
        let mut shares = writable(result.clone(), "out", &mut vec![Span::of(trust)])?;
        let slice = shares.as_slice_mut()?;
        let matrix = TrustMatrix::Sparse { graph: &graph, trust };
        let end = long_kernel(py, |go_on| engine.reputation_while(matrix, &options, slice, go_on))?;
        drop(shares);
        if full_output {
            return Ok((result, convergence(py, &end)?).into_pyobject(py)?.into_any());
        }
        warn_unless_converged(py, &end)?;
        Ok(result.into_any())
    }
}

/// The trust in as many neighbors as one row may have.
fn trust_of_neighbors<'py>(value: &Bound<'py, PyAny>) -> PyResult<PyReadonlyArray1<'py, u16>> {
    let trust = vector::<u16>(value, argument("trust", "uint16[K]"))?;
    if trust.len() > NEIGHBOURS_MAX {
        let expected = format!("at most {NEIGHBOURS_MAX}");
        return Err(value_error("trust", format!("{} neighbors", trust.len()), expected));
    }
    Ok(trust)
}

/// The engine that was given, or the usual one.
pub fn engine_of(py: Python<'_>, value: Option<&Bound<'_, PyAny>>) -> PyResult<Py<PyEngine>> {
    let Some(value) = value else { return usual(py) };
    match value.cast::<PyEngine>() {
        Ok(engine) => Ok(engine.clone().unbind()),
        Err(_) => Err(type_error("engine", type_name(value), "an lvs.Engine")),
    }
}

/// The engine of whatever is made without one, and what `LVS_BACKEND` said when it was made.
static USUAL: Mutex<Option<(Option<OsString>, Py<PyEngine>)>> = Mutex::new(None);

/// One engine for the whole process, as long as `LVS_BACKEND` stays as it is.
fn usual(py: Python<'_>) -> PyResult<Py<PyEngine>> {
    let named = std::env::var_os("LVS_BACKEND");
    let mut made = USUAL.lock_py_attached(py);
    if let Some((_, engine)) = made.as_ref().filter(|(name, engine)| *name == named && engine.get().is_home())
    {
        return Ok(engine.clone_ref(py));
    }
    let engine = Py::new(py, PyEngine::start(None, None)?)?;
    if let Some((_, old)) = made.replace((named, engine.clone_ref(py)))
        && !old.get().is_home()
    {
        // It came over a fork: were it to end, it might wait for threads that do not exist.
        std::mem::forget(old);
    }
    Ok(engine)
}
