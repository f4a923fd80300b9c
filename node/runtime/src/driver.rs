//! Drives a node: waits for datagrams, commands and the time of the next cycle, and carries out what the node asks for.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::time::{Duration, Instant};

use lvs_protocol::wire::DATAGRAM_MAX;
use lvs_protocol::{Address, Event, Input, LinkId, Node, Output};
use mio::{Events, Poll, Token, Waker};

use crate::{Links, Transport};

const SOCKET: Token = Token(0);
const COMMANDS: Token = Token(1);

/// Datagrams taken in before commands and the clock have their turn: a flood must not stop the cycles.
const BATCH: usize = 256;

/// Something to do to the node between datagrams.
pub type Command = Box<dyn FnOnce(&mut Node, Duration) + Send>;

/// A node with its socket and its clock.
pub struct Driver<T> {
    node: Node,
    transport: T,
    links: Links,
    poll: Poll,
    commands: Receiver<Command>,
    started: Instant,
}

/// Hands commands to a driver from another thread; the driver ends soon after all of these are gone.
#[derive(Clone)]
pub struct Commander {
    sender: Sender<Command>,
    waker: Arc<Waker>,
}

impl Commander {
    /// Hands in a command. Returns whether the driver is still there.
    pub fn send(&self, command: Command) -> bool {
        self.sender.send(command).is_ok() && self.waker.wake().is_ok()
    }
}

impl<T: Transport> Driver<T> {
    /// Puts a node on a transport. `links` has the addresses behind the links that the node knows; the node's time began
    /// at `started`.
    ///
    /// # Errors
    /// If the system has nothing to wait with, such as too few open files.
    pub fn new(
        node: Node,
        mut transport: T,
        links: Links,
        started: Instant,
    ) -> io::Result<(Self, Commander)> {
        let poll = Poll::new()?;
        transport.register(poll.registry(), SOCKET)?;
        let waker = Arc::new(Waker::new(poll.registry(), COMMANDS)?);
        let (sender, commands) = channel();
        Ok((Self { node, transport, links, poll, commands, started }, Commander { sender, waker }))
    }

    /// Runs until every [`Commander`] is gone.
    ///
    /// # Errors
    /// If the socket fails.
    pub fn run(mut self) -> io::Result<()> {
        for (link, address) in self.links.iter().collect::<Vec<_>>() {
            self.hand_in_link(link, address);
        }
        let mut events = Events::with_capacity(8);
        let mut more = false;
        loop {
            let due = self.carry_out();
            let wait = if more { Duration::ZERO } else { due.saturating_sub(self.started.elapsed()) };
            match self.poll.poll(&mut events, Some(wait)) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                result => result?,
            }
            more = self.receive()?;
            if !self.obey() {
                return Ok(());
            }
            self.hand_in(Input::Timeout);
        }
    }

    /// Takes in a batch of datagrams. Returns whether more may be waiting.
    fn receive(&mut self) -> io::Result<bool> {
        // One byte more than a packet may have, so that longer ones are seen to be.
        let mut buffer = [0; DATAGRAM_MAX + 1];
        for _ in 0..BATCH {
            let Some((length, from)) = self.transport.receive(&mut buffer)? else { return Ok(false) };
            let (link, is_new) = self.links.from(from);
            if is_new {
                self.hand_in_link(link, from);
            }
            self.hand_in(Input::Datagram { from: link, bytes: &buffer[..length] });
            self.carry_out();
        }
        Ok(true)
    }

    /// Carries out the commands that have come. Returns whether any more can come.
    fn obey(&mut self) -> bool {
        loop {
            match self.commands.try_recv() {
                Ok(command) => command(&mut self.node, self.started.elapsed()),
                Err(TryRecvError::Empty) => return true,
                Err(TryRecvError::Disconnected) => return false,
            }
        }
    }

    fn hand_in(&mut self, input: Input<'_>) {
        if let Err(error) = self.node.handle(self.started.elapsed(), input) {
            tracing::warn!(%error, "refused");
        }
    }

    fn hand_in_link(&mut self, link: LinkId, address: SocketAddr) {
        if let Some(address) = Address::of_socket(address) {
            self.hand_in(Input::Link { link, address });
        }
    }

    fn transmit(&mut self, to: LinkId, datagram: &[u8]) {
        match self.links.address(to) {
            Some(address) => self.transport.send(address, datagram),
            None => tracing::debug!(%to, "datagram not sent: the link is forgotten"),
        }
    }

    /// Does what the node asks for. Returns when it wants to be called again.
    fn carry_out(&mut self) -> Duration {
        loop {
            match self.node.poll_output() {
                Output::Transmit { to, datagram } => self.transmit(to, &datagram),
                Output::Open { address } => {
                    let address = address.to_socket();
                    let link = self.links.keep(address);
                    self.hand_in_link(link, address);
                }
                Output::Close { link } => self.links.release(link),
                Output::Event(Event::VaultGuard(alarm)) => tracing::info!(?alarm, "VaultGuard"),
                Output::Event(Event::Alarmed { by, alarm }) => tracing::debug!(%by, ?alarm, "alarm heard"),
                Output::Timeout(at) => return at,
            }
        }
    }
}
