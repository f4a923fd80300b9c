//! Reading a datagram from front to back.

use super::Refusal;
use crate::id::NodeId;
use crate::keys::{PublicKey, Signature};

pub(super) struct Cursor<'a> {
    rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Refusal> {
        let (head, rest) = self.rest.split_first_chunk().ok_or(Refusal::Truncated)?;
        self.rest = rest;
        Ok(*head)
    }

    pub(super) fn u8(&mut self) -> Result<u8, Refusal> {
        Ok(u8::from_le_bytes(self.array()?))
    }

    pub(super) fn u16(&mut self) -> Result<u16, Refusal> {
        Ok(u16::from_le_bytes(self.array()?))
    }

    pub(super) fn u32(&mut self) -> Result<u32, Refusal> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    pub(super) fn u64(&mut self) -> Result<u64, Refusal> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    pub(super) fn i64(&mut self) -> Result<i64, Refusal> {
        Ok(i64::from_le_bytes(self.array()?))
    }

    pub(super) fn key(&mut self) -> Result<PublicKey, Refusal> {
        Ok(PublicKey::from_bytes(self.array()?))
    }

    pub(super) fn signature(&mut self) -> Result<Signature, Refusal> {
        Ok(Signature::from_bytes(self.array()?))
    }

    pub(super) fn node(&mut self) -> Result<NodeId, Refusal> {
        Ok(NodeId::from_bytes(self.array()?))
    }

    /// A list of 1 to `most` items after its length, in one byte; what is left must hold them.
    pub(super) fn list<T>(
        &mut self,
        most: usize,
        size: usize,
        item: impl FnMut(&mut Self) -> Result<T, Refusal>,
    ) -> Result<Vec<T>, Refusal> {
        let list = self.list_or_none(most, size, item)?;
        if list.is_empty() { Err(Refusal::List) } else { Ok(list) }
    }

    /// The same for a list that may be empty.
    pub(super) fn list_or_none<T>(
        &mut self,
        most: usize,
        size: usize,
        mut item: impl FnMut(&mut Self) -> Result<T, Refusal>,
    ) -> Result<Vec<T>, Refusal> {
        let count = usize::from(self.u8()?);
        if count > most {
            return Err(Refusal::List);
        }
        if self.rest.len() < count * size {
            return Err(Refusal::Truncated);
        }
        (0..count).map(|_| item(self)).collect()
    }

    pub(super) fn end(self) -> Result<(), Refusal> {
        if self.rest.is_empty() { Ok(()) } else { Err(Refusal::Trailing) }
    }
}
