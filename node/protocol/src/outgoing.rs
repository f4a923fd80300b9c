//! What the parts of a node want done: the one way out.

use std::collections::VecDeque;

use crate::address::Address;
use crate::id::{LinkId, NodeId};
use crate::node::Event;
use crate::wire::Packet;

/// One thing to be done.
pub(crate) enum Action {
    /// Send a packet to a member.
    Send(NodeId, Packet),
    /// Send a packet over a link, whoever is there.
    SendOver(LinkId, Packet),
    /// Ask the driver for a link to an address.
    Open(Address),
    /// Tell the driver that a link is needed no more.
    Close(LinkId),
    /// Tell the driver of something.
    Tell(Event),
}

impl Action {
    /// Whether a datagram leaves with it.
    pub(crate) fn is_datagram(&self) -> bool {
        matches!(self, Self::Send(..) | Self::SendOver(..))
    }
}

/// What is to be done, in order.
#[derive(Default)]
pub(crate) struct Outgoing {
    actions: VecDeque<Action>,
    waking: bool,
    caller: Option<NodeId>,
}

impl Outgoing {
    pub(crate) fn send(&mut self, to: NodeId, packet: Packet) {
        self.actions.push_back(Action::Send(to, packet));
    }

    pub(crate) fn send_over(&mut self, link: LinkId, packet: Packet) {
        self.actions.push_back(Action::SendOver(link, packet));
    }

    pub(crate) fn open(&mut self, address: Address) {
        self.actions.push_back(Action::Open(address));
    }

    pub(crate) fn close(&mut self, link: LinkId) {
        self.actions.push_back(Action::Close(link));
    }

    pub(crate) fn tell(&mut self, event: Event) {
        self.actions.push_back(Action::Tell(event));
    }

    /// Something has happened, beyond doubt, that the node should not sleep through.
    pub(crate) fn wake(&mut self) {
        self.waking = true;
    }

    /// A member says that something is going on. Its word alone wakes the node now and then only.
    pub(crate) fn called_by(&mut self, member: NodeId) {
        self.caller = Some(member);
    }

    /// Who has called since this was asked last.
    pub(crate) fn take_caller(&mut self) -> Option<NodeId> {
        self.caller.take()
    }

    /// Whether something woke the node since this was asked last.
    pub(crate) fn take_wake(&mut self) -> bool {
        std::mem::take(&mut self.waking)
    }

    /// How many things are to be done.
    pub(crate) fn waiting(&self) -> usize {
        self.actions.len()
    }

    /// The next thing to be done, if its time has come.
    pub(crate) fn next_if(&mut self, has_come: impl FnOnce(&Action) -> bool) -> Option<Action> {
        self.actions.pop_front_if(|action| has_come(action))
    }

    #[cfg(test)]
    pub(crate) fn next(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }
}
