//! Graphs drawn from a seed, and how fast swarms on them can agree.

use std::path::Path;

use lvs_simulation::Topology;
use lvs_simulation::analysis::{self, Method};
use lvs_simulation::topology::EdgeList;
use numpy::{PyArray1, PyArrayMethods};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyType};

use super::dropped::warn_of_dropped;
use super::options::{Asked, GRAPH, csr_of};
use crate::call::{kernel, long_kernel};
use crate::error::value_error;
use crate::input::{Argument, argument, expect_unmasked, integers, no_array};
use crate::output::{deliver, new, writable};
use crate::reputation::edges;

/// A graph drawn from a seed: undirected, without loops and double edges, the same on every machine.
///
/// If self-loops or duplicates of a file are dropped, a UserWarning says how many; ``lvs.read_edges`` returns their numbers.
///
/// Parameters
/// ----------
/// topology : str or path, default 'regular'
///     A name from ``lvs.TOPOLOGIES``, or a file with an edge on each line, which decides the number of nodes itself.
/// nodes, degree, group_size, rewire, bridges, directed, seed
///     As for ``Simulation``.
///
/// Returns
/// -------
/// Csr
///     Without a trust.
///
/// Raises
/// ------
/// ValueError
///     If there is no such graph; the argument is named.
/// FileNotFoundError
///     If there is no such file.
///
/// Examples
/// --------
/// >>> import lvs
/// >>> ring = lvs.topology('ring', nodes=6, degree=2)
/// >>> ring.indices.reshape(6, 2).tolist()
/// [[1, 5], [0, 2], [1, 3], [2, 4], [3, 5], [0, 4]]
#[pyfunction]
#[pyo3(signature = (topology=None, **options))]
#[pyo3(
    text_signature = "(topology='regular', *, nodes=1000, degree=16, group_size=16, rewire=0.1, bridges=8, \
                         directed=False, seed=1)"
)]
pub fn topology<'py>(
    py: Python<'py>,
    topology: Option<&Bound<'py, PyAny>>,
    options: Option<&Bound<'py, PyDict>>,
) -> PyResult<Bound<'py, PyAny>> {
    let asked = Asked::new(topology, options, &GRAPH)?;
    let named = asked.topology()?;
    let named =
        named.ok_or_else(|| value_error("topology", "a graph", "a name from lvs.TOPOLOGIES or a file"))?;
    let (nodes, seed) = asked.drawn()?;
    if let Topology::File { path, directed } = named {
        return of_file(py, &path, directed);
    }
    let graph = long_kernel(py, |go_on| named.build_while(nodes, seed, go_on))?;
    csr_of(py, &graph)
}

/// A file's graph, its nodes numbered as there.
fn of_file<'py>(py: Python<'py>, path: &Path, directed: bool) -> PyResult<Bound<'py, PyAny>> {
    let list = kernel(py, || EdgeList::read(path, directed))?;
    let graph = kernel(py, || list.graph())?;
    warn_of_dropped(py, path, directed, list.self_loops, list.duplicates)?;
    let nodes = PyDict::new(py);
    nodes.set_item("nodes", list.ids)?;
    csr_of(py, &graph)?.call_method("_replace", (), Some(&nodes))
}

/// The numbers of a file's nodes, both ends of its edges, their weights if all have one, and how many self-loops and
/// duplicates were dropped.
type Listed<'py> = (
    Bound<'py, PyArray1<u64>>,
    Bound<'py, PyArray1<i64>>,
    Bound<'py, PyArray1<i64>>,
    Option<Vec<f64>>,
    usize,
    usize,
);

/// What a file of edges holds, for `lvs.read_edges`.
#[pyfunction]
#[pyo3(name = "_edge_list")]
pub fn edge_list<'py>(py: Python<'py>, path: &Bound<'py, PyAny>, directed: bool) -> PyResult<Listed<'py>> {
    let asked = Asked::new(Some(path), None, &GRAPH)?;
    let Some(Topology::File { path, .. }) = asked.topology()? else {
        return Err(value_error("path", "the name of a topology", "a file"));
    };
    let list = kernel(py, || EdgeList::read(&path, directed))?;
    let ends = |pick: fn(&(u32, u32)) -> u32| -> Vec<i64> {
        list.edges.iter().map(|edge| pick(edge).into()).collect()
    };
    let from = ends(|edge| edge.0);
    let to = ends(|edge| edge.1);
    let ids = deliver(py, None, &list.ids)?;
    let from = deliver(py, None, &from)?;
    let to = deliver(py, None, &to)?;
    Ok((ids, from, to, list.weights, list.self_loops, list.duplicates))
}

/// A new array of these entries.
pub(super) fn array_of<'py>(
    py: Python<'py>,
    entries: impl ExactSizeIterator<Item = i64>,
) -> PyResult<Bound<'py, PyArray1<i64>>> {
    let array: Bound<'py, PyArray1<i64>> = new(py, &[entries.len()])?;
    let mut written = writable(array.clone(), "out", &mut Vec::new())?;
    written.as_slice_mut()?.iter_mut().zip(entries).for_each(|(entry, made)| *entry = made);
    Ok(array)
}

/// What plain averaging with full trust does on a graph in the long run.
///
/// ``factor``: what is left of a disagreement after a cycle; ``gap``: 1 less that; ``parts`` that the graph falls into,
/// each of which agrees by itself; ``method``: ``'dense'``, all eigenvalues, ``'power'``, a power iteration that settled,
/// or ``'power-unsettled'``, one that was cut short, so that the true gap is smaller.
///
/// >>> import lvs
/// >>> spectrum = lvs.spectrum(lvs.topology('ring', nodes=100, degree=4))
/// >>> round(spectrum.factor, 4), spectrum.gap == 1 - spectrum.factor, spectrum.parts, spectrum.method
/// (0.9961, True, 1, 'dense')
#[pyclass(frozen, name = "Spectrum", module = "lvs", get_all)]
pub struct PySpectrum {
    /// What is left of a disagreement after a cycle.
    factor: f64,
    /// 1 less the factor.
    gap: f64,
    /// The parts that the graph falls into.
    parts: usize,
    /// How it was found.
    method: &'static str,
}

#[pymethods]
impl PySpectrum {
    #[new]
    fn new(factor: f64, gap: f64, parts: usize, method: &str) -> PyResult<Self> {
        let known = ["dense", "power", "power-unsettled"].into_iter().find(|known| *known == method);
        let expected = "'dense', 'power' or 'power-unsettled'";
        let method = known.ok_or_else(|| value_error("method", format!("'{method}'"), expected))?;
        Ok(Self { factor, gap, parts, method })
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> (Bound<'py, PyType>, (f64, f64, usize, &'static str)) {
        let Self { factor, gap, parts, method } = *slf.get();
        (slf.get_type(), (factor, gap, parts, method))
    }

    fn __repr__(&self) -> String {
        let Self { factor, gap, parts, method } = self;
        format!("<lvs.Spectrum factor={factor}, gap={gap}, parts={parts}, method='{method}'>")
    }
}

/// The spectrum of the gossip matrix of plain averaging with full trust: a row with K neighbors gives each a weight of
/// floor(65535 / (K + 1)) / 65536. Up to 2,000 rows all eigenvalues are computed.
///
/// Parameters
/// ----------
/// graph : Csr, or what ``lvs.csr`` takes
///     Every edge must have its opposite.
///
/// Returns
/// -------
/// Spectrum
///     The factor by which plain averaging shrinks a disagreement, and how it was found.
///
/// Raises
/// ------
/// ValueError
///     If there are no rows or an edge has no opposite.
///
/// Examples
/// --------
/// >>> import lvs
/// >>> lvs.spectrum(lvs.topology('groups', nodes=32, group_size=16)).parts
/// 2
#[pyfunction]
pub fn spectrum(py: Python<'_>, graph: &Bound<'_, PyAny>) -> PyResult<PySpectrum> {
    let graph = edges(graph, None, None)?.graph;
    let found = long_kernel(py, |go_on| analysis::gossip_spectrum_while(&graph, go_on))?;
    let method = match found.method {
        Method::Dense => "dense",
        Method::Power => "power",
        Method::PowerUnsettled => "power-unsettled",
    };
    Ok(PySpectrum { factor: found.factor, gap: found.gap, parts: found.parts, method })
}

/// By how much a spread shrank per cycle: the geometric mean over the second half of what is above the rounding, where
/// the slowest direction is all that is left. To be compared with ``Spectrum.factor``.
///
/// Parameters
/// ----------
/// cycles : array_like of integers
///     Rising.
/// spreads : array_like
///     As many, micro-VU, floats or integers.
///
/// Returns
/// -------
/// float or None
///     None if fewer than three spreads are above the rounding.
///
/// Raises
/// ------
/// ValueError
///     If there are not as many of both.
///
/// Examples
/// --------
/// >>> import lvs
/// >>> round(lvs.measured_factor(range(20), [1e9 * 0.5**cycle for cycle in range(20)]), 6)
/// 0.5
#[pyfunction]
pub fn measured_factor(cycles: &Bound<'_, PyAny>, spreads: &Bound<'_, PyAny>) -> PyResult<Option<f64>> {
    let cycles: Vec<u64> = integers(cycles, argument("cycles", "integer[N], not below 0"))?;
    const SPREADS: Argument = argument("spreads", "N numbers");
    expect_unmasked(spreads, SPREADS)?;
    let made = spreads.py().import("numpy")?.call_method1("asarray", (spreads, "float64"));
    let floats = made.map_err(|error| no_array(spreads, error, SPREADS))?;
    let spreads = floats
        .cast::<PyArray1<f64>>()
        .map_err(|_| value_error("spreads", "more or less than one dimension", "N numbers"))?;
    let spreads = spreads.to_vec()?;
    if spreads.len() != cycles.len() {
        return Err(value_error("spreads", format!("{} entries", spreads.len()), cycles.len()));
    }
    Ok(analysis::measured_factor(&cycles.into_iter().zip(spreads).collect::<Vec<_>>()))
}
