//! `lvs._native`: the kernels of `lvs-kernels` as a Python extension module.
//!
//! Arguments are checked here and named as Python callers know them, arrays are used in place where their layout
//! allows it, and the interpreter is released while a kernel runs. The arithmetic is all in `lvs-kernels`.
#![forbid(unsafe_code)]

mod backend;
mod call;
mod drift;
mod engine;
mod error;
mod html;
mod input;
mod memory;
mod output;
mod progress;
mod reputation;
mod sample;
mod scalars;
mod shared;
mod simulation;
mod swarm;
mod vaultguard;

/// The compiled part of the package `lvs`.
#[pyo3::pymodule(name = "_native", gil_used = false)]
mod native {
    use pyo3::prelude::*;
    use pyo3::types::PyTuple;

    #[pymodule_export]
    use crate::backend::{PyBackend, backends};
    #[pymodule_export]
    use crate::drift::PyDrift;
    #[pymodule_export]
    use crate::engine::PyEngine;
    #[pymodule_export]
    use crate::error::BackendUnavailable;
    #[pymodule_export]
    use crate::sample::sample_cells;
    #[pymodule_export]
    use crate::simulation::{
        PySimulation, PySpectrum, breakdown, edge_list, measured_factor, spectrum, topology,
    };
    #[pymodule_export]
    use crate::swarm::{PyStats, PySwarm};
    #[pymodule_export]
    use crate::vaultguard::PyVaultGuard;

    #[pymodule_export]
    #[allow(non_upper_case_globals)]
    const __version__: &str = env!("CARGO_PKG_VERSION");
    #[pymodule_export]
    const REPUTATION_ONE: u64 = lvs_kernels::REPUTATION_ONE;
    #[pymodule_export]
    const TRUST_NEWCOMER: u16 = lvs_kernels::TRUST_NEWCOMER;
    #[pymodule_export]
    const TRUST_FLOOR: u16 = lvs_kernels::TRUST_FLOOR;

    #[pymodule_init]
    fn add_constants(module: &Bound<'_, PyModule>) -> PyResult<()> {
        crate::input::open_numpy(module.py())?;
        let attacks = lvs_simulation::Attack::ALL.map(lvs_simulation::Attack::name);
        module.add("ATTACKS", PyTuple::new(module.py(), attacks)?)?;
        let rules = lvs_simulation::breakdown::Rule::ALL.map(lvs_simulation::breakdown::Rule::name);
        module.add("RULES", PyTuple::new(module.py(), rules)?)?;
        module.add("TOPOLOGIES", PyTuple::new(module.py(), lvs_simulation::Topology::NAMES)?)?;
        module.add("vaultguard", PyVaultGuard)
    }
}
