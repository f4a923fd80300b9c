//! Refusing what cannot be allocated. The kernels allocate as Rust does, which ends the process when it fails; so every
//! call that needs more than a little first asks whether as much is to be had.

use std::hint::black_box;

use crate::error::{Failure, Result};

/// Room for what does not grow with the arguments.
const SLACK: usize = 1 << 20;

/// Sums up the memory that a call will need; sums and products saturate.
#[derive(Clone, Copy)]
pub(crate) struct Need {
    what: &'static str,
    bytes: usize,
}

impl Need {
    pub(crate) fn new(what: &'static str) -> Self {
        Self { what, bytes: SLACK }
    }

    /// And `count` entries of `bytes` bytes.
    pub(crate) fn and(self, count: usize, bytes: usize) -> Self {
        Self { bytes: self.bytes.saturating_add(count.saturating_mul(bytes)), ..self }
    }

    /// Fails if it is not to be had now.
    pub(crate) fn expect(self) -> Result<()> {
        let mut room = Vec::<u8>::new();
        let reserved = room.try_reserve_exact(self.bytes);
        // An allocation that nobody looks at may be optimised away, and its failure with it.
        black_box(room.as_mut_ptr());
        reserved.map_err(|_| Failure::Memory { what: self.what, bytes: self.bytes })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_machine_has_is_refused() {
        assert!(Need::new("swarm").and(1 << 10, 8).expect().is_ok());
        for (count, bytes) in [(usize::MAX, 1), (usize::MAX, usize::MAX), (1 << 60, 4), (1 << 46, 1)] {
            let failure = Need::new("swarm").and(count, bytes).expect().unwrap_err();
            assert_eq!(failure.status(), crate::lvs_status::OutOfMemory);
        }
    }
}
