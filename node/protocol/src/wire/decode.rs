//! From datagrams to packets: the only code that reads what others sent.

use super::cursor::Cursor;
use super::{
    ACKNOWLEDGEMENTS_MAX, Acknowledge, Alarm, CellSet, DATAGRAM_MAX, Diff, Entropy, Fetch, MAGIC, Packet,
    REGISTERS_MAX, Refusal, SAMPLE, VERSION, membership,
};
use crate::id::CellId;
use crate::ledger::{AMOUNT_MAX, Equivocation, Register};

/// The packet in a datagram.
///
/// # Errors
/// If it is not exactly what [`super::encode`] makes of some packet, with the first reason met.
pub fn decode(datagram: &[u8]) -> Result<Packet, Refusal> {
    if datagram.len() > DATAGRAM_MAX {
        return Err(Refusal::TooLong);
    }
    let mut cursor = Cursor::new(datagram);
    if cursor.array()? != MAGIC {
        return Err(Refusal::Magic);
    }
    if cursor.u8()? != VERSION {
        return Err(Refusal::Version);
    }
    let packet = match cursor.u8()? {
        1 => Packet::Entropy(entropy(&mut cursor)?),
        2 => Packet::Diff(diff(&mut cursor)?),
        3 => Packet::Fetch(fetch(&mut cursor)?),
        4 => Packet::Acknowledge(acknowledge(&mut cursor)?),
        5 => Packet::Alarm(alarm(&mut cursor)?),
        6 => Packet::Beacon(membership::beacon(&mut cursor)?),
        7 => Packet::Proof(Box::new(proof(&mut cursor)?)),
        8 => Packet::Hello(membership::greeting(&mut cursor)?),
        9 => Packet::Answer(membership::greeting(&mut cursor)?),
        10 => Packet::Find(membership::find(&mut cursor)?),
        11 => Packet::Found(membership::found(&mut cursor)?),
        _ => return Err(Refusal::Kind),
    };
    cursor.end()?;
    Ok(packet)
}

fn entropy(cursor: &mut Cursor<'_>) -> Result<Entropy, Refusal> {
    let fragment = cursor.u32()?;
    let cycle = cursor.u64()?;
    let seed = cursor.u64()?;
    let mut samples = Box::new([(0, 0); SAMPLE]);
    for sample in samples.iter_mut() {
        *sample = (cursor.i64()?, cursor.u64()?);
    }
    Ok(Entropy { fragment, cycle, seed, samples })
}

fn diff(cursor: &mut Cursor<'_>) -> Result<Diff, Refusal> {
    let fragment = cursor.u32()?;
    let writer = cursor.key()?;
    let registers = cursor.list(REGISTERS_MAX, 81, |cursor| Ok((cursor.u8()?, register(cursor)?)))?;
    ascending(registers.iter().map(|(cell, _)| *cell))?;
    Ok(Diff { fragment, writer, registers })
}

fn register(cursor: &mut Cursor<'_>) -> Result<Register, Refusal> {
    let sequence = cursor.u64()?;
    let amount = cursor.i64()?;
    if sequence == 0 || !(0..=AMOUNT_MAX).contains(&amount) {
        return Err(Refusal::Range);
    }
    Ok(Register { sequence, amount, signature: cursor.signature()? })
}

fn fetch(cursor: &mut Cursor<'_>) -> Result<Fetch, Refusal> {
    let mut fetch = Fetch { fragment: cursor.u32()?, cells: CellSet::default() };
    for word in &mut fetch.cells.words {
        *word = cursor.u64()?;
    }
    if fetch.cells.is_empty() { Err(Refusal::List) } else { Ok(fetch) }
}

fn acknowledge(cursor: &mut Cursor<'_>) -> Result<Acknowledge, Refusal> {
    let fragment = cursor.u32()?;
    let writer = cursor.node()?;
    let sequences = cursor.list(ACKNOWLEDGEMENTS_MAX, 9, |cursor| Ok((cursor.u8()?, cursor.u64()?)))?;
    ascending(sequences.iter().map(|(cell, _)| *cell))?;
    Ok(Acknowledge { fragment, writer, sequences })
}

fn alarm(cursor: &mut Cursor<'_>) -> Result<Alarm, Refusal> {
    Ok(Alarm { fragment: cursor.u32()?, rate_limited: cursor.u16()?, floored: cursor.u16()? })
}

fn proof(cursor: &mut Cursor<'_>) -> Result<Equivocation, Refusal> {
    let cell = CellId { fragment: cursor.u32()?, cell: cursor.u8()? };
    let writer = cursor.key()?;
    let registers = [register(cursor)?, register(cursor)?];
    let [one, other] = &registers;
    if one.sequence != other.sequence || one.amount >= other.amount {
        return Err(Refusal::List);
    }
    Ok(Equivocation { writer, cell, registers })
}

/// Each cell once and in order, so that a packet has one form only.
fn ascending(cells: impl Iterator<Item = u8> + Clone) -> Result<(), Refusal> {
    let in_order = cells.clone().zip(cells.skip(1)).all(|(a, b)| a < b);
    if in_order { Ok(()) } else { Err(Refusal::List) }
}
