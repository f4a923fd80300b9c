//! Cookies: how a node makes sure that somebody is where its datagrams seem to come from.
//!
//! A node gives every link a number that only it can make, and keeps nothing for it. Whoever knows what the number calls for
//! has received it over that link, so its address is not made up. The answer depends on the network too: nodes of different
//! networks never pass for members of each other's.

use std::time::Duration;

use rand_core::Rng;

use crate::id::{LinkId, NetworkId, NodeId};
use crate::wire::Greeting;

/// How long a cookie is given out. It is good for as long again.
const COOKIE_FOR: Duration = Duration::from_secs(600);

/// Makes and checks cookies.
pub(crate) struct Cookies {
    secret: [u8; 32],
    network: NetworkId,
}

impl Cookies {
    pub(crate) fn new(network: NetworkId, generator: &mut impl Rng) -> Self {
        let mut secret = [0; 32];
        generator.fill_bytes(&mut secret);
        Self { secret, network }
    }

    /// The cookie for a link; not 0.
    pub(crate) fn cookie(&self, link: LinkId, now: Duration) -> u64 {
        self.of_period(link, period(now))
    }

    /// What another node's cookie calls for; 0 for none.
    pub(crate) fn echo_of(&self, cookie: u64) -> u64 {
        if cookie == 0 { 0 } else { hash(&self.network.to_bytes(), &cookie.to_le_bytes()) }
    }

    /// Whether an echo is that of a cookie which this node gave a link not long ago.
    pub(crate) fn is_echo(&self, echo: u64, link: LinkId, now: Duration) -> bool {
        let last = period(now);
        (last.saturating_sub(1)..=last).any(|period| self.echo_of(self.of_period(link, period)) == echo)
    }

    /// A greeting over a link whose other end gave this cookie last; 0 for none.
    pub(crate) fn greeting(&self, own: NodeId, link: LinkId, theirs: u64, now: Duration) -> Greeting {
        Greeting { node: own, cookie: self.cookie(link, now), echo: self.echo_of(theirs) }
    }

    fn of_period(&self, link: LinkId, period: u64) -> u64 {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&link.0.to_le_bytes());
        bytes[8..].copy_from_slice(&period.to_le_bytes());
        hash(&self.secret, &bytes)
    }
}

fn period(now: Duration) -> u64 {
    now.as_secs() / COOKIE_FOR.as_secs()
}

/// The first 8 bytes of a keyed BLAKE3; 1 instead of 0, which stands for none.
fn hash(key: &[u8; 32], bytes: &[u8]) -> u64 {
    let hash = blake3::keyed_hash(key, bytes);
    let (first, _) = hash.as_bytes().split_first_chunk().expect("a hash has 32 bytes");
    u64::from_le_bytes(*first).max(1)
}

#[cfg(test)]
mod tests {
    use crate::random::Generator;
    use rand_core::SeedableRng;

    use super::*;

    const HERE: LinkId = LinkId(7);
    const NOW: Duration = Duration::from_secs(6_000);

    fn cookies(network: NetworkId, seed: u64) -> Cookies {
        Cookies::new(network, &mut Generator::seed_from_u64(seed))
    }

    #[test]
    fn only_who_got_the_cookie_can_echo_it() {
        let ours = cookies(NetworkId::PUBLIC, 1);
        let theirs = cookies(NetworkId::PUBLIC, 2);
        let echo = theirs.echo_of(ours.cookie(HERE, NOW));
        assert!(ours.is_echo(echo, HERE, NOW));
        assert!(!ours.is_echo(echo, LinkId(8), NOW), "it was for another link");
        assert!(!ours.is_echo(0, HERE, NOW));
        assert!(!ours.is_echo(theirs.echo_of(theirs.cookie(HERE, NOW)), HERE, NOW));
    }

    #[test]
    fn another_network_gives_another_echo() {
        let ours = cookies(NetworkId::PUBLIC, 1);
        let strange = cookies(NetworkId::from_bytes([9; 32]), 1);
        assert!(!ours.is_echo(strange.echo_of(ours.cookie(HERE, NOW)), HERE, NOW));
    }

    #[test]
    fn a_cookie_is_good_for_ten_to_twenty_minutes() {
        let ours = cookies(NetworkId::PUBLIC, 1);
        let echo = ours.echo_of(ours.cookie(HERE, NOW));
        assert!(ours.is_echo(echo, HERE, NOW + COOKIE_FOR));
        assert!(!ours.is_echo(echo, HERE, NOW + 2 * COOKIE_FOR));
    }
}
