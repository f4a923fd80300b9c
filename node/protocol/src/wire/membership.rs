//! The packets by which members find each other: greetings, questions for members near a point, lists of members.

use super::Refusal;
use super::cursor::Cursor;
use crate::address::Address;
use crate::id::NodeId;
use crate::placement::Key;

/// The most members in a beacon.
pub const BEACON_CONTACTS_MAX: usize = 32;

/// The most members in an answer to a question.
pub const FOUND_CONTACTS_MAX: usize = 34;

/// Bytes of a member in a list.
const CONTACT: usize = 34;

/// A member, and where it can be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Contact {
    /// Who it is.
    pub node: NodeId,
    /// Where it is.
    pub address: Address,
}

/// A node's sign of life, with members that the receiver may lack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beacon {
    /// The sender.
    pub node: NodeId,
    /// Fragments it holds.
    pub fragments: u32,
    /// The mean of its trust in its neighbours, in Q0.16.
    pub mean_trust: u16,
    /// Members that answer the sender, nodes ascending; up to [`BEACON_CONTACTS_MAX`].
    pub contacts: Vec<Contact>,
}

/// A question whether somebody is there, or the answer to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Greeting {
    /// The sender.
    pub node: NodeId,
    /// What the receiver has to answer to; not 0.
    pub cookie: u64,
    /// What the receiver's last cookie calls for; 0 if the sender knows none.
    pub echo: u64,
}

/// A question for the members that are nearest to a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Find {
    /// What the receiver has to answer to; not 0.
    pub cookie: u64,
    /// What the receiver's last cookie calls for; 0 if the sender knows none.
    pub echo: u64,
    /// The point.
    pub key: Key,
}

/// The members that are nearest to a point, as the sender knows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// What the question's cookie calls for.
    pub echo: u64,
    /// The point.
    pub key: Key,
    /// The members, the nearest first; up to [`FOUND_CONTACTS_MAX`].
    pub contacts: Vec<Contact>,
}

pub(super) fn beacon(cursor: &mut Cursor<'_>) -> Result<Beacon, Refusal> {
    let node = cursor.node()?;
    let fragments = cursor.u32()?;
    let mean_trust = cursor.u16()?;
    let contacts = contacts(cursor, BEACON_CONTACTS_MAX)?;
    let in_order = contacts.is_sorted_by(|a, b| a.node < b.node);
    if in_order { Ok(Beacon { node, fragments, mean_trust, contacts }) } else { Err(Refusal::List) }
}

pub(super) fn greeting(cursor: &mut Cursor<'_>) -> Result<Greeting, Refusal> {
    Ok(Greeting { node: cursor.node()?, cookie: cookie(cursor)?, echo: cursor.u64()? })
}

pub(super) fn find(cursor: &mut Cursor<'_>) -> Result<Find, Refusal> {
    Ok(Find { cookie: cookie(cursor)?, echo: cursor.u64()?, key: key(cursor)? })
}

pub(super) fn found(cursor: &mut Cursor<'_>) -> Result<Found, Refusal> {
    let echo = cursor.u64()?;
    let key = key(cursor)?;
    let contacts = contacts(cursor, FOUND_CONTACTS_MAX)?;
    let in_order = contacts.is_sorted_by(|a, b| key.distance(a.node) < key.distance(b.node));
    if in_order { Ok(Found { echo, key, contacts }) } else { Err(Refusal::List) }
}

fn cookie(cursor: &mut Cursor<'_>) -> Result<u64, Refusal> {
    match cursor.u64()? {
        0 => Err(Refusal::Range),
        cookie => Ok(cookie),
    }
}

fn key(cursor: &mut Cursor<'_>) -> Result<Key, Refusal> {
    Ok(Key::from_bytes(cursor.array()?))
}

fn contacts(cursor: &mut Cursor<'_>, most: usize) -> Result<Vec<Contact>, Refusal> {
    cursor.list_or_none(most, CONTACT, contact)
}

fn contact(cursor: &mut Cursor<'_>) -> Result<Contact, Refusal> {
    let node = cursor.node()?;
    let address = Address::new(cursor.array()?, cursor.u16()?).ok_or(Refusal::Range)?;
    Ok(Contact { node, address })
}

pub(super) fn put_beacon(beacon: &Beacon, out: &mut Vec<u8>) {
    out.extend(beacon.node.to_bytes());
    out.extend(beacon.fragments.to_le_bytes());
    out.extend(beacon.mean_trust.to_le_bytes());
    put_contacts(&beacon.contacts, BEACON_CONTACTS_MAX, out);
}

pub(super) fn put_greeting(greeting: &Greeting, out: &mut Vec<u8>) {
    out.extend(greeting.node.to_bytes());
    out.extend(greeting.cookie.to_le_bytes());
    out.extend(greeting.echo.to_le_bytes());
}

pub(super) fn put_find(find: &Find, out: &mut Vec<u8>) {
    out.extend(find.cookie.to_le_bytes());
    out.extend(find.echo.to_le_bytes());
    out.extend(find.key.to_bytes());
}

pub(super) fn put_found(found: &Found, out: &mut Vec<u8>) {
    out.extend(found.echo.to_le_bytes());
    out.extend(found.key.to_bytes());
    put_contacts(&found.contacts, FOUND_CONTACTS_MAX, out);
}

fn put_contacts(contacts: &[Contact], most: usize, out: &mut Vec<u8>) {
    assert!(contacts.len() <= most, "{} members in a list", contacts.len());
    out.push(contacts.len() as u8);
    for contact in contacts {
        out.extend(contact.node.to_bytes());
        out.extend(contact.address.ip());
        out.extend(contact.address.port().to_le_bytes());
    }
}
