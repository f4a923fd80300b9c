//! Addresses, as nodes tell them to each other.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

/// Where a node can be reached: an IPv6 address, or an IPv4 address mapped into one, and a port.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    ip: [u8; 16],
    port: u16,
}

impl Address {
    /// The address with these parts, if a node can be reached there: the port is not 0, and the address is neither the
    /// unspecified one nor one of many hosts.
    pub fn new(ip: [u8; 16], port: u16) -> Option<Self> {
        let is_host = match Ipv6Addr::from(ip).to_canonical() {
            IpAddr::V4(v4) => !v4.is_unspecified() && !v4.is_multicast() && !v4.is_broadcast(),
            IpAddr::V6(v6) => !v6.is_unspecified() && !v6.is_multicast(),
        };
        (is_host && port != 0).then_some(Self { ip, port })
    }

    /// The 16 bytes of the IPv6 address.
    pub fn ip(self) -> [u8; 16] {
        self.ip
    }

    /// The port.
    pub fn port(self) -> u16 {
        self.port
    }

    /// The same for a socket: an IPv4 address that is mapped into an IPv6 one is itself again.
    pub fn to_socket(self) -> SocketAddr {
        SocketAddr::new(Ipv6Addr::from(self.ip).to_canonical(), self.port)
    }

    /// The same for packets, if a node can be reached there.
    pub fn of_socket(address: SocketAddr) -> Option<Self> {
        let ip = match address.ip() {
            IpAddr::V4(v4) => v4.to_ipv6_mapped(),
            IpAddr::V6(v6) => v6,
        };
        Self::new(ip.octets(), address.port())
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_socket().fmt(f)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_come_back() {
        for text in ["127.0.0.1:4000", "[2001:db8::7]:65535", "[::1]:1"] {
            let socket: SocketAddr = text.parse().expect("an address");
            let address = Address::of_socket(socket).expect("a host's address");
            assert_eq!((address.to_socket(), address.to_string()), (socket, text.to_owned()));
            assert_eq!(Address::new(address.ip(), address.port()), Some(address));
        }
    }

    #[test]
    fn where_nobody_can_be_is_refused() {
        for text in ["127.0.0.1:0", "0.0.0.0:5", "[::]:5", "224.0.0.1:5", "255.255.255.255:5", "[ff02::1]:5"]
        {
            assert_eq!(Address::of_socket(text.parse().expect("an address")), None, "{text}");
        }
    }
}
