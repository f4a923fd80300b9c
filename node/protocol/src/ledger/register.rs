//! Contribution registers: who has contributed how much to a cell.

use crate::id::{CellId, NodeId};

/// The largest cumulative amount of one register, in micro-VU, either way.
pub const AMOUNT_MAX: i64 = 1 << 62;

/// What one node has contributed to one cell so far. Only that node writes it, so the higher sequence number is
/// the later state, and merging by it does not care for order or repetition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Register {
    /// Counts the node's contributions to the cell, from 1.
    pub sequence: u64,
    /// The sum of them, in micro-VU.
    pub amount: i64,
}

/// What a register adds to its cell's stamp: XXH3 (64 bits, seed 0) of writer, fragment, cell, sequence and amount,
/// little-endian and without gaps.
pub fn register_hash(cell: CellId, writer: NodeId, register: &Register) -> u64 {
    let mut bytes = [0; 37];
    bytes[..16].copy_from_slice(&writer.to_bytes());
    bytes[16..20].copy_from_slice(&cell.fragment.to_le_bytes());
    bytes[20] = cell.cell;
    bytes[21..29].copy_from_slice(&register.sequence.to_le_bytes());
    bytes[29..].copy_from_slice(&register.amount.to_le_bytes());
    xxhash_rust::xxh3::xxh3_64(&bytes)
}
