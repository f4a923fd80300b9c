//! What goes on beside a long call: its progress bar, and whether somebody wants it to end.

use pyo3::prelude::*;

/// Looks after a long call from the thread that made it.
pub struct Watch {
    bar: Option<Py<PyAny>>,
    shown: u64,
    outcome: PyResult<()>,
}

impl Watch {
    /// With a bar for `total` cycles if one is to be `shown`.
    ///
    /// # Errors
    /// If tqdm is not installed.
    pub fn new(py: Python<'_>, total: u64, shown: bool) -> PyResult<Self> {
        let bar = shown.then(|| py.import("lvs.progress")?.call_method1("bar", (total, "cycle")));
        let bar = bar.transpose()?.map(Bound::unbind);
        Ok(Self { bar, shown: 0, outcome: Ok(()) })
    }

    /// Shows that `done` are done; `false` once a signal's handler, or the bar, has raised an exception.
    pub fn go_on(&mut self, done: u64) -> bool {
        self.outcome = Python::attach(|py| {
            py.check_signals()?;
            self.show(py, done)
        });
        self.outcome.is_ok()
    }

    fn show(&mut self, py: Python<'_>, done: u64) -> PyResult<()> {
        if let Some(bar) = &self.bar {
            bar.call_method1(py, "update", (done - self.shown,))?;
            self.shown = done;
        }
        Ok(())
    }

    /// Closes the bar.
    ///
    /// # Errors
    /// What ended the call early.
    pub fn end(self, py: Python<'_>) -> PyResult<()> {
        let closed = self.bar.map_or(Ok(()), |bar| bar.call_method0(py, "close").map(drop));
        self.outcome.and(closed)
    }
}
