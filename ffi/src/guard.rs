//! The edge: nothing unwinds across it.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::error::{Failure, Result, remember};
use crate::status::lvs_status;

/// Runs the body of a call; a failure or panic becomes a status and this thread's last message.
pub(crate) fn guard(body: impl FnOnce() -> Result<()>) -> lvs_status {
    // What a panic may leave half-changed is a swarm, whose lock is poisoned then, or the caller's outputs, which mean
    // nothing after a failure.
    let caught = catch_unwind(AssertUnwindSafe(body));
    let ended = caught.unwrap_or_else(|payload| Err(Failure::Panic(told(payload))));
    match ended {
        Ok(()) => lvs_status::Ok,
        Err(failure) => {
            remember(&failure);
            failure.status()
        }
    }
}

/// What a panic said.
fn told(payload: Box<dyn Any + Send>) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let told = text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_else(|| "a panic".into());
    // A payload's own destructor may panic; there is nothing of it to free that is worth that.
    std::mem::forget(payload);
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_a_status() {
        assert_eq!(guard(|| panic!("row {}", 7)), lvs_status::Internal);
        assert_eq!(guard(|| std::panic::panic_any(7)), lvs_status::Internal);
        assert_eq!(guard(|| Ok(())), lvs_status::Ok);
        assert_eq!(guard(|| Err(Failure::Null("out"))), lvs_status::NullPointer);
    }
}
