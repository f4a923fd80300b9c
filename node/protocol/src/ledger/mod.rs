//! What replicas hold: fragments of cells, and the registers behind their values.

mod equivocation;
mod fragment;
mod register;
mod stamp;

pub use equivocation::Equivocation;
pub use fragment::{Applied, Fragment, REGISTERS_PER_FRAGMENT};
pub use register::{AMOUNT_MAX, Register};
pub use stamp::Stamper;

/// Cells in a fragment.
pub const CELLS: usize = 256;
