//! Contribution registers: who has contributed how much to a cell.

use std::fmt;

/// The largest cumulative amount of one register, in micro-VU, either way.
pub const AMOUNT_MAX: i64 = 1 << 62;

/// A node's session: made at random when it starts, never kept. A restart is another session.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Session(pub [u8; 16]);

impl fmt::Display for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Session({self})")
    }
}

/// What one session has contributed to one cell so far. Only that session writes it, so the higher sequence number is
/// the later state, and merging by it does not care for order or repetition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Register {
    /// Counts the session's contributions to the cell, from 1.
    pub sequence: u64,
    /// The sum of them, in micro-VU.
    pub amount: i64,
}

/// What a register adds to its cell's stamp: XXH3 (64 bits, seed 0) of session, fragment, cell, sequence and amount,
/// little-endian and without gaps.
pub fn register_hash(fragment: u32, cell: u8, session: &Session, register: &Register) -> u64 {
    let mut bytes = [0; 37];
    bytes[..16].copy_from_slice(&session.0);
    bytes[16..20].copy_from_slice(&fragment.to_le_bytes());
    bytes[20] = cell;
    bytes[21..29].copy_from_slice(&register.sequence.to_le_bytes());
    bytes[29..].copy_from_slice(&register.amount.to_le_bytes());
    xxhash_rust::xxh3::xxh3_64(&bytes)
}
