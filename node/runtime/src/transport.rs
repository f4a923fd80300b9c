//! What a driver needs of a socket.

use std::io;
use std::net::SocketAddr;

use mio::{Registry, Token};

/// Sends and receives datagrams without ever waiting.
pub trait Transport {
    /// Has datagrams that arrive told to a poll, under this token.
    ///
    /// # Errors
    /// If the system cannot watch the socket.
    fn register(&mut self, registry: &Registry, token: Token) -> io::Result<()>;

    /// Sends a datagram, or loses it: datagrams may always be lost.
    fn send(&mut self, to: SocketAddr, datagram: &[u8]);

    /// The next datagram that has come, if any: how many bytes of `buffer` it takes, and from where.
    ///
    /// # Errors
    /// If the socket has failed.
    fn receive(&mut self, buffer: &mut [u8]) -> io::Result<Option<(usize, SocketAddr)>>;
}
