//! Where registers come from, and that none is lost again.

use std::collections::{BTreeMap, BTreeSet};

use lvs_protocol::ledger::Register;
use lvs_protocol::{CellId, NodeId};

use super::{Checker, Wrong};
use crate::accepted::Accepted;

/// The most registers of a fragment (docs/protocol.md, "Limits").
const REGISTERS_MAX: usize = 65_536;

/// Who wrote what.
#[derive(Clone, Copy)]
pub(super) struct Origin<'a> {
    pub(super) accepted: &'a Accepted,
    pub(super) numbers: &'a BTreeMap<NodeId, usize>,
    pub(super) hostile: &'a BTreeSet<NodeId>,
}

impl Origin<'_> {
    /// Judges the registers of a replica by those that it held a cycle ago.
    pub(super) fn judge(
        self,
        fragment: u32,
        before: &BTreeMap<(u8, NodeId), Register>,
        held: &BTreeMap<(u8, NodeId), Register>,
    ) -> Result<(), Wrong> {
        if held.len() > REGISTERS_MAX {
            let what = format!("{} registers are kept of fragment {fragment}", held.len());
            return Err(Wrong { checker: Checker::Bounds, cell: None, what });
        }
        for (&(cell, writer), register) in held {
            self.judge_writer(CellId { fragment, cell }, writer, register)?;
        }
        for (key, old) in before {
            let now = held.get(key).map_or(0, |register| register.sequence);
            if now < old.sequence {
                let what = format!(
                    "contribution {} of node {} is lost, of which {now} is left",
                    old.sequence, key.1
                );
                return Err(Wrong::new(Checker::Registers, key.0, what));
            }
        }
        Ok(())
    }

    /// A register of an honest writer says what that writer has brought. Others' are their own affair.
    fn judge_writer(self, cell: CellId, writer: NodeId, register: &Register) -> Result<(), Wrong> {
        if register.amount < 0 {
            let what = format!("holds {} from {writer}, who takes more than it brought", register.amount);
            return Err(Wrong::new(Checker::Registers, cell.cell, what));
        }
        let Some(&number) = self.numbers.get(&writer).filter(|_| !self.hostile.contains(&writer)) else {
            return Ok(());
        };
        let written = self.accepted.after(cell, number, register.sequence);
        if written == Some(register.amount) {
            return Ok(());
        }
        let Register { sequence, amount, .. } = register;
        let what =
            format!("holds {amount} as contribution {sequence} of node {number}, which wrote {written:?}");
        Err(Wrong::new(Checker::Registers, cell.cell, what))
    }
}
