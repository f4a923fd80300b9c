//! Cuts through the network.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::swarm::CYCLE;

/// Some nodes in a row, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nodes {
    /// The first of them.
    pub first: usize,
    /// The last of them.
    pub last: usize,
}

impl Nodes {
    /// Whether a node is one of them.
    pub fn contain(self, node: usize) -> bool {
        (self.first..=self.last).contains(&node)
    }
}

/// Some nodes are cut off from all others: what one side sends to the other is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Partition {
    /// The first of the nodes that are cut off.
    pub first: usize,
    /// The last of them.
    pub last: usize,
    /// Only what these nodes send is lost; what is sent to them arrives.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub one_way: bool,
    /// The cut opens and closes: for so many cycles it is there, and for so many not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flapping: Option<u32>,
}

impl Partition {
    /// Nodes below this number are cut off from the others, both ways and for good.
    pub fn below(node: usize) -> Self {
        Self { first: 0, last: node.saturating_sub(1), one_way: false, flapping: None }
    }

    /// The nodes that are cut off.
    pub fn nodes(self) -> Nodes {
        Nodes { first: self.first, last: self.last }
    }

    /// Whether what one node sends to another at this time is lost.
    pub(crate) fn parts(self, from: usize, to: usize, now: Duration) -> bool {
        let leaves = self.nodes().contain(from) && !self.nodes().contain(to);
        let enters = self.nodes().contain(to) && !self.nodes().contain(from);
        self.is_there(now) && (leaves || (enters && !self.one_way))
    }

    fn is_there(self, now: Duration) -> bool {
        let cycle = now.as_nanos() / CYCLE.as_nanos();
        self.flapping.is_none_or(|cycles| (cycle / u128::from(cycles.max(1))).is_multiple_of(2))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_parts_its_sides_and_nobody_else() {
        let cut = Partition::below(3);
        assert!(cut.parts(0, 3, CYCLE) && cut.parts(3, 0, CYCLE));
        assert!(!cut.parts(0, 2, CYCLE) && !cut.parts(3, 4, CYCLE));
        let one_way = Partition { one_way: true, ..cut };
        assert!(one_way.parts(0, 3, CYCLE) && !one_way.parts(3, 0, CYCLE));
    }

    #[test]
    fn a_flapping_cut_comes_and_goes() {
        let cut = Partition { flapping: Some(5), ..Partition::below(3) };
        let parted: Vec<_> = (0..20).filter(|&cycle| cut.parts(0, 3, CYCLE * cycle)).collect();
        assert_eq!(parted, [0, 1, 2, 3, 4, 10, 11, 12, 13, 14]);
    }
}
