//! Simulations: swarms on drawn graphs, under attack, churn and loss, and what analysis says of their graphs.

mod analysis;
mod dropped;
mod options;
mod rules;

use std::sync::atomic::{AtomicU64, Ordering};

use lvs_simulation::{Checkpoint, Record, Setup, Simulation, Topology};
use numpy::{PyArray1, PyArray2};
use pyo3::prelude::*;
use pyo3::types::PyDict;

pub use analysis::{PySpectrum, edge_list, measured_factor, spectrum, topology};
pub use rules::breakdown;

use crate::call::{kernel, long_kernel};
use crate::engine::PyEngine;
use crate::html::html;
use crate::input::{argument, vector};
use crate::output::{deliver, lock, new, read_only, writable};
use crate::progress::Watch;
use crate::shared::Shared;

/// A swarm on a drawn graph under attack, churn and loss, from a seed: an iterator over records of how it goes.
///
/// topology: a name from ``lvs.TOPOLOGIES``, a file with an edge on each line, or a graph that ``lvs.csr`` takes, with
/// ``values`` int64[nodes, cells] in micro-VU. nodes, cells, cycles: how many. degree: neighbors of each node, or of a
/// node on average. group_size: nodes of a group, for ``'groups'``. rewire: the probability that an edge is moved, for
/// ``'watts-strogatz'``. bridges: neighbors on the other side, for ``'two-worlds'``. directed: a file's edges are one-way.
/// If self-loops or duplicates of a file are dropped, a UserWarning says how many.
///
/// attack: a name from ``lvs.ATTACKS`` (the page "Attacks" says what each does); hostile nodes without one hold 0 and never move. strength: of the attack, default
/// its own. hostile: the share of the nodes that are, default 0.2 under attack, otherwise 0. hostile_neighbors: in place
/// of it, as many hostile nodes beside the graph, neighbors of every node. churn: the share of honest nodes that newcomers
/// replace in every cycle. loss: the share of samples that is lost. trim, hold, learn_trust: as for ``Swarm``. center, width: the
/// middle and the width of the range of values at the start, micro-VU. engine: default one
/// ``Engine()`` that all share. record_every: cycles from record to record. seed: decides everything that is drawn, so that the
/// same arguments give the same records but for ``seconds``; None draws a seed, which ``setup`` then tells.
///
/// A record is a dict: ``cycle``; ``spread`` and ``mean_spread``, the largest minus the smallest honest value of a cell,
/// at the most and on average; ``hostile_deviation``, how far from the honest mean the last lie is;
/// ``trust_in_honest`` and ``trust_in_hostile``, the mean credit (see ``lvs.credit``) that honest nodes give either, 1 is all; ``mean_error``, how far a cell's mean has moved;
/// ``range_violation``, how far a value is outside the range it started in; since the record before ``rate_limited``,
/// ``floored``, ``max_correction``, ``replaced`` and ``seconds``. Values are in micro-VU.
///
/// Ctrl-C ends it. A signal's handler in the thread that steps it may read ``cycle`` and ``setup``; what else it asks for
/// raises RuntimeError. Raises ValueError or TypeError naming the argument, what came and what was expected.
///
/// >>> import lvs
/// >>> simulation = lvs.Simulation('groups', nodes=64, cycles=200, attack='edge', hostile=0.1, learn_trust=False)
/// >>> simulation.setup['hostile'], simulation.first()['spread'] > 1_000_000
/// (6, True)
/// >>> records = list(simulation)
/// >>> records[-1]['cycle'], records[-1]['spread'], records[-1]['range_violation']
/// (200, 0, 0)
/// >>> simulation.cycle, simulation.values.shape, len(simulation.nodes)
/// (200, (58, 16), 58)
#[pyclass(frozen, name = "Simulation", module = "lvs")]
pub struct PySimulation {
    state: Shared<Simulation>,
    engine: Py<PyEngine>,
    arguments: Py<PyDict>,
    // To be read at any time, even while it is being stepped.
    setup: Setup,
    seed: u64,
    cycle: AtomicU64,
}

#[pymethods]
impl PySimulation {
    #[new]
    #[pyo3(signature = (topology=None, **options))]
    #[pyo3(
        text_signature = "(topology='regular', *, nodes=1000, cells=16, cycles=100, degree=16, group_size=16, rewire=0.1, \
                             bridges=8, directed=False, values=None, attack=None, strength=None, hostile=None, \
                             hostile_neighbors=None, churn=0.0, loss=0.0, trim=True, hold=False, learn_trust=True, \
                             center=1000000000, width=10000000, engine=None, record_every=1, seed=1)"
    )]
    fn new<'py>(
        py: Python<'py>,
        topology: Option<&Bound<'py, PyAny>>,
        options: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Self> {
        let asked = options::Asked::new(topology, options, &options::SIMULATION)?;
        let options = asked.options()?;
        let engine = asked.engine(py)?;
        let kernels = engine.get().kernels()?.clone();
        let own = asked.own()?;
        let arguments = asked.kept(py, options.seed, own.as_ref())?.unbind();
        let simulation = match own {
            None => long_kernel(py, |go_on| Simulation::with_engine_while(&options, kernels, go_on))?,
            Some((graph, values)) => {
                let values = values.as_slice()?;
                kernel(py, || Simulation::on_with_engine(&options, kernels, graph, values))?
            }
        };
        let setup = simulation.setup().clone();
        if let Topology::File { path, directed } = &options.topology {
            dropped::warn_of_dropped(
                py,
                path,
                *directed,
                setup.self_loops_dropped,
                setup.duplicates_dropped,
            )?;
        }
        let seed = options.seed;
        Ok(Self { state: Shared::new(simulation), engine, arguments, setup, seed, cycle: AtomicU64::new(0) })
    }

    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    /// The record after the next ``record_every`` cycles.
    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDict>>> {
        let mut watch = Watch::new(py, 0, false)?;
        self.engine.get().kernels()?;
        let next = self.state.with(py, |simulation| {
            simulation.advance(|done| {
                self.cycle.store(done, Ordering::Relaxed);
                watch.go_on(done)
            })
        });
        watch.end(py)?;
        next?.map(|record| described(py, &record)).transpose()
    }

    /// The record of the state as it is, before anything happens to it.
    ///
    /// >>> import lvs
    /// >>> lvs.Simulation(nodes=50).first()['cycle']
    /// 0
    fn first<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let record = self.state.with(py, Simulation::first)?;
        described(py, &record)
    }

    /// What was made of the arguments, a dict: ``nodes``, ``honest`` and ``hostile`` ones, ``edges``,
    /// ``self_loops_dropped`` and ``duplicates_dropped`` of a file, ``parts`` that the honest graph falls into, ``beyond_bound``, the honest nodes with too many hostile neighbors for a promise,
    /// ``strength``, ``seed``, ``backend``, ``threads``.
    #[getter]
    fn setup<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let setup = &self.setup;
        let dict = PyDict::new(py);
        dict.set_item("nodes", setup.nodes)?;
        dict.set_item("honest", setup.honest)?;
        dict.set_item("hostile", setup.hostile)?;
        dict.set_item("edges", setup.edges)?;
        dict.set_item("self_loops_dropped", setup.self_loops_dropped)?;
        dict.set_item("duplicates_dropped", setup.duplicates_dropped)?;
        dict.set_item("parts", setup.parts)?;
        dict.set_item("beyond_bound", setup.beyond_bound)?;
        dict.set_item("strength", setup.strength)?;
        dict.set_item("seed", self.seed)?;
        dict.set_item("backend", &setup.backend)?;
        dict.set_item("threads", setup.threads)?;
        Ok(dict)
    }

    /// The cycles done so far.
    #[getter]
    fn cycle(&self) -> u64 {
        self.cycle.load(Ordering::Relaxed)
    }

    /// The values of the honest nodes, int64[H, D], micro-VU: a copy.
    #[getter]
    fn values<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArray2<i64>>> {
        let (values, cells) = self.state.with(py, |simulation| {
            let swarm = simulation.swarm();
            Ok((swarm.values()?, swarm.cells()))
        })?;
        let array = new(py, &[self.setup.honest, cells])?;
        let mut rows = writable(array.clone(), "values", &mut Vec::new())?;
        let rows = rows.as_slice_mut()?;
        rows.copy_from_slice(&values[..rows.len()]);
        lock(&array)?;
        Ok(array)
    }

    /// Which node of the graph each row of ``values`` is, int64[H]: a copy.
    #[getter]
    fn nodes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArray1<i64>>> {
        let nodes = |simulation: &mut Simulation| {
            Ok(simulation.population().nodes().iter().map(|&node| node.into()).collect::<Vec<i64>>())
        };
        let nodes = self.state.with(py, nodes)?;
        read_only(py, &nodes)
    }

    fn __repr__(&self) -> String {
        let Setup { nodes, hostile, .. } = self.setup;
        format!("<lvs.Simulation of {nodes} nodes, {hostile} hostile, at cycle {}>", self.cycle())
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.py().import("lvs.saved")?.call_method1("_reduced", (slf, &slf.get().engine))
    }

    /// What it was made of: ``topology`` and the options given, arrays of its own in place of the caller's.
    fn _arguments<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        self.arguments.bind(py).copy()
    }

    /// Where it stands.
    fn _checkpoint<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let Checkpoint { cycle, values, anchors, trust, spoke, drawn_by_attack, drawn_by_churn } =
            self.state.with(py, |simulation| simulation.checkpoint())?;
        let dict = PyDict::new(py);
        dict.set_item("cycle", cycle)?;
        dict.set_item("values", deliver(py, None, &values)?)?;
        dict.set_item("anchors", deliver(py, None, &anchors)?)?;
        dict.set_item("trust", deliver(py, None, &trust)?)?;
        dict.set_item("spoke", spoke)?;
        dict.set_item("drawn_by_attack", drawn_by_attack)?;
        dict.set_item("drawn_by_churn", drawn_by_churn)?;
        Ok(dict)
    }

    /// Goes on from where one of the same arguments stood.
    #[allow(clippy::too_many_arguments)]
    fn _resume<'py>(
        &self,
        py: Python<'py>,
        cycle: u64,
        values: &Bound<'py, PyAny>,
        anchors: &Bound<'py, PyAny>,
        trust: &Bound<'py, PyAny>,
        spoke: bool,
        drawn_by_attack: u64,
        drawn_by_churn: u64,
    ) -> PyResult<()> {
        let values = vector::<i64>(values, argument("values", "int64[rows * cells]"))?.as_slice()?.to_vec();
        let anchors =
            vector::<i64>(anchors, argument("anchors", "int64[rows * cells]"))?.as_slice()?.to_vec();
        let trust = vector::<u16>(trust, argument("trust", "uint16[E]"))?.as_slice()?.to_vec();
        let at = Checkpoint { cycle, values, anchors, trust, spoke, drawn_by_attack, drawn_by_churn };
        self.state.with(py, |simulation| simulation.resume(&at))?;
        self.cycle.store(cycle, Ordering::Relaxed);
        Ok(())
    }

    fn _repr_html_<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        html(slf, "simulation")
    }
}

fn described<'py>(py: Python<'py>, record: &Record) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    dict.set_item("cycle", record.cycle)?;
    dict.set_item("spread", record.spread)?;
    dict.set_item("mean_spread", record.mean_spread)?;
    dict.set_item("hostile_deviation", record.hostile_deviation)?;
    dict.set_item("trust_in_honest", record.trust_in_honest)?;
    dict.set_item("trust_in_hostile", record.trust_in_hostile)?;
    dict.set_item("rate_limited", record.rate_limited)?;
    dict.set_item("floored", record.floored)?;
    dict.set_item("max_correction", record.max_correction)?;
    dict.set_item("mean_error", record.mean_error)?;
    dict.set_item("range_violation", record.range_violation)?;
    dict.set_item("replaced", record.replaced)?;
    dict.set_item("seconds", record.seconds)?;
    Ok(dict)
}
