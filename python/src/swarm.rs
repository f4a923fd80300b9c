//! A swarm that steps through cycles by itself.

use lvs_kernels::{DriftSummary, Error, GoOn, Graph, Loss, Swarm, SwarmOptions};
use numpy::{PyArray1, PyArray2, PyReadonlyArray2, PyUntypedArrayMethods};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyType};

use crate::call::kernel;
use crate::engine::{PyEngine, engine_of};
use crate::error::{type_error, value_error};
use crate::html::html;
use crate::input::{argument, integers, matrix, vector};
use crate::output::{lock, new, read_only, writable};
use crate::progress::Watch;
use crate::reputation::edges;
use crate::scalars::{Scalar, type_name, unsigned};
use crate::shared::Shared;

/// What VaultGuard did in the last call of ``Swarm.step``, summed over its cycles and rows.
///
/// ``rate_limited``, ``floored``: cells that the rate limit changed and the drain floor held. ``max_correction``,
/// ``sum_correction``: the largest and the sum of the absolute corrections, micro-VU.
///
/// >>> import lvs
/// >>> swarm = lvs.Swarm([0, 1, 1], [1], [[8_000_000], [0]], frozen=[False, True], trim=False)
/// >>> swarm.step()
/// >>> swarm.stats.rate_limited, swarm.stats.floored, swarm.stats.max_correction, swarm.stats.sum_correction
/// (1, 0, 1000000, 1000000)
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
    #[new]
    fn new(rate_limited: u64, floored: u64, max_correction: u64, sum_correction: u64) -> Self {
        Self { rate_limited, floored, max_correction, sum_correction }
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> (Bound<'py, PyType>, (u64, u64, u64, u64)) {
        let Self { rate_limited, floored, max_correction, sum_correction } = *slf.get();
        (slf.get_type(), (rate_limited, floored, max_correction, sum_correction))
    }

    fn __repr__(&self) -> String {
        let Self { rate_limited, floored, max_correction, sum_correction } = self;
        format!(
            "<lvs.Stats rate_limited={rate_limited}, floored={floored}, max_correction={max_correction}, \
             sum_correction={sum_correction}>"
        )
    }

    fn _repr_html_<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        html(slf, "stats")
    }
}

/// N rows of D cells that drift in step: every row reads the values of the cycle before.
///
/// indptr, indices: who compares with whom, in CSR form, any integer type: row i has the neighbors
/// ``indices[indptr[i]:indptr[i + 1]]``, at most 4,096. Or a graph in place of ``indptr``, and no ``indices``: what
/// ``lvs.csr`` takes (SciPy sparse, networkx); only who is joined to whom counts of it. values: int64[N, D], micro-VU,
/// each 0 to 2^62 in rows that are not frozen, any in those that are. trust: uint16[E], Q0.16, along the edges, default
/// 65,535. learn_trust: update it after every cycle. frozen: bool[N], rows that never move (stubborn or hostile ones).
/// engine: default one ``Engine()`` that all share. trim: remove a third of the neighbors, by weight and by heads, from
/// either side; False is plain weighted averaging. hold: rows leave their anchors only for more than half of the weight.
/// seed: decides the rounding bit that each row draws in each cycle, 0 to 2^64 - 1. loss: (share, seed), the share of samples that are lost on their way, Q0.16, and what decides which, 0 to 2^64 - 1;
/// a lost one counts as no difference, with its full weight.
///
/// The cycle starts at 0; anchors are the values at the start of each window of 4,096 cycles. All arrays are copied in and
/// out, and what comes out is read-only: ``set_row``, ``set_rows`` and ``set_trust`` change the swarm. ``lvs.save`` keeps
/// all of it in a file, and copies and pickles are exact, too. May be used from several threads; whoever reads it while another
/// thread steps it waits for the step to end. A signal's handler in the thread that steps finds it between two cycles;
/// within one that takes longer it cannot look at it (RuntimeError).
///
/// Raises ValueError or TypeError naming the argument, what came and what was expected, RuntimeError if the device it
/// runs on was lost.
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
/// >>> swarm.shape, swarm.cycle, int(swarm.frozen.sum()), swarm.stats.floored, swarm.engine.threads > 0
/// ((16, 1), 400, 5, 0, True)
/// >>> swarm.indptr[:3].tolist(), swarm.indices[:3].tolist(), swarm.trust.dtype.name
/// ([0, 15, 30], [1, 2, 3], 'uint16')
#[pyclass(frozen, name = "Swarm", module = "lvs")]
pub struct PySwarm {
    state: Shared<Swarm>,
    engine: Py<PyEngine>,
    chosen: Chosen,
}

/// What was chosen when the swarm was made, and stays.
struct Chosen {
    learn_trust: bool,
    trim: bool,
    hold: bool,
    seed: u64,
    loss: Option<Loss>,
}

impl Chosen {
    fn of(options: &SwarmOptions) -> Self {
        let SwarmOptions { learn_trust, trim, hold, seed, loss, .. } = *options;
        Self { learn_trust, trim, hold, seed, loss }
    }
}

#[pymethods]
impl PySwarm {
    #[new]
    #[pyo3(signature = (indptr, indices=None, values=None, *, trust=None, learn_trust=Scalar::ABSENT, frozen=None,
                        engine=None, trim=Scalar::ABSENT, hold=Scalar::ABSENT, seed=Scalar::ABSENT, loss=None))]
    #[pyo3(
        text_signature = "(indptr, indices=None, values=None, *, trust=None, learn_trust=True, frozen=None, \
                             engine=None, trim=True, hold=False, seed=0, loss=None)"
    )]
    #[allow(clippy::too_many_arguments)]
    fn new<'py>(
        py: Python<'py>,
        indptr: &Bound<'py, PyAny>,
        indices: Option<&Bound<'py, PyAny>>,
        values: Option<&Bound<'py, PyAny>>,
        trust: Option<&Bound<'py, PyAny>>,
        learn_trust: Scalar<'py>,
        frozen: Option<&Bound<'py, PyAny>>,
        engine: Option<&Bound<'py, PyAny>>,
        trim: Scalar<'py>,
        hold: Scalar<'py>,
        seed: Scalar<'py>,
        loss: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Self> {
        let options = SwarmOptions {
            trust: trust.map(edge_trust).transpose()?,
            learn_trust: learn_trust.flag("learn_trust", true)?,
            frozen: frozen.map(frozen_rows).transpose()?,
            trim: trim.flag("trim", true)?,
            hold: hold.flag("hold", false)?,
            seed: seed.unsigned("seed", 0..=u64::MAX, 0)?,
            loss: loss.map(lost_samples).transpose()?,
        };
        let engine = engine_of(py, engine)?;
        let kernels = engine.get().kernels()?.clone();
        let graph = edges(indptr, indices, None)?.graph;
        let values = values_of(values, &graph)?;
        let cells = values.shape()[1];
        let data = values.as_slice()?;
        let chosen = Chosen::of(&options);
        let swarm = kernel(py, || Swarm::new(kernels, graph, data, cells, options))?;
        Ok(Self { state: Shared::new(swarm), engine, chosen })
    }

    /// Runs ``cycles`` cycles.
    ///
    /// progress: show a bar meanwhile (needs tqdm). Ctrl-C interrupts between two cycles, with the swarm as the last one
    /// left it; ``cycle`` tells how many were done, and it can go on.
    ///
    /// >>> import lvs
    /// >>> swarm = lvs.Swarm([0, 1, 2], [1, 0], [[2_000_000], [2_500_000]], trim=False)
    /// >>> swarm.step(40)
    /// >>> swarm.cycle, swarm.values.tolist(), swarm.spread.tolist()
    /// (40, [[2249999], [2249999]], [0])
    #[pyo3(signature = (cycles=Scalar::ABSENT, *, progress=Scalar::ABSENT))]
    #[pyo3(text_signature = "($self, cycles=1, *, progress=False)")]
    fn step(&self, py: Python<'_>, cycles: Scalar<'_>, progress: Scalar<'_>) -> PyResult<()> {
        let cycles = cycles.unsigned("cycles", 0..=u64::MAX, 1)?;
        let mut watch = Watch::new(py, cycles, progress.flag("progress", false)?)?;
        self.engine.get().kernels()?;
        let done = self.state.hold(py, |swarm| {
            swarm.borrow_mut().reset_stats()?;
            let mut done = 0;
            // Between two borrows a signal's handler, or the bar, may look at the swarm. So what takes long is broken off for
            // them, but for a single cycle, within which they must do without.
            let mut within = false;
            while done < cycles {
                let before = swarm.borrow().cycle();
                let mut ask = || within && watch.go_on(done);
                let some = swarm.borrow_mut().step_some(cycles - done, &mut GoOn::asking(&mut ask));
                match some {
                    Err(Error::Cancelled) if within => break,
                    Err(Error::Cancelled) => {
                        let ran = swarm.borrow().cycle() - before;
                        within = ran == 0;
                        done += ran;
                    }
                    some => done += some?,
                }
                if !watch.go_on(done) {
                    break;
                }
            }
            Ok(())
        });
        watch.end(py)?;
        done
    }

    /// Overwrites the values of one row, as an attack or a fault would; its anchors stay until the next window.
    ///
    /// row: 0 to N - 1. values: int64[D], micro-VU, each 0 to 2^62 unless the row is frozen.
    ///
    /// >>> import lvs
    /// >>> swarm = lvs.Swarm([0, 1, 2], [1, 0], [[5, 6], [7, 8]])
    /// >>> swarm.set_row(1, [9, 10])
    /// >>> swarm.values.tolist()
    /// [[5, 6], [9, 10]]
    fn set_row(&self, py: Python<'_>, row: &Bound<'_, PyAny>, values: &Bound<'_, PyAny>) -> PyResult<()> {
        let values = vector::<i64>(values, argument("values", "int64[D]"))?;
        let row = unsigned(row, "row", 0..=u64::MAX)?;
        let values = values.as_slice()?;
        let row = usize::try_from(row).unwrap_or(usize::MAX);
        self.state.with(py, |swarm| swarm.set_row(row, values))
    }

    /// Overwrites several rows at once, as ``set_row`` does; if one cannot be, none is.
    ///
    /// rows: M integers, each 0 to N - 1; a row named twice keeps the later values. values: int64[M, D], micro-VU.
    ///
    /// >>> import lvs
    /// >>> swarm = lvs.Swarm([0, 1, 2], [1, 0], [[5, 6], [7, 8]])
    /// >>> swarm.set_rows([1, 0], [[1, 2], [3, 4]])
    /// >>> swarm.values.tolist()
    /// [[3, 4], [1, 2]]
    fn set_rows(&self, py: Python<'_>, rows: &Bound<'_, PyAny>, values: &Bound<'_, PyAny>) -> PyResult<()> {
        let rows: Vec<u64> = integers(rows, argument("rows", "integer[M], entries from 0 to N - 1"))?;
        let rows: Vec<_> = rows.into_iter().map(|row| usize::try_from(row).unwrap_or(usize::MAX)).collect();
        let values = matrix::<i64>(values, argument("values", "int64[M, D]"))?;
        let shape = values.shape();
        let wanted = [rows.len(), self.shape(py)?.1];
        if shape != wanted {
            return Err(value_error("values", format!("shape {shape:?}"), format!("{wanted:?}")));
        }
        let values = values.as_slice()?;
        self.state.with(py, |swarm| swarm.set_rows(&rows, values))
    }

    /// Overwrites the trust along every edge.
    ///
    /// trust: uint16[E], Q0.16.
    ///
    /// >>> import lvs
    /// >>> swarm = lvs.Swarm([0, 1, 2], [1, 0], [[5], [7]])
    /// >>> swarm.set_trust([65_535, 0])
    /// >>> swarm.trust.tolist()
    /// [65535, 0]
    fn set_trust(&self, py: Python<'_>, trust: &Bound<'_, PyAny>) -> PyResult<()> {
        let trust = vector::<u16>(trust, argument("trust", "uint16[E]"))?;
        let trust = trust.as_slice()?;
        self.state.with(py, |swarm| swarm.set_trust(trust))
    }

    /// The values of all rows, int64[N, D], micro-VU: a copy.
    #[getter]
    fn values<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArray2<i64>>> {
        let (rows, cells) = self.shape(py)?;
        let array = new(py, &[rows, cells])?;
        let mut entries = writable(array.clone(), "values", &mut Vec::new())?;
        let entries = entries.as_slice_mut()?;
        self.state.with(py, |swarm| swarm.read_values(entries))?;
        lock(&array)?;
        Ok(array)
    }

    /// The anchors of all rows, int64[N, D], micro-VU: the values at the start of this window, a copy.
    #[getter]
    fn anchors<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArray2<i64>>> {
        let (rows, cells) = self.shape(py)?;
        let array = new(py, &[rows, cells])?;
        let anchors = self.state.with(py, |swarm| swarm.anchors())?;
        writable(array.clone(), "anchors", &mut Vec::new())?.as_slice_mut()?.copy_from_slice(&anchors);
        lock(&array)?;
        Ok(array)
    }

    /// What it was made with besides its arrays, as keywords for another one: ``learn_trust``, ``trim``, ``hold``,
    /// ``seed``, ``loss``.
    #[getter]
    fn options<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let Chosen { learn_trust, trim, hold, seed, loss } = self.chosen;
        let dict = PyDict::new(py);
        dict.set_item("learn_trust", learn_trust)?;
        dict.set_item("trim", trim)?;
        dict.set_item("hold", hold)?;
        dict.set_item("seed", seed)?;
        dict.set_item("loss", loss.map(|loss| (loss.share, loss.seed)))?;
        Ok(dict)
    }

    /// Goes on as a swarm that has done ``cycle`` cycles and has these anchors: with the same values, trust and options
    /// as that one it takes the same steps from here on.
    ///
    /// cycle: 0 to 2^64 - 1. anchors: int64[N, D], micro-VU, each 0 to 2^62 in rows that are not frozen.
    ///
    /// >>> import lvs
    /// >>> swarm = lvs.Swarm([0, 1, 2], [1, 0], [[2_000_000], [2_500_000]])
    /// >>> swarm.step(7)
    /// >>> keep = dict(trust=swarm.trust, frozen=swarm.frozen, **swarm.options)
    /// >>> other = lvs.Swarm(swarm.indptr, swarm.indices, swarm.values, **keep)
    /// >>> other.resume(swarm.cycle, swarm.anchors)
    /// >>> swarm.step(5), other.step(5), swarm.cycle, (swarm.values == other.values).tolist()
    /// (None, None, 12, [[True], [True]])
    fn resume(&self, py: Python<'_>, cycle: &Bound<'_, PyAny>, anchors: &Bound<'_, PyAny>) -> PyResult<()> {
        let cycle = unsigned(cycle, "cycle", 0..=u64::MAX)?;
        let anchors = matrix::<i64>(anchors, argument("anchors", "int64[N, D]"))?;
        let (rows, cells) = self.shape(py)?;
        if anchors.shape() != [rows, cells] {
            let expected = format!("{:?}", [rows, cells]);
            return Err(value_error("anchors", format!("shape {:?}", anchors.shape()), expected));
        }
        let anchors = anchors.as_slice()?;
        self.state.with(py, |swarm| swarm.resume(cycle, anchors))
    }

    /// The trust along every edge, uint16[E], Q0.16: a copy.
    #[getter]
    fn trust<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArray1<u16>>> {
        let trust = self.state.with(py, |swarm| swarm.trust())?;
        read_only(py, &trust)
    }

    /// The cycles done so far.
    #[getter]
    fn cycle(&self, py: Python<'_>) -> PyResult<u64> {
        self.state.with(py, |swarm| Ok(swarm.cycle()))
    }

    /// Per cell the largest minus the smallest value over the rows that are not frozen, uint64[D], micro-VU.
    #[getter]
    fn spread<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArray1<u64>>> {
        let spread = self.state.with(py, |swarm| swarm.spread())?;
        read_only(py, &spread)
    }

    /// What VaultGuard did in the last call of ``step``, summed over its cycles and rows.
    #[getter]
    fn stats(&self, py: Python<'_>) -> PyResult<PyStats> {
        let stats = self.state.with(py, |swarm| swarm.stats())?;
        let DriftSummary { rate_limited, floored, max_correction, sum_correction } = stats;
        Ok(PyStats { rate_limited, floored, max_correction, sum_correction })
    }

    /// The engine that steps it.
    #[getter]
    fn engine(&self, py: Python<'_>) -> Py<PyEngine> {
        self.engine.clone_ref(py)
    }

    /// N and D: rows, and cells in each.
    #[getter]
    fn shape(&self, py: Python<'_>) -> PyResult<(usize, usize)> {
        self.state.with(py, |swarm| Ok((swarm.rows(), swarm.cells())))
    }

    /// Where each row's neighbors begin in ``indices``, int64[N + 1]: a copy.
    #[getter]
    fn indptr<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArray1<i64>>> {
        let graph =
            |swarm: &mut Swarm| Ok(swarm.graph().offsets().iter().map(|&at| at as i64).collect::<Vec<_>>());
        let offsets = self.state.with(py, graph)?;
        read_only(py, &offsets)
    }

    /// The neighbors of all rows, one row after another, int64[E]: a copy.
    #[getter]
    fn indices<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArray1<i64>>> {
        let graph = |swarm: &mut Swarm| {
            Ok(swarm.graph().targets().iter().map(|&row| row.into()).collect::<Vec<i64>>())
        };
        let targets = self.state.with(py, graph)?;
        read_only(py, &targets)
    }

    /// Which rows never move, bool[N]: a copy.
    #[getter]
    fn frozen<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArray1<bool>>> {
        let frozen = self.state.with(py, |swarm| Ok(swarm.frozen().to_vec()))?;
        read_only(py, &frozen)
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        self.state.with(py, |swarm| {
            let rows = swarm.rows();
            let cells = swarm.cells();
            let edges = swarm.graph().edges();
            Ok(format!(
                "<lvs.Swarm of {rows} rows, {cells} cells, {edges} edges, at cycle {}>",
                swarm.cycle()
            ))
        })
    }

    /// All but its statistics, which belong to its last step.
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.py().import("lvs.saved")?.call_method1("_reduced", (slf, slf.get().engine(slf.py())))
    }

    fn _repr_html_<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        html(slf, "swarm")
    }
}

/// `values` as a matrix with a row for each of the graph's.
fn values_of<'py>(value: Option<&Bound<'py, PyAny>>, graph: &Graph) -> PyResult<PyReadonlyArray2<'py, i64>> {
    const EXPECTED: &str = "int64[N, D]";
    let value = value.ok_or_else(|| type_error("values", "nothing", EXPECTED))?;
    let values = matrix::<i64>(value, argument("values", EXPECTED))?;
    let rows = values.shape()[0];
    if rows == graph.rows() {
        return Ok(values);
    }
    let expected = format!("{} (one less than indptr has entries)", graph.rows());
    Err(value_error("values", format!("{rows} rows"), expected))
}

fn lost_samples(value: &Bound<'_, PyAny>) -> PyResult<Loss> {
    let expected = "(share, seed): two integers";
    let parts = value.extract::<(Bound<'_, PyAny>, Bound<'_, PyAny>)>();
    let (share, seed) = parts.map_err(|_| type_error("loss", type_name(value), expected))?;
    let share = unsigned(&share, "loss[0]", 0..=u64::from(u16::MAX))? as u16;
    Ok(Loss { share, seed: unsigned(&seed, "loss[1]", 0..=u64::MAX)? })
}

fn edge_trust(value: &Bound<'_, PyAny>) -> PyResult<Vec<u16>> {
    Ok(vector::<u16>(value, argument("trust", "uint16[E]"))?.as_slice()?.to_vec())
}

fn frozen_rows(value: &Bound<'_, PyAny>) -> PyResult<Vec<bool>> {
    Ok(vector::<bool>(value, argument("frozen", "bool[N]"))?.as_slice()?.to_vec())
}
