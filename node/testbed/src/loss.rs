//! Fault injection: a transport that loses some of what it is given to send.

use std::io;
use std::net::SocketAddr;

use lvs_runtime::Transport;
use mio::{Registry, Token};
use rand_core::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

/// Loses datagrams at random before they reach the transport behind it.
pub(crate) struct Lossy<T> {
    behind: T,
    generator: Xoshiro256PlusPlus,
    /// Draws below this are lost.
    threshold: u64,
}

impl<T> Lossy<T> {
    /// Loses the fraction `loss` (0 to 1) of all datagrams; `seed` decides which.
    pub(crate) fn new(behind: T, loss: f64, seed: u64) -> Self {
        let threshold = (loss.clamp(0.0, 1.0) * u64::MAX as f64) as u64;
        Self { behind, generator: Xoshiro256PlusPlus::seed_from_u64(seed), threshold }
    }
}

impl<T: Transport> Transport for Lossy<T> {
    fn register(&mut self, registry: &Registry, token: Token) -> io::Result<()> {
        self.behind.register(registry, token)
    }

    fn send(&mut self, to: SocketAddr, datagram: &[u8]) {
        if self.generator.next_u64() >= self.threshold {
            self.behind.send(to, datagram);
        }
    }

    fn receive(&mut self, buffer: &mut [u8]) -> io::Result<Option<(usize, SocketAddr)>> {
        self.behind.receive(buffer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Count(u32);

    impl Transport for Count {
        fn register(&mut self, _: &Registry, _: Token) -> io::Result<()> {
            Ok(())
        }

        fn send(&mut self, _: SocketAddr, _: &[u8]) {
            self.0 += 1;
        }

        fn receive(&mut self, _: &mut [u8]) -> io::Result<Option<(usize, SocketAddr)>> {
            Ok(None)
        }
    }

    fn arrived(loss: f64, seed: u64) -> u32 {
        let mut lossy = Lossy::new(Count::default(), loss, seed);
        let to = SocketAddr::from(([127, 0, 0, 1], 1));
        (0..10_000).for_each(|_| lossy.send(to, b"x"));
        lossy.behind.0
    }

    #[test]
    fn as_much_is_lost_as_was_asked_for() {
        assert_eq!(arrived(0.0, 3), 10_000);
        assert_eq!(arrived(1.0, 3), 0);
        assert!((7_800..8_200).contains(&arrived(0.2, 3)));
        assert_eq!(arrived(0.6, 4), arrived(0.6, 4));
    }
}
