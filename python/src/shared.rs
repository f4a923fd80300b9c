//! State that several Python threads use, and that a signal's handler may look at while its own thread steps it.

use std::cell::RefCell;

use parking_lot::ReentrantMutex;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

use crate::call::kernel;
use crate::error::Failure;

/// What the work on a state can fail with.
pub trait Fails {
    type Error: Into<Failure> + Send;
}

impl Fails for lvs_kernels::Swarm {
    type Error = lvs_kernels::Error;
}

impl Fails for lvs_simulation::Simulation {
    type Error = lvs_simulation::Error;
}

/// A state that one thread at a time uses.
pub struct Shared<T>(ReentrantMutex<RefCell<T>>);

impl<T: Send + Fails> Shared<T> {
    pub fn new(state: T) -> Self {
        Self(ReentrantMutex::new(RefCell::new(state)))
    }

    /// What `work` makes of the state, once no other thread uses it.
    ///
    /// # Errors
    /// As for [`kernel`]; and a `RuntimeError` if this very thread is using it, and would wait for ever.
    pub fn with<R: Send>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&mut T) -> Result<R, T::Error> + Send,
    ) -> PyResult<R> {
        let free = self.hold(py, |state| match state.try_borrow_mut() {
            Ok(mut state) => work(&mut state).map(Some),
            Err(_) => Ok(None),
        });
        free?.ok_or_else(|| {
            PyRuntimeError::new_err("it is being stepped by this thread: look at it afterwards")
        })
    }

    /// The same for work that calls Python code, which may use the state itself whenever `work` has not borrowed it. Other
    /// threads wait until all of it is done.
    pub fn hold<R: Send>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&RefCell<T>) -> Result<R, T::Error> + Send,
    ) -> PyResult<R> {
        kernel(py, || work(&self.0.lock()))
    }
}
