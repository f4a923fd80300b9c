//! What a node holds: fragments of cells, the registers behind their values, and what it last saw of its neighbours.

mod cache;
mod fragment;
mod register;

pub use cache::{Cache, FRESH};
pub use fragment::{Applied, Fragment, REGISTERS_PER_FRAGMENT};
pub use register::{AMOUNT_MAX, Register, Session, register_hash};

/// Cells in a fragment.
pub const CELLS: usize = 256;
