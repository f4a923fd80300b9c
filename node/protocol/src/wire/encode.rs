//! From packets to datagrams.

use super::{
    ACKNOWLEDGEMENTS_MAX, Acknowledge, Alarm, DATAGRAM_MAX, Diff, Entropy, Fetch, MAGIC, Packet,
    REGISTERS_MAX, VERSION, membership,
};
use crate::ledger::{Equivocation, Register};

/// The datagram of a packet.
///
/// # Panics
/// If a list is empty or longer than its kind allows: no packet of this crate's making is.
pub fn encode(packet: &Packet) -> Vec<u8> {
    let mut out = Vec::with_capacity(DATAGRAM_MAX);
    out.extend(MAGIC);
    out.extend([VERSION, kind(packet)]);
    match packet {
        Packet::Entropy(entropy) => put_entropy(entropy, &mut out),
        Packet::Diff(diff) => put_diff(diff, &mut out),
        Packet::Fetch(fetch) => put_fetch(fetch, &mut out),
        Packet::Acknowledge(acknowledge) => put_acknowledge(acknowledge, &mut out),
        Packet::Alarm(alarm) => put_alarm(alarm, &mut out),
        Packet::Beacon(beacon) => membership::put_beacon(beacon, &mut out),
        Packet::Proof(proof) => put_proof(proof, &mut out),
        Packet::Hello(greeting) | Packet::Answer(greeting) => membership::put_greeting(greeting, &mut out),
        Packet::Find(find) => membership::put_find(find, &mut out),
        Packet::Found(found) => membership::put_found(found, &mut out),
    }
    debug_assert!(out.len() <= DATAGRAM_MAX);
    out
}

fn kind(packet: &Packet) -> u8 {
    match packet {
        Packet::Entropy(_) => 1,
        Packet::Diff(_) => 2,
        Packet::Fetch(_) => 3,
        Packet::Acknowledge(_) => 4,
        Packet::Alarm(_) => 5,
        Packet::Beacon(_) => 6,
        Packet::Proof(_) => 7,
        Packet::Hello(_) => 8,
        Packet::Answer(_) => 9,
        Packet::Find(_) => 10,
        Packet::Found(_) => 11,
    }
}

fn put_entropy(entropy: &Entropy, out: &mut Vec<u8>) {
    out.extend(entropy.fragment.to_le_bytes());
    out.extend(entropy.cycle.to_le_bytes());
    out.extend(entropy.seed.to_le_bytes());
    for (value, stamp) in entropy.samples.iter() {
        out.extend(value.to_le_bytes());
        out.extend(stamp.to_le_bytes());
    }
}

fn put_diff(diff: &Diff, out: &mut Vec<u8>) {
    assert!((1..=REGISTERS_MAX).contains(&diff.registers.len()), "{} registers", diff.registers.len());
    out.extend(diff.fragment.to_le_bytes());
    out.extend(diff.writer.to_bytes());
    out.push(diff.registers.len() as u8);
    for (cell, register) in &diff.registers {
        out.push(*cell);
        put_register(register, out);
    }
}

fn put_register(register: &Register, out: &mut Vec<u8>) {
    out.extend(register.sequence.to_le_bytes());
    out.extend(register.amount.to_le_bytes());
    out.extend(register.signature.to_bytes());
}

fn put_proof(proof: &Equivocation, out: &mut Vec<u8>) {
    out.extend(proof.cell.fragment.to_le_bytes());
    out.push(proof.cell.cell);
    out.extend(proof.writer.to_bytes());
    proof.registers.iter().for_each(|register| put_register(register, out));
}

fn put_fetch(fetch: &Fetch, out: &mut Vec<u8>) {
    out.extend(fetch.fragment.to_le_bytes());
    fetch.cells.words.iter().for_each(|word| out.extend(word.to_le_bytes()));
}

fn put_acknowledge(acknowledge: &Acknowledge, out: &mut Vec<u8>) {
    let count = acknowledge.sequences.len();
    assert!((1..=ACKNOWLEDGEMENTS_MAX).contains(&count), "{count} acknowledgements");
    out.extend(acknowledge.fragment.to_le_bytes());
    out.extend(acknowledge.writer.to_bytes());
    out.push(count as u8);
    for (cell, sequence) in &acknowledge.sequences {
        out.push(*cell);
        out.extend(sequence.to_le_bytes());
    }
}

fn put_alarm(alarm: &Alarm, out: &mut Vec<u8>) {
    out.extend(alarm.fragment.to_le_bytes());
    out.extend(alarm.rate_limited.to_le_bytes());
    out.extend(alarm.floored.to_le_bytes());
}
