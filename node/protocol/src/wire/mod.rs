//! What travels between nodes: one bounded decoder for every datagram.
//!
//! A datagram is the magic `LV`, the protocol version, a kind and that kind's fields, little-endian and without gaps,
//! at most [`DATAGRAM_MAX`] bytes. Whatever is longer, shorter, unknown or out of range is refused with a
//! [`Refusal`]; decoding allocates no more than the datagram holds.

mod cursor;
mod decode;
mod encode;
mod membership;

pub use decode::decode;
pub use encode::encode;
pub use membership::{BEACON_CONTACTS_MAX, Beacon, Contact, FOUND_CONTACTS_MAX, Find, Found, Greeting};

use crate::id::NodeId;
use crate::keys::PublicKey;
use crate::ledger::{CELLS, Equivocation, Register};

/// The longest datagram, in bytes: it fits every path's MTU together with what transports add.
pub const DATAGRAM_MAX: usize = 1_200;

/// The version this crate speaks; others are refused.
pub const VERSION: u8 = 2;

/// Cells that one entropy packet shows.
pub const SAMPLE: usize = 64;

/// The most registers in one state diff. Some room is left for what links add.
pub const REGISTERS_MAX: usize = 13;

/// The most acknowledgements in one datagram.
pub const ACKNOWLEDGEMENTS_MAX: usize = 120;

pub(crate) const MAGIC: [u8; 2] = *b"LV";

/// A packet, decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Packet {
    /// Some cells of a replica.
    Entropy(Entropy),
    /// Contribution registers of one writer.
    Diff(Diff),
    /// Asks for the registers of some cells.
    Fetch(Fetch),
    /// Says which registers of a writer have arrived.
    Acknowledge(Acknowledge),
    /// A correction signal: VaultGuard held a replica back, or it has begun to move.
    Alarm(Alarm),
    /// A node's sign of life, with members that the receiver may lack.
    Beacon(Beacon),
    /// Two amounts under one number of one writer.
    Proof(Box<Equivocation>),
    /// Asks whether the receiver is there.
    Hello(Greeting),
    /// Answers that.
    Answer(Greeting),
    /// Asks for the members nearest to a point.
    Find(Find),
    /// Answers that.
    Found(Found),
}

/// The cells of a replica that a seed selects; the receiver draws the same ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entropy {
    /// The fragment.
    pub fragment: u32,
    /// The sender's cycle.
    pub cycle: u64,
    /// What selects the cells (`lvs_kernels::sample_cells` of 256).
    pub seed: u64,
    /// Value (micro-VU) and stamp of each selected cell, in draw order.
    pub samples: Box<[(i64, u64); SAMPLE]>,
}

/// Contribution registers of one writer in one fragment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diff {
    /// The fragment.
    pub fragment: u32,
    /// Whose registers they are.
    pub writer: PublicKey,
    /// The cells and their registers, cells ascending; 1 to [`REGISTERS_MAX`].
    pub registers: Vec<(u8, Register)>,
}

impl Diff {
    /// How long its datagram is, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        41 + 81 * self.registers.len()
    }
}

/// A request for all registers of some cells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetch {
    /// The fragment.
    pub fragment: u32,
    /// The cells.
    pub cells: CellSet,
}

/// Registers of one writer that a holder has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acknowledge {
    /// The fragment.
    pub fragment: u32,
    /// Whose registers they are.
    pub writer: NodeId,
    /// The cells and the sequence numbers held, cells ascending; 1 to [`ACKNOWLEDGEMENTS_MAX`].
    pub sequences: Vec<(u8, u64)>,
}

/// A correction signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alarm {
    /// The fragment.
    pub fragment: u32,
    /// Cells that the rate limit held back.
    pub rate_limited: u16,
    /// Cells that the drain floor held.
    pub floored: u16,
}

/// A set of cells of one fragment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CellSet {
    words: [u64; CELLS / 64],
}

impl CellSet {
    /// Adds a cell.
    pub fn insert(&mut self, cell: u8) {
        self.words[usize::from(cell) / 64] |= 1 << (cell % 64);
    }

    /// Whether a cell is in the set.
    pub fn contains(&self, cell: u8) -> bool {
        self.words[usize::from(cell) / 64] >> (cell % 64) & 1 == 1
    }

    /// Whether no cell is.
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|&word| word == 0)
    }

    /// The cells, ascending.
    pub fn iter(&self) -> impl Iterator<Item = u8> + '_ {
        (0..=u8::MAX).filter(|&cell| self.contains(cell))
    }
}

/// Whether a datagram is, by its kind, one of those with which strangers get to know each other.
pub(crate) fn is_open_to_strangers(datagram: &[u8]) -> bool {
    matches!(datagram.get(3), Some(8..=11))
}

/// Why a datagram was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
pub enum Refusal {
    /// It is longer than any packet.
    #[error("longer than {DATAGRAM_MAX} bytes")]
    TooLong,
    /// It ends before its fields do.
    #[error("ends early")]
    Truncated,
    /// Something follows its fields.
    #[error("bytes after the last field")]
    Trailing,
    /// It does not begin as packets do.
    #[error("not an LVS packet")]
    Magic,
    /// It is of another protocol version.
    #[error("another protocol version")]
    Version,
    /// No packet has its kind.
    #[error("unknown kind")]
    Kind,
    /// A list is empty, too long or not in order.
    #[error("a list that is empty, too long or not in order")]
    List,
    /// A number is outside its range.
    #[error("a number outside its range")]
    Range,
    /// It comes over a link that is no member's.
    #[error("from a stranger")]
    Stranger,
    /// It answers what was not asked, or asks for much without having shown that its address is its own.
    #[error("without the echo of a cookie")]
    Echo,
    /// It comes from a member that has asked for more than its share.
    #[error("more than the sender's share")]
    Share,
    /// It speaks of a fragment that this node does not hold, or as a holder that the sender is not.
    #[error("about a fragment that is not held")]
    NotHeld,
    /// Something is not signed by whom it names.
    #[error("a signature that is not the writer's")]
    Forged,
    /// The sender has shown this cycle or a later one before.
    #[error("late, or played again")]
    Stale,
    /// The sender has used up what it may cost this node.
    #[error("more than the sender may cost")]
    Budget,
    /// There is no room for more registers.
    #[error("no room for more registers")]
    Full,
}
