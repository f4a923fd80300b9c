//! Calls of kernels: other Python threads go on meanwhile, and a panic becomes a `RuntimeError`.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use lvs_kernels::GoOn;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

use crate::error::{Failure, exception};

/// What `work` returns, done without the interpreter's lock.
///
/// # Errors
/// The kernels'; and a `RuntimeError` if `work` panics, as it may when another thread writes to an array that is used in
/// place, after its checks.
pub fn kernel<R: Send, E: Into<Failure> + Send>(
    py: Python<'_>,
    work: impl FnOnce() -> Result<R, E> + Send,
) -> PyResult<R> {
    let outcome = py.detach(|| catch_unwind(AssertUnwindSafe(work)));
    outcome.map_err(|panic| panicked(&*panic))?.map_err(exception)
}

/// The same for work that may take long: handlers of signals run meanwhile, and what one raises ends the call.
///
/// # Errors
/// As for [`kernel`]; and what a handler raised.
pub fn long_kernel<R: Send, E: Into<Failure> + Send>(
    py: Python<'_>,
    work: impl FnOnce(&mut GoOn<'_>) -> Result<R, E> + Send,
) -> PyResult<R> {
    let mut handled = Ok(());
    let mut ask = || {
        handled = Python::attach(|py| py.check_signals());
        handled.is_ok()
    };
    let done = kernel(py, || work(&mut GoOn::asking(&mut ask)));
    handled.and(done)
}

fn panicked(panic: &(dyn Any + Send)) -> PyErr {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or(panic.downcast_ref::<&str>().copied()).unwrap_or("no message");
    PyRuntimeError::new_err(format!(
        "the call was broken off ({text}); what it was writing means nothing. Was an array that was passed written to \
         meanwhile?"
    ))
}
