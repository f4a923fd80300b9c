//! What a node counts, for operators and tests.

use std::collections::BTreeMap;

use crate::wire::Refusal;

/// What a node has counted since its start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Datagrams handed in.
    pub received: u64,
    /// Datagrams handed out.
    pub sent: u64,
    /// Bytes in them.
    pub bytes_sent: u64,
    /// Datagrams refused, by reason.
    pub refused: BTreeMap<Refusal, u64>,
    /// Registers of others taken over.
    pub registers: u64,
    /// Cells that the rate limit held back, summed over cycles.
    pub rate_limited: u64,
    /// Cells that the drain floor held, summed over cycles.
    pub floored: u64,
    /// Members that have been taken for gone.
    pub gone: u64,
    /// Alarms raised.
    pub alarms_raised: u64,
    /// Alarms heard.
    pub alarms_heard: u64,
}

impl Counters {
    pub(crate) fn refuse(&mut self, reason: Refusal) {
        *self.refused.entry(reason).or_default() += 1;
    }

    /// Datagrams refused, for any reason.
    pub fn refused_total(&self) -> u64 {
        self.refused.values().sum()
    }
}
