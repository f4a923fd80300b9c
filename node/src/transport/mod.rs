//! How datagrams get from node to node: a socket, and what tests put before it.

mod driver;
mod loss;
mod udp;

pub use driver::{Command, Commander, Driver};
pub use loss::Lossy;
pub use udp::Udp;

use std::io;
use std::net::SocketAddr;

/// Sends and receives datagrams without ever waiting.
pub trait Transport {
    /// Sends a datagram, or loses it: datagrams may always be lost.
    fn send(&mut self, to: SocketAddr, datagram: &[u8]);

    /// The next datagram that has come, if any: how many bytes of `buffer` it takes, and from where.
    ///
    /// # Errors
    /// If the socket has failed.
    fn receive(&mut self, buffer: &mut [u8]) -> io::Result<Option<(usize, SocketAddr)>>;
}
