//! Correction signals: what VaultGuard held back, and that a replica moves.

use std::collections::BTreeSet;

use lvs_kernels::DriftSummary;

use crate::id::NodeId;
use crate::node::Event;
use crate::outgoing::Outgoing;
use crate::replica::Replicas;
use crate::wire::{Alarm, Refusal};

/// Cycles from one correction signal about a fragment to the next.
const ALARM_EVERY: u64 = 16;

/// The replicas that have moved since they last woke the others.
#[derive(Default)]
pub(crate) struct Alarms {
    restless: BTreeSet<u32>,
}

impl Alarms {
    /// Another holder's replica was held back, or moves: it needs fresh samples, so it calls.
    pub(crate) fn handle(
        &mut self,
        from: NodeId,
        alarm: Alarm,
        replicas: &mut Replicas,
        out: &mut Outgoing,
    ) -> Result<(), Refusal> {
        replicas.shared_with(alarm.fragment, from)?;
        out.tell(Event::Alarmed { by: from, alarm });
        out.called_by(from);
        Ok(())
    }

    /// Takes note of what a cycle did to a replica. Returns the signal that is due. A replica that moves wakes the others,
    /// and keeps them awake: it needs fresh samples of more than a third of them to move at all. So it signals at once
    /// if the node was slow, and from time to time otherwise.
    pub(crate) fn poll(
        &mut self,
        fragment: u32,
        summary: &DriftSummary,
        cycle: u64,
        was_slow: bool,
    ) -> Option<Alarm> {
        if is_held_back(summary) || summary.max_correction > 0 {
            self.restless.insert(fragment);
        }
        let due = was_slow || cycle.is_multiple_of(ALARM_EVERY);
        if !due || !self.restless.remove(&fragment) {
            return None;
        }
        let rate_limited = summary.rate_limited as u16;
        let floored = summary.floored as u16;
        tracing::debug!(fragment, rate_limited, floored, "correction signal");
        Some(Alarm { fragment, rate_limited, floored })
    }
}

/// Whether VaultGuard held a replica back.
pub(crate) fn is_held_back(summary: &DriftSummary) -> bool {
    summary.rate_limited + summary.floored > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replica_that_moves_signals_now_and_then_and_one_that_rests_does_not() {
        let mut alarms = Alarms::default();
        let moving = DriftSummary { max_correction: 5, ..DriftSummary::default() };
        let resting = DriftSummary::default();
        assert_eq!(alarms.poll(3, &moving, 1, false), None, "not due");
        let alarm = Alarm { fragment: 3, rate_limited: 0, floored: 0 };
        assert_eq!(alarms.poll(3, &resting, 16, false), Some(alarm), "it has moved since the last signal");
        assert_eq!(alarms.poll(3, &resting, 32, false), None);
        assert_eq!(alarms.poll(3, &moving, 33, true), Some(alarm), "the others may be asleep");
    }
}
