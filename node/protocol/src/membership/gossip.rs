//! Beacons: signs of life that name members whom the receiver may lack, so that all who are around a point know each other.

use std::time::Duration;

use rand_core::Rng;

use super::roster::Roster;
use crate::id::NodeId;
use crate::placement::Key;
use crate::random::below;
use crate::wire::{BEACON_CONTACTS_MAX, Contact};

/// From one beacon to the next.
const BEACON_EVERY: Duration = Duration::from_secs(30);

/// The same after somebody around has come or gone.
const BEACON_EVERY_IN_CHANGE: Duration = Duration::from_secs(2);

/// How long after that.
const CHANGE_LASTS: Duration = Duration::from_secs(120);

/// When the next beacon is due.
pub(super) struct Gossip {
    next: Duration,
}

impl Gossip {
    pub(super) fn new(now: Duration) -> Self {
        Self { next: now + BEACON_EVERY_IN_CHANGE }
    }

    /// To whom a beacon goes now, if one is due, and whom it names.
    pub(super) fn poll(
        &mut self,
        roster: &Roster,
        generator: &mut impl Rng,
        now: Duration,
    ) -> Option<(NodeId, Vec<Contact>)> {
        if now < self.next || roster.near().len() == 0 {
            return None;
        }
        let in_change = roster.near_changed().is_some_and(|changed| now < changed + CHANGE_LASTS);
        self.next = now + if in_change { BEACON_EVERY_IN_CHANGE } else { BEACON_EVERY };
        let to = roster.near().nth(below(generator, roster.near().len()))?;
        Some((to, named(to, roster, generator)))
    }
}

/// Members that a member may lack: some at random of those that are around it.
fn named(to: NodeId, roster: &Roster, generator: &mut impl Rng) -> Vec<Contact> {
    let mut contacts = roster.contacts_near(Key::of_node(to), 1 + 2 * BEACON_CONTACTS_MAX);
    contacts.retain(|contact| contact.node != to);
    let count = contacts.len().min(BEACON_CONTACTS_MAX);
    for i in 0..count {
        let other = i + below(generator, contacts.len() - i);
        contacts.swap(i, other);
    }
    contacts.truncate(count);
    contacts.sort_unstable();
    contacts
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use crate::random::Generator;
    use rand_core::SeedableRng;

    use super::*;
    use crate::address::Address;
    use crate::config::Config;
    use crate::id::LinkId;
    use crate::keys::Keys;

    /// A roster of 100 members.
    fn roster(generator: &mut Generator) -> Roster {
        let mut id = || {
            let mut id = [0; 16];
            generator.fill_bytes(&mut id);
            NodeId::from_bytes(id)
        };
        let mut roster = Roster::new(&Config::new(Keys::from_seed([1; 32]), Vec::new(), 1), Duration::ZERO);
        for i in 0..100 {
            let address = Address::new([0xfd; 16], i + 1);
            roster.admit(id(), LinkId(u64::from(i)), address, Duration::ZERO).expect("there is room");
        }
        roster.refresh(Duration::ZERO);
        roster
    }

    #[test]
    fn beacons_name_in_time_all_that_are_around_the_receiver() {
        let mut generator = Generator::seed_from_u64(4);
        let roster = roster(&mut generator);
        let to = roster.near().next().expect("somebody is around");
        let mut named_so_far = BTreeSet::new();
        for _ in 0..20 {
            let contacts = named(to, &roster, &mut generator);
            assert_eq!(contacts.len(), BEACON_CONTACTS_MAX);
            assert!(contacts.is_sorted_by(|a, b| a.node < b.node));
            named_so_far.extend(contacts.into_iter().map(|contact| contact.node));
        }
        assert!(named_so_far.len() >= 2 * BEACON_CONTACTS_MAX && !named_so_far.contains(&to));
    }

    #[test]
    fn beacons_are_rare_when_nothing_changes() {
        let mut generator = Generator::seed_from_u64(5);
        let roster = roster(&mut generator);
        let mut gossip = Gossip::new(Duration::ZERO);
        let sent: Vec<_> = (0..600)
            .filter(|&second| gossip.poll(&roster, &mut generator, Duration::from_secs(second)).is_some())
            .collect();
        assert_eq!(sent.iter().filter(|&&second| second < 120).count(), 59);
        assert_eq!(sent.iter().filter(|&&second| second >= 120).count(), 16);
    }
}
