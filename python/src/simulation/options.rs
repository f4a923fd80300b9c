//! The arguments of a simulation.

use std::path::PathBuf;

use lvs_kernels::Graph;
use lvs_simulation::{Attack, Hostile, Options, Topology};
use numpy::{PyReadonlyArray2, PyUntypedArrayMethods};
use pyo3::exceptions::{PyFileNotFoundError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use super::analysis::array_of;
use crate::engine::{PyEngine, engine_of};
use crate::error::{exception, type_error, value_error};
use crate::input::{argument, matrix};
use crate::reputation::edges;
use crate::scalars::{Scalar, type_name};

/// The share of hostile nodes under an attack, where none is given: as the command `lvs sim` has it.
const HOSTILE: f64 = 0.2;

/// What a drawn graph is asked for by.
pub const GRAPH: [&str; 7] = ["nodes", "degree", "group_size", "rewire", "bridges", "directed", "seed"];

/// What a simulation is asked for by.
pub const SIMULATION: [&str; 23] = [
    "nodes",
    "cells",
    "cycles",
    "degree",
    "group_size",
    "rewire",
    "bridges",
    "directed",
    "values",
    "attack",
    "strength",
    "hostile",
    "hostile_neighbors",
    "churn",
    "loss",
    "trim",
    "hold",
    "learn_trust",
    "center",
    "width",
    "engine",
    "record_every",
    "seed",
];

/// What was asked for by name, `None` counting as not asked for.
pub struct Asked<'a, 'py> {
    topology: Option<&'a Bound<'py, PyAny>>,
    options: Option<&'a Bound<'py, PyDict>>,
}

impl<'a, 'py> Asked<'a, 'py> {
    /// # Errors
    /// If an option has a name that is not one of `names`.
    pub fn new(
        topology: Option<&'a Bound<'py, PyAny>>,
        options: Option<&'a Bound<'py, PyDict>>,
        names: &[&str],
    ) -> PyResult<Self> {
        for key in options.iter().flat_map(|options| options.keys()) {
            let name: String = key.extract()?;
            if !names.contains(&name.as_str()) {
                let text = format!("{name}: got an unknown keyword, expected one of {}", names.join(", "));
                return Err(PyTypeError::new_err(text));
            }
        }
        Ok(Self { topology, options })
    }

    fn get(&self, name: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
        let value = self.options.map(|options| options.get_item(name)).transpose()?.flatten();
        Ok(value.filter(|value| !value.is_none()))
    }

    fn unsigned(&self, name: &str, most: u64, default: u64) -> PyResult<u64> {
        Scalar::of(self.get(name)?).unsigned(name, 0..=most, default)
    }

    fn float(&self, name: &str, default: f64) -> PyResult<f64> {
        Scalar::of(self.get(name)?).float(name, default)
    }

    fn flag(&self, name: &str, default: bool) -> PyResult<bool> {
        Scalar::of(self.get(name)?).flag(name, default)
    }

    /// The options, those of the graph among them where one is to be drawn.
    pub fn options(&self) -> PyResult<Options> {
        let usual = Options::default();
        let most = i64::MAX as u64;
        let options = Options {
            nodes: self.count("nodes", usual.nodes)?,
            cells: self.count("cells", usual.cells)?,
            cycles: self.unsigned("cycles", u64::MAX, usual.cycles)?,
            topology: self.topology()?.unwrap_or(usual.topology.clone()),
            attack: self.attack()?,
            strength: self.get("strength")?.map(|_| self.float("strength", 0.0)).transpose()?,
            hostile: self.hostile()?,
            churn: self.float("churn", usual.churn)?,
            loss: self.float("loss", usual.loss)?,
            trim: self.flag("trim", usual.trim)?,
            hold: self.flag("hold", usual.hold)?,
            learn_trust: self.flag("learn_trust", usual.learn_trust)?,
            center: self.unsigned("center", most, usual.center as u64)? as i64,
            width: self.unsigned("width", most, usual.width as u64)? as i64,
            record_every: self.unsigned("record_every", u64::MAX, usual.record_every)?,
            seed: self.seed(usual.seed)?,
            ..usual
        };
        // With values of the caller's, these say how many cells there are.
        Ok(match self.own()? {
            Some((_, values)) => Options { cells: values.shape()[1], ..options },
            None => options,
        })
    }

    /// Nodes and seed of a graph that is drawn.
    pub fn drawn(&self) -> PyResult<(usize, u64)> {
        let usual = Options::default();
        Ok((self.count("nodes", usual.nodes)?, self.seed(usual.seed)?))
    }

    /// The seed; a fresh one where it is None.
    fn seed(&self, default: u64) -> PyResult<u64> {
        let given = self.options.map(|options| options.get_item("seed")).transpose()?.flatten();
        match given {
            Some(seed) if seed.is_none() => {
                // As many bits as a float holds, so that a seed survives JSON and spreadsheets.
                seed.py().import("secrets")?.call_method1("randbits", (53,))?.extract()
            }
            given => Scalar::of(given).unsigned("seed", 0..=u64::MAX, default),
        }
    }

    /// The arguments as they are to be kept: with arrays of their own, the seed that was drawn, and without the engine.
    pub fn kept(
        &self,
        py: Python<'py>,
        seed: u64,
        own: Option<&(Graph, PyReadonlyArray2<'py, i64>)>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let kept = self.options.map_or_else(|| Ok(PyDict::new(py)), |options| options.copy())?;
        kept.set_item("seed", seed)?;
        if kept.contains("engine")? {
            kept.del_item("engine")?;
        }
        match own {
            Some((graph, values)) => {
                kept.set_item("topology", csr_of(py, graph)?)?;
                kept.set_item("values", values.call_method0("copy")?)?;
            }
            None => kept.set_item("topology", self.topology)?,
        }
        Ok(kept)
    }

    fn count(&self, name: &str, default: usize) -> PyResult<usize> {
        Ok(self.unsigned(name, u64::from(u32::MAX), default as u64)? as usize)
    }

    /// The engine that was given, or the usual one.
    pub fn engine(&self, py: Python<'py>) -> PyResult<Py<PyEngine>> {
        engine_of(py, self.get("engine")?.as_ref())
    }

    fn attack(&self) -> PyResult<Option<Attack>> {
        let Some(value) = self.get("attack")? else { return Ok(None) };
        let name: String = value
            .extract()
            .map_err(|_| type_error("attack", type_name(&value), "a name from lvs.ATTACKS"))?;
        name.parse().map(Some).map_err(exception)
    }

    fn hostile(&self) -> PyResult<Hostile> {
        let usual = if self.get("attack")?.is_some() { HOSTILE } else { 0.0 };
        match (self.get("hostile")?, self.get("hostile_neighbors")?) {
            (_, None) => Ok(Hostile::Share(self.float("hostile", usual)?)),
            (None, Some(_)) => Ok(Hostile::Neighbours(self.count("hostile_neighbors", 0)?)),
            (Some(share), Some(_)) => {
                Err(value_error("hostile", format!("{share} beside hostile_neighbors"), "one of the two"))
            }
        }
    }

    /// The topology that is named; none if a graph was given.
    pub fn topology(&self) -> PyResult<Option<Topology>> {
        let degree = self.count("degree", 16)?;
        let Some(value) = self.topology else { return Ok(Some(Topology::Regular { degree })) };
        if !is_name(value)? {
            return Ok(None);
        }
        let path: PathBuf = value.extract()?;
        let name = if value.is_instance_of::<PyString>() { path.to_str().unwrap_or_default() } else { "" };
        let named = match name {
            "groups" => Topology::Groups { size: self.count("group_size", 16)? },
            "ring" => Topology::Ring { degree },
            "regular" => Topology::Regular { degree },
            "watts-strogatz" => Topology::WattsStrogatz { degree, rewire: self.float("rewire", 0.1)? },
            "barabasi-albert" => Topology::BarabasiAlbert { degree },
            "erdos-renyi" => Topology::ErdosRenyi { degree },
            "two-worlds" => Topology::TwoWorlds { bridges: self.count("bridges", 8)? },
            _ if path.is_file() => Topology::File { path, directed: self.flag("directed", false)? },
            _ if name.is_empty() || path.components().count() > 1 || path.extension().is_some() => {
                let text = format!("topology: got '{}', expected a file that is there", path.display());
                return Err(PyFileNotFoundError::new_err(text));
            }
            _ => {
                let expected = format!("{}, a file or a graph", Topology::NAMES.join(", "));
                return Err(value_error("topology", format!("'{}'", path.display()), expected));
            }
        };
        Ok(Some(named))
    }

    /// Refuses what would say how a graph is drawn, where one was given.
    fn expect_nothing_drawn(&self) -> PyResult<()> {
        let drawing = GRAPH.into_iter().filter(|name| *name != "seed").chain(["cells", "center", "width"]);
        for name in drawing {
            if let Some(value) = self.get(name)? {
                let got = format!("{value} beside a graph and its values");
                return Err(value_error(name, got, "nothing: these decide it"));
            }
        }
        Ok(())
    }

    /// The graph and the values that were given.
    pub fn own(&self) -> PyResult<Option<(Graph, PyReadonlyArray2<'py, i64>)>> {
        let is_named = self.topology.map(is_name).transpose()?.unwrap_or(true);
        match (self.topology.filter(|_| !is_named), self.get("values")?) {
            (None, None) => Ok(None),
            (None, Some(_)) => {
                Err(value_error("values", "values for a graph that is drawn", "a graph as topology"))
            }
            (Some(_), None) => {
                Err(type_error("values", "nothing", "int64[nodes, cells] for the graph given"))
            }
            (Some(graph), Some(values)) => {
                self.expect_nothing_drawn()?;
                let graph = edges(graph, None, None)?.graph;
                let values = matrix::<i64>(&values, argument("values", "int64[nodes, cells]"))?;
                if values.shape()[0] != graph.rows() {
                    let got = format!("{} rows", values.shape()[0]);
                    return Err(value_error("values", got, format!("{} (the graph's nodes)", graph.rows())));
                }
                Ok(Some((graph, values)))
            }
        }
    }
}

/// A graph as an `lvs.Csr`, its nodes numbered.
pub fn csr_of<'py>(py: Python<'py>, graph: &Graph) -> PyResult<Bound<'py, PyAny>> {
    let offsets = array_of(py, graph.offsets().iter().map(|&at| at as i64))?;
    let targets = array_of(py, graph.targets().iter().map(|&node| node.into()))?;
    // Python makes the list, so that one too large for memory is a MemoryError.
    let builtins = py.import("builtins")?;
    let nodes = builtins.call_method1("list", (builtins.call_method1("range", (graph.rows(),))?,))?;
    let parts = (offsets, targets, py.None(), nodes);
    py.import("lvs.graphs")?.getattr("Csr")?.call1(parts)
}

/// Whether a topology is one by name, or in a file.
fn is_name(value: &Bound<'_, PyAny>) -> PyResult<bool> {
    Ok(value.is_instance_of::<PyString>() || value.hasattr("__fspath__")?)
}
