//! The configuration file of a node: what it says, and where it is wrong.

use std::collections::BTreeMap;
use std::io::Read;
use std::net::{IpAddr, SocketAddr};
use std::ops::Range;
use std::path::Path;

use lvs_kernels::InvalidArgument;
use lvs_protocol::{Argument, Config, Keys, NodeId, Peer};
use lvs_runtime::Links;
use serde::Deserialize;
use toml::Spanned;

use crate::commands::End;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    listen: Spanned<SocketAddr>,
    session: Spanned<String>,
    fragments: Spanned<u32>,
    replicas: Option<Spanned<usize>>,
    cycle: Option<Spanned<String>>,
    #[serde(default)]
    founding: bool,
    #[serde(default)]
    peers: Vec<FilePeer>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FilePeer {
    session: Spanned<String>,
    address: Spanned<SocketAddr>,
}

/// What a file says.
pub(super) struct Configured {
    pub(super) config: Config,
    pub(super) listen: SocketAddr,
    pub(super) links: Links,
}

/// Something in the file that cannot be.
#[derive(Debug, PartialEq)]
struct Mistake {
    /// Where it stands, in bytes.
    place: Range<usize>,
    error: InvalidArgument<String>,
}

impl Mistake {
    fn new<T>(value: &Spanned<T>, key: &'static str, got: impl ToString, expected: impl ToString) -> Self {
        let error = InvalidArgument::new(key.to_owned(), got.to_string(), expected.to_string());
        Self { place: value.span(), error }
    }

    fn message(&self, text: &str) -> String {
        let line = line_of(text, self.place.start);
        format!("line {line}: {}", self.error)
    }
}

fn line_of(text: &str, place: usize) -> usize {
    1 + text.as_bytes()[..place.min(text.len())].iter().filter(|&&byte| byte == b'\n').count()
}

/// Reads a node's configuration from a file, or from standard input if the path is `-`.
pub(super) fn read(path: &Path) -> Result<Configured, End> {
    let text = text(path).map_err(|error| refusal(path, &error.to_string()))?;
    parse(&text).map_err(|message| refusal(path, &message))
}

fn text(path: &Path) -> std::io::Result<String> {
    if path != Path::new("-") {
        return std::fs::read_to_string(path);
    }
    let mut text = String::new();
    std::io::stdin().lock().read_to_string(&mut text)?;
    Ok(text)
}

fn refusal(path: &Path, message: &str) -> End {
    End::Usage(format!("--config: {}: {}", path.display(), message.trim_end()))
}

fn parse(text: &str) -> Result<Configured, String> {
    // Some editors put a byte order mark before the text.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
    check_addresses(&file, text).map_err(|mistake| mistake.message(text))?;
    let mut links = Links::default();
    let config = config(&file, text, &mut links).map_err(|mistake| mistake.message(text))?;
    check_config(&file, &config).map_err(|mistake| mistake.message(text))?;
    Ok(Configured { config, listen: *file.listen.get_ref(), links })
}

fn config(file: &File, text: &str, links: &mut Links) -> Result<Config, Mistake> {
    let mut seen = BTreeMap::new();
    let own = keys(&file.session, text, &mut seen)?;
    let mut peers = Vec::with_capacity(file.peers.len());
    for peer in &file.peers {
        let id = keys(&peer.session, text, &mut seen)?.id();
        peers.push(Peer { id, link: links.keep(*peer.address.get_ref()) });
    }
    let mut config = Config::new(own, peers, *file.fragments.get_ref());
    if let Some(replicas) = &file.replicas {
        config.replicas = *replicas.get_ref();
    }
    if let Some(cycle) = &file.cycle {
        let duration = humantime::parse_duration(cycle.get_ref());
        config.cycle = duration.map_err(|error| {
            let got = format!("'{}'", cycle.get_ref());
            Mistake::new(cycle, "cycle", got, format!("a duration such as 100ms ({error})"))
        })?;
    }
    if file.founding {
        config.initial_trust = u16::MAX;
    }
    Ok(config)
}

/// The keys of a session that is not among those seen, by the lines they stand on.
fn keys(value: &Spanned<String>, text: &str, seen: &mut BTreeMap<NodeId, usize>) -> Result<Keys, Mistake> {
    let digits = value.get_ref();
    let is_hexadecimal = digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let number = u128::from_str_radix(digits, 16).ok().filter(|_| is_hexadecimal);
    let Some(number) = number else {
        return Err(Mistake::new(value, "session", format!("'{digits}'"), "32 hexadecimal digits"));
    };
    let keys = Keys::of_session(number.to_be_bytes());
    if let Some(line) = seen.insert(keys.id(), line_of(text, value.span().start)) {
        return Err(Mistake::new(value, "session", digits, format!("another one than on line {line}")));
    }
    Ok(keys)
}

/// Refuses addresses with which the nodes could not reach each other.
fn check_addresses(file: &File, text: &str) -> Result<(), Mistake> {
    let listen = file.listen.get_ref();
    let mut seen = BTreeMap::new();
    for FilePeer { address, .. } in &file.peers {
        let peer = address.get_ref();
        if let Some(expected) = unreachable(listen, peer) {
            return Err(Mistake::new(address, "address", peer, expected));
        }
        if let Some(line) = seen.insert(*peer, line_of(text, address.span().start)) {
            let expected = format!("another one than on line {line}");
            return Err(Mistake::new(address, "address", peer, expected));
        }
    }
    Ok(())
}

/// What a peer's address should be instead, if a node that listens there cannot use it.
fn unreachable(listen: &SocketAddr, peer: &SocketAddr) -> Option<&'static str> {
    if peer.port() == 0 || peer.ip().is_unspecified() || peer.ip().is_multicast() || is_broadcast(peer.ip()) {
        return Some("the address and port of one node");
    }
    if listen.is_ipv4() != peer.is_ipv4() {
        return Some("the same kind as listen has, IPv4 or IPv6");
    }
    if listen.port() == peer.port() && (listen.ip() == peer.ip() || is_everywhere(listen, peer)) {
        return Some("another one than the node's own");
    }
    if listen.ip().is_loopback() && !peer.ip().is_loopback() {
        return Some("one on this machine, as listen is a loopback address");
    }
    None
}

/// Whether a node that listens on all addresses has the peer's loopback address too.
fn is_everywhere(listen: &SocketAddr, peer: &SocketAddr) -> bool {
    listen.ip().is_unspecified() && peer.ip().is_loopback()
}

fn is_broadcast(address: IpAddr) -> bool {
    matches!(address, IpAddr::V4(address) if address.is_broadcast())
}

/// What the protocol itself refuses, with the line it comes from.
fn check_config(file: &File, config: &Config) -> Result<(), Mistake> {
    let Err(error) = config.validate() else { return Ok(()) };
    let place = match error.argument {
        Argument::Replicas => file.replicas.as_ref().map(Spanned::span),
        Argument::Cycle => file.cycle.as_ref().map(Spanned::span),
        Argument::Amount | Argument::Cell | Argument::Fragments | Argument::Peers => None,
    };
    let key = error.argument.to_string();
    Err(Mistake { place: place.unwrap_or(file.fragments.span()), error: error.named(key) })
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: &str = "listen = '127.0.0.1:4000'\nsession = '000102030405060708090a0b0c0d0e0f'\n";

    fn peer(number: u8, address: &str) -> String {
        format!("[[peers]]\nsession = '{}'\naddress = '{address}'\n", format!("{number:02x}").repeat(16))
    }

    fn refused(text: &str) -> String {
        parse(text).err().expect("a mistake")
    }

    #[test]
    fn a_file_becomes_a_configuration() {
        let text = format!("\u{feff}{START}fragments = 2\ncycle = '50ms'\n{}", peer(255, "127.0.0.2:1"));
        let Configured { config, listen, .. } = parse(&text).map_err(|_| ()).expect("a sound file");
        assert_eq!(listen, SocketAddr::from(([127, 0, 0, 1], 4_000)));
        let session = std::array::from_fn(|i| i as u8);
        assert_eq!(config.keys.id(), Keys::of_session(session).id());
        assert_eq!((config.peers.len(), config.fragments, config.cycle.as_millis()), (1, 2, 50));
    }

    #[test]
    fn sessions_are_checked() {
        for digits in ["", "12", "+0000000000000000000000000000000", "zz0102030405060708090a0b0c0d0e0f"] {
            let text = format!("listen = '127.0.0.1:4000'\nfragments = 1\nsession = '{digits}'\n");
            let message = refused(&text);
            assert_eq!(message, format!("line 3: session: got '{digits}', expected 32 hexadecimal digits"));
        }
        let text = format!("{START}fragments = 1\n{}{}", peer(7, "127.0.0.1:1"), peer(7, "127.0.0.1:2"));
        assert!(refused(&text).ends_with("expected another one than on line 5"));
    }

    #[test]
    fn addresses_that_cannot_work_are_refused_with_their_line() {
        let cases = [
            ("127.0.0.1:4000", "another one than the node's own"),
            ("0.0.0.0:0", "the address and port of one node"),
            ("127.0.0.1:0", "the address and port of one node"),
            ("0.0.0.0:4001", "the address and port of one node"),
            ("224.0.0.1:4001", "the address and port of one node"),
            ("255.255.255.255:4001", "the address and port of one node"),
            ("[::1]:4001", "the same kind as listen has, IPv4 or IPv6"),
            ("10.0.0.1:4001", "one on this machine, as listen is a loopback address"),
        ];
        for (address, expected) in cases {
            let text = format!("{START}fragments = 1\n{}", peer(7, address));
            let message = format!("line 6: address: got {address}, expected {expected}");
            assert_eq!(refused(&text), message);
        }
        let text = format!("{START}fragments = 1\n{}{}", peer(7, "127.0.0.1:1"), peer(8, "127.0.0.1:1"));
        let message = "line 9: address: got 127.0.0.1:1, expected another one than on line 6";
        assert_eq!(refused(&text), message);
        for (listen, peer_address) in [("[::]:4000", "127.0.0.1:1"), ("0.0.0.0:4000", "127.0.0.1:4000")] {
            let start = START.replace("127.0.0.1:4000", listen);
            let text = format!("{start}fragments = 1\n{}", peer(7, peer_address));
            assert!(refused(&text).starts_with("line 6: address: "), "{listen} {peer_address}");
        }
    }

    #[test]
    fn what_a_node_cannot_do_is_refused_with_its_line() {
        let cases = [
            ("fragments = 1000000", "line 3: fragments: got 1000000"),
            ("fragments = 0", "line 3: fragments: got 0"),
            ("fragments = 1\ncycle = '1ns'", "line 4: cycle: got 1ns, expected 1ms to 30s"),
            ("fragments = 1\ncycle = '1h'", "line 4: cycle: got 3600s, expected 1ms to 30s"),
            ("fragments = 1\ncycle = 'fast'", "line 4: cycle: got 'fast', expected a duration such as 100ms"),
            ("fragments = 1\nreplicas = 2", "line 4: replicas: got 2, expected 8 to 4,096"),
        ];
        for (lines, expected) in cases {
            let message = refused(&format!("{START}{lines}\n{}", peer(9, "127.0.0.1:1")));
            assert!(message.starts_with(expected), "{message}");
        }
    }
}
