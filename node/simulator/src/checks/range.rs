//! The range of honest values, as distances from what each replica's own registers add up to.

use std::collections::BTreeMap;

use lvs_protocol::{CellId, Node};

use super::{Checker, Subject, Wrong};

/// Of so many neighbours, one may be hostile.
const NEIGHBOURS_PER_HOSTILE: usize = 3;

/// How far honest values of each cell were overwritten, down and up. Drift only compares replicas of the same registers,
/// so it can never lead out of this range.
#[derive(Default)]
pub(super) struct Hulls {
    hulls: BTreeMap<CellId, Hull>,
}

#[derive(Clone, Copy, Default)]
struct Hull {
    low: i128,
    high: i128,
}

impl Hulls {
    /// An honest value of a cell was overwritten, and is so far from its registers now.
    pub(super) fn extend(&mut self, cell: CellId, deviation: i128) {
        let hull = self.hulls.entry(cell).or_default();
        hull.low = hull.low.min(deviation);
        hull.high = hull.high.max(deviation);
    }

    /// Judges where drift has taken a value, so far from its registers.
    pub(super) fn judge(&self, subject: Subject<'_>, cell: CellId, deviation: i128) -> Result<(), Wrong> {
        let Hull { low, high } = self.hulls.get(&cell).copied().unwrap_or_default();
        if (low..=high).contains(&deviation) || !is_within_bound(subject, cell.fragment) {
            return Ok(());
        }
        let what =
            format!("drift took it {deviation} from its registers; honest values are {low} to {high} off");
        Err(Wrong::new(Checker::Range, cell.cell, what))
    }
}

/// Whether few enough neighbours of a replica are hostile for the promise of the honest range.
fn is_within_bound(subject: Subject<'_>, fragment: u32) -> bool {
    let neighbours = hostile_neighbours(subject.node, fragment, |node| subject.hostile.contains(&node));
    neighbours.hostile + subject.garbled <= neighbours.all / NEIGHBOURS_PER_HOSTILE
}

/// The neighbours of a replica.
pub(crate) struct Neighbours {
    pub(crate) all: usize,
    pub(crate) hostile: usize,
}

/// How many neighbours a replica has, and how many of them are hostile.
pub(crate) fn hostile_neighbours(
    node: &Node,
    fragment: u32,
    is_hostile: impl Fn(lvs_protocol::NodeId) -> bool,
) -> Neighbours {
    let mut neighbours = Neighbours { all: 0, hostile: 0 };
    for (neighbour, _) in node.trust(fragment) {
        neighbours.all += 1;
        neighbours.hostile += usize::from(is_hostile(neighbour));
    }
    neighbours
}
