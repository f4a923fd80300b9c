//! The links of a node: the addresses behind the numbers that the protocol knows.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;

use lvs_protocol::LinkId;

/// The most strangers whose links are remembered. Whoever floods a node from made-up addresses must not fill its memory.
const STRANGERS_MAX: usize = 1_024;

/// The addresses that a node has heard of, each under a number of its own.
#[derive(Default)]
pub struct Links {
    addresses: BTreeMap<LinkId, SocketAddr>,
    links: BTreeMap<SocketAddr, LinkId>,
    /// Addresses that are forgotten when there are too many, the longest known first.
    strangers: VecDeque<SocketAddr>,
    opened: u64,
}

impl Links {
    /// The link to an address that is never forgotten. Asked again, it is the same.
    pub fn keep(&mut self, address: SocketAddr) -> LinkId {
        self.strangers.retain(|stranger| *stranger != address);
        self.links.get(&address).copied().unwrap_or_else(|| self.open(address))
    }

    /// The link that a datagram from this address came over, and whether it is a new one.
    pub(crate) fn from(&mut self, address: SocketAddr) -> (LinkId, bool) {
        if let Some(link) = self.links.get(&address) {
            return (*link, false);
        }
        let link = self.open(address);
        self.let_go(address);
        (link, true)
    }

    /// A link need not be kept any more.
    pub(crate) fn release(&mut self, link: LinkId) {
        if let Some(address) = self.address(link).filter(|address| !self.strangers.contains(address)) {
            self.let_go(address);
        }
    }

    /// All links there are, with their addresses.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (LinkId, SocketAddr)> + '_ {
        self.addresses.iter().map(|(link, address)| (*link, *address))
    }

    /// The address behind a link, if it is still known.
    pub(crate) fn address(&self, link: LinkId) -> Option<SocketAddr> {
        self.addresses.get(&link).copied()
    }

    fn open(&mut self, address: SocketAddr) -> LinkId {
        let link = LinkId(self.opened);
        self.opened += 1;
        self.links.insert(address, link);
        self.addresses.insert(link, address);
        link
    }

    /// From now on an address may be forgotten.
    fn let_go(&mut self, address: SocketAddr) {
        if self.strangers.len() >= STRANGERS_MAX {
            self.forget_one();
        }
        self.strangers.push_back(address);
    }

    fn forget_one(&mut self) {
        let Some(address) = self.strangers.pop_front() else { return };
        if let Some(link) = self.links.remove(&address) {
            self.addresses.remove(&link);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(port: u16) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], port))
    }

    #[test]
    fn a_link_leads_back_to_its_address() {
        let mut links = Links::default();
        let kept = links.keep(address(1));
        let (heard, is_new) = links.from(address(2));
        assert!(is_new);
        assert_ne!(kept, heard);
        assert_eq!(links.address(kept), Some(address(1)));
        assert_eq!(links.address(heard), Some(address(2)));
        assert_eq!((links.keep(address(1)), links.from(address(1))), (kept, (kept, false)));
    }

    #[test]
    fn strangers_are_forgotten_and_others_are_not() {
        let mut links = Links::default();
        let kept = links.keep(address(1));
        let (first, _) = links.from(address(2));
        let (later_kept, _) = links.from(address(3));
        links.keep(address(3));
        (1_000..3_000).for_each(|port| _ = links.from(address(port)));
        assert_eq!(links.address(first), None);
        assert_eq!(links.address(kept), Some(address(1)));
        assert_eq!(links.address(later_kept), Some(address(3)));
        assert_eq!(links.iter().count(), STRANGERS_MAX + 2);
        links.release(kept);
        (3_000..5_000).for_each(|port| _ = links.from(address(port)));
        assert_eq!(links.address(kept), None);
        assert_eq!(links.links.len(), STRANGERS_MAX + 1);
        assert_eq!(links.addresses.len(), STRANGERS_MAX + 1);
    }
}
