//! What was fed to which node, and what every cell should hold because of it.

use std::collections::{BTreeMap, BTreeSet};

use crate::message::Report;
use crate::verdict::values_of;
use crate::{Ledger, Plan};

/// Which contributions went where. A node that is lost may have kept some to itself: nobody can know, so the cells
/// concerned are compared among the replicas, and not with the input.
pub(crate) struct Fed {
    count: usize,
    /// For each node the cells of contributions that some holder may not have acknowledged.
    unconfirmed: Vec<BTreeSet<u64>>,
    lost: Vec<bool>,
}

impl Fed {
    pub(crate) fn new(nodes: usize) -> Self {
        Self { count: 0, unconfirmed: vec![BTreeSet::new(); nodes], lost: vec![false; nodes] }
    }

    /// The number of contributions that were fed.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// The next contribution went to this node.
    pub(crate) fn add(&mut self, node: usize, cell: u64) {
        self.count += 1;
        self.unconfirmed[node].insert(cell);
    }

    /// A node reports. Orders are carried out one after the other, and reports are asked for after everything is fed.
    pub(crate) fn reported(&mut self, node: usize, report: &Report) {
        if report.unacknowledged == 0 {
            self.unconfirmed[node].clear();
        }
    }

    pub(crate) fn lost(&mut self, node: usize, is_lost: bool) {
        self.lost[node] = is_lost;
    }

    /// The cells that a lost node may have kept contributions to.
    pub(crate) fn uncertain(&self) -> BTreeSet<u64> {
        let nodes = self.unconfirmed.iter().zip(&self.lost);
        nodes.filter(|(_, lost)| **lost).flat_map(|(cells, _)| cells.iter().copied()).collect()
    }

    /// What every cell should hold. An uncertain cell should hold what most of its honest replicas do.
    pub(crate) fn sums(&self, ledger: &Ledger, plan: &Plan, reports: &[Report]) -> Vec<i64> {
        let mut sums = ledger.sums(self.count);
        for cell in self.uncertain() {
            if let Some(value) = most_common(values_of(plan, reports, cell)) {
                sums[cell as usize] = value;
            }
        }
        sums
    }
}

/// The value that occurs most often; of several the smallest.
fn most_common(values: impl Iterator<Item = i64>) -> Option<i64> {
    let mut counts: BTreeMap<i64, usize> = BTreeMap::new();
    for value in values {
        *counts.entry(value).or_default() += 1;
    }
    counts.into_iter().max_by_key(|&(value, count)| (count, std::cmp::Reverse(value))).map(|(value, _)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_lost_node_may_have_kept_is_uncertain() {
        let mut fed = Fed::new(3);
        for (node, cell) in [(0, 4), (1, 5), (1, 6), (2, 7)] {
            fed.add(node, cell);
        }
        fed.reported(2, &Report::default());
        fed.reported(1, &Report { unacknowledged: 1, ..Report::default() });
        assert_eq!((fed.count(), fed.uncertain().len()), (4, 0));
        fed.lost(1, true);
        fed.lost(2, true);
        assert_eq!(fed.uncertain().into_iter().collect::<Vec<_>>(), [5, 6]);
        // It was only slow.
        fed.lost(1, false);
        assert!(fed.uncertain().is_empty());
    }

    #[test]
    fn the_most_common_value_counts() {
        assert_eq!(most_common([3, 9, 9, 3, 9].into_iter()), Some(9));
        assert_eq!(most_common([3, 9].into_iter()), Some(3));
        assert_eq!(most_common(std::iter::empty()), None);
    }
}
