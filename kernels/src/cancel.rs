//! Cancelling calls that take long.
//!
//! A caller hands in a question, [`GoOn`], which is put on the thread that made the call, since a signal's handler or an
//! interpreter may want just that thread. Workers look at a flag between pieces of work of a few milliseconds.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::error::{Error, Result};

/// How long work goes on between two questions: short calls are not asked at all, and people do not notice it.
pub(crate) const INTERVAL: Duration = Duration::from_millis(40);

/// Simple steps of work between two looks at the clock.
const STEPS: usize = 1 << 14;

/// Whether a call shall go on: a question that is asked some twenty times a second, on the thread that made
/// the call.
///
/// ```
/// use lvs_kernels::{Error, GoOn};
///
/// let mut ask = || false;
/// let mut go_on = GoOn::asking(&mut ask);
/// std::thread::sleep(std::time::Duration::from_millis(50));
/// assert_eq!(go_on.check(), Err(Error::Cancelled));
/// assert_eq!(GoOn::always().check(), Ok(()));
/// ```
pub struct GoOn<'a> {
    question: Option<Question<'a>>,
    steps: usize,
}

struct Question<'a> {
    ask: &'a mut dyn FnMut() -> bool,
    asked: Instant,
    refused: bool,
}

impl<'a> GoOn<'a> {
    /// Goes on to the end.
    pub fn always() -> Self {
        Self { question: None, steps: 0 }
    }

    /// Goes on for as long as `ask` returns `true`.
    pub fn asking(ask: &'a mut dyn FnMut() -> bool) -> Self {
        Self { question: Some(Question { ask, asked: Instant::now(), refused: false }), steps: 0 }
    }

    /// Asks, if the last time was 40 milliseconds ago. Once refused it stays so.
    ///
    /// # Errors
    /// [`Error::Cancelled`] if the call shall end.
    pub fn check(&mut self) -> Result<()> {
        let Some(question) = &mut self.question else { return Ok(()) };
        if !question.refused && question.asked.elapsed() >= INTERVAL {
            question.refused = !(question.ask)();
            question.asked = Instant::now();
        }
        if question.refused { Err(Error::Cancelled) } else { Ok(()) }
    }

    /// Counts simple steps of work, some nanoseconds each, and looks at the clock and asks when there were many.
    ///
    /// # Errors
    /// As for [`GoOn::check`].
    #[inline]
    pub fn worked(&mut self, steps: usize) -> Result<()> {
        self.steps = self.steps.saturating_add(steps);
        if self.steps < STEPS {
            return Ok(());
        }
        self.steps = 0;
        self.check()
    }

    /// Whether nobody is to be asked.
    pub(crate) fn is_certain(&self) -> bool {
        self.question.is_none()
    }
}

impl fmt::Debug for GoOn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_certain() { "GoOn::always()" } else { "GoOn::asking(..)" })
    }
}

/// What a piece of work looks at to learn whether its call was cancelled.
pub(crate) struct Stop<'a, 'b> {
    source: Source<'a, 'b>,
    steps: Cell<usize>,
}

enum Source<'a, 'b> {
    /// On the thread that made the call: it asks by itself.
    Asking(RefCell<&'a mut GoOn<'b>>),
    /// On another one: it is told.
    Told(&'a AtomicBool),
}

impl<'a, 'b> Stop<'a, 'b> {
    /// Of the thread that made the call.
    pub(crate) fn asking(go_on: &'a mut GoOn<'b>) -> Self {
        Self { source: Source::Asking(RefCell::new(go_on)), steps: Cell::new(0) }
    }

    /// Of another thread, which is told to stop.
    pub(crate) fn told(stop: &'a AtomicBool) -> Self {
        Self { source: Source::Told(stop), steps: Cell::new(0) }
    }

    /// # Errors
    /// [`Error::Cancelled`] if the call was cancelled.
    pub(crate) fn check(&self) -> Result<()> {
        match &self.source {
            Source::Asking(go_on) => go_on.borrow_mut().check(),
            Source::Told(stop) if stop.load(Ordering::Relaxed) => Err(Error::Cancelled),
            Source::Told(_) => Ok(()),
        }
    }

    /// As [`GoOn::worked`].
    ///
    /// # Errors
    /// [`Error::Cancelled`] if the call was cancelled.
    #[inline]
    pub(crate) fn worked(&self, steps: usize) -> Result<()> {
        let steps = self.steps.get().saturating_add(steps);
        self.steps.set(if steps < STEPS { steps } else { 0 });
        if steps < STEPS { Ok(()) } else { self.check() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_stays_one() {
        let mut answers = [false, true].into_iter();
        let mut ask = || answers.next().unwrap();
        let mut go_on = GoOn::asking(&mut ask);
        assert!(go_on.check().is_ok(), "it was asked at once");
        std::thread::sleep(INTERVAL);
        assert_eq!(go_on.check(), Err(Error::Cancelled));
        std::thread::sleep(INTERVAL);
        assert_eq!(go_on.check(), Err(Error::Cancelled));
    }
}
