//! Who somebody is, where bytes come from, and which cell is meant.

use std::fmt;

use crate::ledger::CELLS;

/// Who a node is, wherever its bytes come from: the first 16 bytes of the BLAKE3 hash of its public key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId([u8; 16]);

impl NodeId {
    /// The node that [`NodeId::to_bytes`] gave these bytes for.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes that stand for it in packets.
    pub const fn to_bytes(self) -> [u8; 16] {
        self.0
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NodeId({self})")
    }
}

/// Which swarm a node belongs to. Nodes of different networks do not find each other, and place their fragments
/// differently.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NetworkId([u8; 32]);

impl NetworkId {
    /// The public network: `lvs`, and zeros.
    pub const PUBLIC: Self = Self(*b"lvs\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");

    /// The network of these bytes, such as random ones for a private swarm.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes that stand for it.
    pub const fn to_bytes(self) -> [u8; 32] {
        self.0
    }
}

impl fmt::Debug for NetworkId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NetworkId(")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str(")")
    }
}

/// Where bytes come from and go to: an address, a connection, whatever the driver has. The driver numbers its links; to
/// the protocol a number says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkId(pub u64);

impl fmt::Display for LinkId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "link {}", self.0)
    }
}

/// A cell of the ledger: its fragment, and its place there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CellId {
    /// The fragment.
    pub fragment: u32,
    /// The place in it.
    pub cell: u8,
}

impl CellId {
    /// The cell with this number, counted over the whole ledger; nothing if no ledger has so many.
    pub fn of_number(number: u64) -> Option<Self> {
        let fragment = u32::try_from(number / CELLS as u64).ok()?;
        Some(Self { fragment, cell: (number % CELLS as u64) as u8 })
    }

    /// Its number, counted over the whole ledger.
    pub fn number(self) -> u64 {
        u64::from(self.fragment) * CELLS as u64 + u64::from(self.cell)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_counted_over_the_whole_ledger() {
        for number in [0, 255, 256, 1_000_000, u64::from(u32::MAX) * 256 + 255] {
            assert_eq!(CellId::of_number(number).map(CellId::number), Some(number));
        }
        assert_eq!(CellId::of_number(513), Some(CellId { fragment: 2, cell: 1 }));
        assert_eq!(CellId::of_number(1 << 40), None);
    }

    #[test]
    fn a_node_is_shown_as_hexadecimal_digits() {
        let node = NodeId::from_bytes([0xab; 16]);
        assert_eq!(node.to_string(), "ab".repeat(16));
        assert_eq!(NodeId::from_bytes(node.to_bytes()), node);
    }
}
