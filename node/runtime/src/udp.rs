//! One UDP socket, without an async runtime.

use std::io;
use std::net::SocketAddr;

use mio::net::UdpSocket;
use mio::{Interest, Registry, Token};
use rustix::net::sockopt::set_socket_recv_buffer_size;

use crate::Transport;

/// Bytes of datagrams that the system is asked to keep until they are taken in: many neighbours send at the same moment. It may
/// keep fewer, as its own limit says (net.core.rmem_max on Linux).
const RECEIVE_BUFFER: usize = 4 << 20;

/// A UDP socket.
pub struct Udp {
    socket: UdpSocket,
}

impl Udp {
    /// Binds a socket.
    ///
    /// # Errors
    /// If the address is unavailable.
    pub fn bind(address: SocketAddr) -> io::Result<Self> {
        let socket = UdpSocket::bind(address)?;
        if let Err(error) = set_socket_recv_buffer_size(&socket, RECEIVE_BUFFER) {
            tracing::debug!(%error, "the receive buffer stays as it is");
        }
        Ok(Self { socket })
    }

    /// The address it is bound to.
    ///
    /// # Errors
    /// If the socket has failed.
    pub fn local_address(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }
}

impl Transport for Udp {
    fn register(&mut self, registry: &Registry, token: Token) -> io::Result<()> {
        registry.register(&mut self.socket, token, Interest::READABLE)
    }

    fn send(&mut self, to: SocketAddr, datagram: &[u8]) {
        if let Err(error) = self.socket.send_to(datagram, to) {
            // A full buffer or an unreachable peer is loss like any other.
            tracing::debug!(%to, %error, "datagram not sent");
        }
    }

    fn receive(&mut self, buffer: &mut [u8]) -> io::Result<Option<(usize, SocketAddr)>> {
        loop {
            match self.socket.recv_from(buffer) {
                Ok(received) => return Ok(Some(received)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
                // What an earlier datagram met (a peer that is gone) is no failure of the socket.
                Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}
