//! What a node knows of one member.

use std::time::Duration;

use super::budget::Budget;
use crate::address::Address;
use crate::id::LinkId;

/// Whether a member is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// It has answered, and has not been silent for long.
    Alive,
    /// It has not answered twice. It keeps its places.
    Suspected {
        /// From when on.
        since: Duration,
    },
    /// It has not answered for so long that its places are others' now. It is greeted now and then.
    Gone {
        /// From when on.
        since: Duration,
    },
}

/// A member, as a roster has it.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    /// The link to it.
    pub(crate) link: LinkId,
    /// Where others can reach it, if that is known.
    pub(crate) address: Option<Address>,
    pub(crate) state: State,
    /// It is one of those who founded the swarm together with this node.
    pub(crate) is_founder: bool,
    /// When it became a member.
    pub(crate) since: Duration,
    /// When it was heard last.
    pub(crate) heard: Duration,
    /// Greetings since then.
    pub(crate) asked: u32,
    /// When it was greeted last.
    pub(crate) asked_at: Duration,
    /// The cookie that it gave last; 0 for none.
    pub(crate) cookie: u64,
    /// How much it may ask for.
    pub(crate) share: Budget,
}

impl Member {
    /// A member that has just been heard.
    pub(crate) fn new(link: LinkId, address: Option<Address>, now: Duration) -> Self {
        Self {
            link,
            address,
            state: State::Alive,
            is_founder: false,
            since: now,
            heard: now,
            asked: 0,
            asked_at: now,
            cookie: 0,
            share: Budget::new(32, 1),
        }
    }

    /// Whether it has places: it is alive, or may be.
    pub(crate) fn is_live(&self) -> bool {
        !self.is_gone()
    }

    /// Whether it is gone.
    pub(crate) fn is_gone(&self) -> bool {
        matches!(self.state, State::Gone { .. })
    }
}
