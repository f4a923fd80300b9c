//! What replicas hold: fragments of cells, and the registers behind their values.

mod fragment;
mod register;

pub use fragment::{Applied, Fragment, REGISTERS_PER_FRAGMENT};
pub use register::{AMOUNT_MAX, Register, register_hash};

/// Cells in a fragment.
pub const CELLS: usize = 256;
