//! The constants that bound every result, read-only: they stand in lvs-kernels and nowhere else.

use lvs_kernels::{REPUTATION_ONE, SAMPLE_CELLS_MAX, TRUST_FLOOR, TRUST_NEWCOMER, vaultguard};

use crate::guard::guard;
use crate::handle::store;
use crate::status::lvs_status;

/// VaultGuard's constants and the ends of the ranges. They are compiled in; nothing changes them.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct lvs_constants {
    /// One VU in micro-VU.
    pub micro_vu: i64,
    /// The largest value of a cell or an anchor, in micro-VU.
    pub value_max: i64,
    /// The largest difference that drift or a residual takes into account, in micro-VU.
    pub difference_max: i64,
    /// A cell moves at most by its value shifted right by this much in a cycle ...
    pub rate_shift: u32,
    /// ... or, where that is more, by this much, in micro-VU.
    pub rate_floor: i64,
    /// Within a window drift takes at most the anchor shifted right by this much.
    pub drain_shift: u32,
    /// Cycles in a window; at the start of each the anchors are set to the values.
    pub window: u64,
    /// The part of the neighbours' weight that is trimmed from either side at least, in 1/65,536; the heaviest third of
    /// the neighbours always fits into it.
    pub trim: u32,
    /// "All" in Q0.16: the most that trust can be, and that the weights of a row may sum to.
    pub weight_max: u32,
    /// The most neighbours that a row may have.
    pub neighbours_max: usize,
    /// The trust that a newcomer starts with, in Q0.16.
    pub trust_newcomer: u16,
    /// Disagreement alone takes trust no lower than this, in Q0.16.
    pub trust_floor: u16,
    /// "All" in Q0.47: what reputation sums to.
    pub reputation_one: u64,
    /// The most cells that lvs_sample_cells draws from.
    pub sample_cells_max: usize,
    /// 0; room for later versions.
    pub reserved: [u64; 16],
}

/// Writes the constants to `out`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvs_get_constants(out: *mut lvs_constants) -> lvs_status {
    let constants = lvs_constants {
        micro_vu: vaultguard::MICRO_VU,
        value_max: vaultguard::VALUE_MAX,
        difference_max: vaultguard::DIFFERENCE_MAX,
        rate_shift: vaultguard::RATE_SHIFT,
        rate_floor: vaultguard::RATE_FLOOR,
        drain_shift: vaultguard::DRAIN_SHIFT,
        window: vaultguard::WINDOW,
        trim: vaultguard::TRIM,
        weight_max: vaultguard::WEIGHT_MAX,
        neighbours_max: vaultguard::NEIGHBOURS_MAX,
        trust_newcomer: TRUST_NEWCOMER,
        trust_floor: TRUST_FLOOR,
        reputation_one: REPUTATION_ONE,
        sample_cells_max: SAMPLE_CELLS_MAX,
        reserved: [0; 16],
    };
    // SAFETY: lvs.h asks the caller for a place of this type.
    guard(|| unsafe { store("out", out, constants) })
}
