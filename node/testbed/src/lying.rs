//! Fault injection: a transport of a node that lies.

use std::io;
use std::net::SocketAddr;

use lvs_runtime::Transport;
use lvs_simulator::Liar;
use mio::{Registry, Token};

/// Has a liar rewrite what goes out, if there is one.
pub(crate) struct Lying<T> {
    behind: T,
    liar: Option<Liar<SocketAddr>>,
}

impl<T> Lying<T> {
    pub(crate) fn new(behind: T, liar: Option<Liar<SocketAddr>>) -> Self {
        Self { behind, liar }
    }
}

impl<T: Transport> Transport for Lying<T> {
    fn register(&mut self, registry: &Registry, token: Token) -> io::Result<()> {
        self.behind.register(registry, token)
    }

    fn send(&mut self, to: SocketAddr, datagram: &[u8]) {
        let Some(liar) = &mut self.liar else { return self.behind.send(to, datagram) };
        let mut rewritten = datagram.to_vec();
        liar.rewrite(to, to.port() % 2 == 1, &mut rewritten);
        self.behind.send(to, &rewritten);
    }

    fn receive(&mut self, buffer: &mut [u8]) -> io::Result<Option<(usize, SocketAddr)>> {
        let received = self.behind.receive(buffer)?;
        if let (Some((length, from)), Some(liar)) = (received, &mut self.liar) {
            liar.observe(from, &buffer[..length]);
        }
        Ok(received)
    }
}
