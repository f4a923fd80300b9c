//! The list of backends.

use lvs_kernels::{Backend, BackendInfo};
use pyo3::prelude::*;
use pyo3::types::PyType;

use crate::error::{exception, type_error, value_error};
use crate::scalars::type_name;

/// One backend that can be asked for by name, and whether it can run here.
///
/// ``name``: what ``Engine(backend=...)`` takes; ``kind``: ``'scalar'``, ``'simd'`` or ``'gpu'``; ``device``: what it
/// runs on; ``compiled``: this build has code for it; ``detected``: this machine has what it needs; ``available``:
/// both; ``reason``: why it is not available, or what stands behind the name.
///
/// >>> import lvs
/// >>> scalar = next(backend for backend in lvs.backends() if backend.name == 'scalar')
/// >>> scalar.kind, scalar.compiled and scalar.detected, scalar.available
/// ('scalar', True, True)
/// >>> f'{scalar.device}: {scalar.reason}'
/// '...: ...'
#[pyclass(frozen, eq, name = "Backend", module = "lvs")]
#[derive(Clone, PartialEq)]
pub struct PyBackend(BackendInfo);

/// Its fields in the order of their names above.
type Fields<'a> = (&'a str, &'static str, &'a str, bool, bool, bool, &'a str);

#[pymethods]
impl PyBackend {
    #[new]
    fn new(
        name: String,
        kind: &str,
        device: String,
        compiled: bool,
        detected: bool,
        available: bool,
        reason: String,
    ) -> PyResult<Self> {
        let known = ["scalar", "simd", "gpu"].into_iter().find(|known| *known == kind);
        let kind =
            known.ok_or_else(|| value_error("kind", format!("'{kind}'"), "'scalar', 'simd' or 'gpu'"))?;
        Ok(Self(BackendInfo { name, kind, device, compiled, detected, available, reason }))
    }

    fn __reduce__<'a, 'py>(slf: &'a Bound<'py, Self>) -> (Bound<'py, PyType>, Fields<'a>) {
        let BackendInfo { name, kind, device, compiled, detected, available, reason } = &slf.get().0;
        (slf.get_type(), (name, kind, device, *compiled, *detected, *available, reason))
    }

    /// The name to ask for it by.
    #[getter]
    fn name(&self) -> &str {
        &self.0.name
    }

    /// ``'scalar'``, ``'simd'`` or ``'gpu'``.
    #[getter]
    fn kind(&self) -> &str {
        self.0.kind
    }

    /// What it runs on.
    #[getter]
    fn device(&self) -> &str {
        &self.0.device
    }

    /// Whether this build has code for it.
    #[getter]
    fn compiled(&self) -> bool {
        self.0.compiled
    }

    /// Whether this machine has what it needs.
    #[getter]
    fn detected(&self) -> bool {
        self.0.detected
    }

    /// Whether an engine can be made of it.
    #[getter]
    fn available(&self) -> bool {
        self.0.available
    }

    /// Why it is not available, or what stands behind the name.
    #[getter]
    fn reason(&self) -> &str {
        &self.0.reason
    }

    fn __repr__(&self) -> String {
        let state = if self.0.available { "available" } else { "not available" };
        format!("<lvs.Backend '{}', {state}: {}>", self.0.name, self.0.reason)
    }
}

/// Lists every backend that can be asked for by name, available or not.
///
/// >>> import lvs
/// >>> next(b.available for b in lvs.backends() if b.name == 'scalar')
/// True
#[pyfunction]
pub fn backends() -> Vec<PyBackend> {
    lvs_kernels::backends().into_iter().map(PyBackend).collect()
}

/// The backend that an argument names.
pub fn asked_for(value: Option<&Bound<'_, PyAny>>) -> PyResult<Backend> {
    let Some(value) = value else { return Ok(Backend::Auto) };
    if let Ok(listed) = value.cast::<PyBackend>() {
        return listed.get().0.name.parse().map_err(exception);
    }
    match value.extract::<String>() {
        Ok(name) => name.parse().map_err(exception),
        Err(_) => Err(type_error("backend", type_name(value), "a name from lvs.backends()")),
    }
}
