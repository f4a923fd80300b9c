//! Calls that a caller may end.

use std::ffi::c_void;

use lvs_kernels::GoOn;

use crate::error::{Failure, Result};
use crate::swarm::lvs_go_on;

/// What `work` returns, which asks `go_on` whether to go on.
///
/// # Safety
/// `go_on` must be a function of its type that does not unwind.
pub(crate) unsafe fn asking<T>(
    go_on: lvs_go_on,
    context: *mut c_void,
    work: impl FnOnce(&mut GoOn<'_>) -> Result<T>,
) -> Result<T> {
    let go_on = go_on.ok_or(Failure::Null("go_on"))?;
    // SAFETY: the caller's word.
    let mut ask = || unsafe { go_on(0, context) } != 0;
    work(&mut GoOn::asking(&mut ask))
}
