//! VaultGuard's constants, to be read.

use lvs_kernels::vaultguard;
use pyo3::prelude::*;

/// VaultGuard's constants: the hard limits on what any correction may do. Read-only; they are compiled in.
///
/// >>> from lvs import vaultguard as guard
/// >>> guard.MICRO_VU, guard.VALUE_MAX == 2**62, guard.DIFFERENCE_MAX == 2**46 - 1, guard.WEIGHT_MAX
/// (1000000, True, True, 65535)
/// >>> guard.TRIM, guard.RATE_SHIFT, guard.RATE_FLOOR, guard.DRAIN_SHIFT, guard.WINDOW, guard.NEIGHBORS_MAX
/// (21846, 6, 1000000, 2, 4096, 4096)
#[pyclass(frozen, name = "VaultGuard", module = "lvs")]
pub struct PyVaultGuard;

#[pymethods]
impl PyVaultGuard {
    /// There is one, under this name.
    fn __reduce__(&self) -> &'static str {
        "vaultguard"
    }

    /// One value unit (VU) in micro-VU.
    #[getter(MICRO_VU)]
    fn micro_vu(&self) -> i64 {
        vaultguard::MICRO_VU
    }

    /// The largest value a cell or an anchor holds, in micro-VU.
    #[getter(VALUE_MAX)]
    fn value_max(&self) -> i64 {
        vaultguard::VALUE_MAX
    }

    /// The largest magnitude of a difference that drift or a residual takes into account, in micro-VU.
    #[getter(DIFFERENCE_MAX)]
    fn difference_max(&self) -> i64 {
        vaultguard::DIFFERENCE_MAX
    }

    /// "All of the trust" in Q0.16, and the most that the weights of one row may sum to.
    #[getter(WEIGHT_MAX)]
    fn weight_max(&self) -> u32 {
        vaultguard::WEIGHT_MAX
    }

    /// The part of the neighbors' weight that is trimmed from either side, in 1/65,536.
    #[getter(TRIM)]
    fn trim(&self) -> u32 {
        vaultguard::TRIM
    }

    /// A cell moves at most ``value >> RATE_SHIFT`` per cycle, or ``RATE_FLOOR`` where that is more.
    #[getter(RATE_SHIFT)]
    fn rate_shift(&self) -> u32 {
        vaultguard::RATE_SHIFT
    }

    /// The move per cycle that every cell is allowed, in micro-VU.
    #[getter(RATE_FLOOR)]
    fn rate_floor(&self) -> i64 {
        vaultguard::RATE_FLOOR
    }

    /// Within a window a cell loses at most ``anchor >> DRAIN_SHIFT`` to drift.
    #[getter(DRAIN_SHIFT)]
    fn drain_shift(&self) -> u32 {
        vaultguard::DRAIN_SHIFT
    }

    /// Cycles in a window.
    #[getter(WINDOW)]
    fn window(&self) -> u64 {
        vaultguard::WINDOW
    }

    /// The most neighbors that one row may have.
    #[getter(NEIGHBORS_MAX)]
    fn neighbors_max(&self) -> usize {
        vaultguard::NEIGHBOURS_MAX
    }
}
