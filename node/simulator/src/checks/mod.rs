//! Checkers: what must hold after every event, worked out anew from what a node shows, and not by the protocol's own code.

mod limits;
mod range;
mod registers;
mod watch;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use lvs_protocol::{CellId, Node, NodeId};
use serde::Serialize;

use crate::accepted::Accepted;
use range::Hulls;
pub(crate) use range::hostile_neighbours;
use watch::{Changes, Watch};

/// The most datagrams that one datagram may be answered with: 16 diffs, and as many again for all else.
const ANSWERS_MAX: usize = 32;

/// Which of the promises is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Checker {
    /// A value lies between 0 and the largest there is.
    Value,
    /// Drift moves a cell by at most a 64th of it, or 1 VU, in a cycle.
    Rate,
    /// Drift leaves three quarters of what a cell held at the start of a window.
    Drain,
    /// Drift takes no honest value out of the range of honest values while less than a third of the group is hostile.
    Range,
    /// A value moves by what its registers bring, and by drift; by nothing else.
    Sum,
    /// Every register of an honest writer was written by it, and none is lost again.
    Registers,
    /// What a node keeps and answers is bounded.
    Bounds,
    /// In the end, every honest replica holds what was accepted, to the unit.
    Exact,
    /// VaultGuard's alarms show where they are expected.
    Alarms,
    /// Liars end without credit where that is expected.
    Credit,
    /// Who was proven a liar has no trust left, where that is expected.
    Trust,
    /// What is hostile is refused and counted, where that is expected.
    Refusals,
    /// Nothing panics, whatever comes.
    Panic,
}

impl fmt::Display for Checker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&format!("{self:?}").to_lowercase())
    }
}

/// A broken promise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// Which promise.
    pub checker: Checker,
    /// The node at which it was seen.
    pub node: usize,
    /// The cell, counted over the whole ledger.
    pub cell: Option<u64>,
    /// The cycle of the simulation.
    pub cycle: u64,
    /// What was seen.
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: node {}, ", self.checker, self.node)?;
        if let Some(cell) = self.cell {
            write!(f, "cell {cell}, ")?;
        }
        write!(f, "cycle {}: {}", self.cycle, self.what)
    }
}

/// What is wrong with one cell of a replica.
pub(crate) struct Wrong {
    checker: Checker,
    cell: Option<u8>,
    what: String,
}

impl Wrong {
    fn new(checker: Checker, cell: u8, what: String) -> Self {
        Self { checker, cell: Some(cell), what }
    }
}

/// A node that something has just been handed to.
#[derive(Clone, Copy)]
pub(crate) struct Subject<'a> {
    /// Its number.
    pub(crate) number: usize,
    /// What it shows.
    pub(crate) node: &'a Node,
    /// The hostile nodes of the swarm.
    pub(crate) hostile: &'a BTreeSet<NodeId>,
    /// Neighbours that may say something wrong besides those: bytes are changed on the way to it.
    pub(crate) garbled: usize,
    /// The cycle of the simulation.
    pub(crate) cycle: u64,
}

/// All checkers, and what they remember of every honest node.
#[derive(Default)]
pub(crate) struct Checks {
    watches: BTreeMap<(usize, u32), Watch>,
    hulls: Hulls,
    /// The first promise that was seen broken.
    violation: Option<Violation>,
}

impl Checks {
    pub(crate) fn violation(&self) -> Option<&Violation> {
        self.violation.as_ref()
    }

    /// Remembers that a promise is broken, unless another was before.
    pub(crate) fn report(&mut self, violation: Violation) {
        self.violation.get_or_insert(violation);
    }

    /// A node's time had come: if it has run a cycle, drift may have moved its values.
    pub(crate) fn after_time(&mut self, subject: Subject<'_>) {
        for fragment in subject.node.fragments() {
            let watch = self.watches.entry((subject.number, fragment.index()));
            let watch = watch.or_insert_with(|| Watch::new(fragment));
            let wrong = watch.drifted(fragment, subject, &self.hulls);
            self.judge(subject, fragment.index(), wrong);
        }
    }

    /// A node has taken a datagram, which it answered with so many, or a contribution: only registers may have moved its
    /// values.
    pub(crate) fn after_input(&mut self, subject: Subject<'_>, answers: usize) {
        for fragment in subject.node.fragments() {
            let watch = self.watches.entry((subject.number, fragment.index()));
            let watch = watch.or_insert_with(|| Watch::new(fragment));
            let wrong = watch.took(fragment);
            self.judge(subject, fragment.index(), wrong);
        }
        if answers > ANSWERS_MAX {
            let what = format!("{answers} datagrams answer one, more than {ANSWERS_MAX}");
            self.judge(subject, 0, Err(Wrong { checker: Checker::Bounds, cell: None, what }));
        }
    }

    /// A cycle of the simulation has passed: every register of a node is looked at.
    pub(crate) fn after_cycle(
        &mut self,
        subject: Subject<'_>,
        accepted: &Accepted,
        numbers: &BTreeMap<NodeId, usize>,
    ) {
        for fragment in subject.node.fragments() {
            let Some(watch) = self.watches.get_mut(&(subject.number, fragment.index())) else { continue };
            let origin = registers::Origin { accepted, numbers, hostile: subject.hostile };
            let changes = Changes {
                accepted: accepted.count,
                taken: subject.node.counters().registers,
                kept: fragment.registers(),
            };
            let wrong = watch.look_at_registers(fragment, changes, origin);
            self.judge(subject, fragment.index(), wrong);
        }
    }

    /// A cell of an honest replica was overwritten with a value.
    pub(crate) fn overwritten(&mut self, number: usize, cell: CellId, value: i64) {
        if let Some(watch) = self.watches.get_mut(&(number, cell.fragment)) {
            let deviation = watch.overwritten(cell.cell, value);
            self.hulls.extend(cell, deviation);
        }
    }

    /// A node has gone, with all it held.
    pub(crate) fn gone(&mut self, number: usize) {
        self.watches.retain(|(node, _), _| *node != number);
    }

    fn judge(&mut self, subject: Subject<'_>, fragment: u32, wrong: Result<(), Wrong>) {
        let Err(Wrong { checker, cell, what }) = wrong else { return };
        let cell = cell.map(|cell| CellId { fragment, cell }.number());
        self.report(Violation { checker, node: subject.number, cell, cycle: subject.cycle, what });
    }
}
