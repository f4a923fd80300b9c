//! Calls that a caller may end.

use std::ffi::{c_int, c_void};
use std::ptr::fn_addr_eq;

use lvs_kernels::GoOn;

use crate::error::{Failure, Result};
use crate::swarm::lvs_go_on;

/// What a plain call hands to its twin that ends in _while: go on to the end.
pub(crate) const TO_THE_END: lvs_go_on = Some(to_the_end);

unsafe extern "C" fn to_the_end(_done: u64, _context: *mut c_void) -> c_int {
    1
}

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
    // Where nobody can say no, the caller's thread computes too instead of waiting to ask. A linker may give a function
    // two addresses, or two of the same code one; either is harmless, for both say the same.
    if fn_addr_eq(go_on, to_the_end as unsafe extern "C" fn(u64, *mut c_void) -> c_int) {
        return work(&mut GoOn::always());
    }
    // SAFETY: the caller's word.
    let mut ask = || unsafe { go_on(0, context) } != 0;
    work(&mut GoOn::asking(&mut ask))
}
