//! Withdrawals: an account that is taken from has one writer, and is never below 0 on the way.

use std::collections::{BTreeSet, VecDeque};

use crate::Contribution;

/// What an account holds so far, and what waits until it holds enough.
#[derive(Clone, Default)]
struct Account {
    held: i128,
    waiting: VecDeque<Contribution>,
}

impl Account {
    /// Makes a contribution if the account holds enough for it. Returns whether it did.
    fn make(&mut self, contribution: Contribution, made: &mut Vec<Contribution>) -> bool {
        let after = self.held + i128::from(contribution.amount);
        if after < 0 {
            return false;
        }
        self.held = after;
        made.push(contribution);
        true
    }

    /// Makes what waits, in its order, as far as the account holds enough.
    fn make_waiting(&mut self, made: &mut Vec<Contribution>) {
        while let Some(&next) = self.waiting.front() {
            if !self.make(next, made) {
                return;
            }
            self.waiting.pop_front();
        }
    }
}

/// The contributions with each withdrawal behind what it is taken from. Each of these accounts must hold 0 or more in the end.
pub(crate) fn covered(contributions: Vec<Contribution>, accounts: usize) -> Vec<Contribution> {
    let mut kept = vec![Account::default(); accounts];
    let mut made = Vec::with_capacity(contributions.len());
    for contribution in contributions {
        let account = &mut kept[contribution.cell as usize];
        if account.make(contribution, &mut made) {
            account.make_waiting(&mut made);
        } else {
            account.waiting.push_back(contribution);
        }
    }
    made
}

/// The cells that something is taken from. A node can take back only what it has brought, so each has one writer.
pub(crate) fn taken_from(contributions: &[Contribution]) -> BTreeSet<u64> {
    contributions
        .iter()
        .filter(|contribution| contribution.amount < 0)
        .map(|contribution| contribution.cell)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contributions(list: &[(u64, i64)]) -> Vec<Contribution> {
        list.iter().map(|&(cell, amount)| Contribution { cell, amount }).collect()
    }

    #[test]
    fn withdrawals_wait_for_what_covers_them() {
        let given = contributions(&[(0, -3), (1, 5), (0, -4), (0, 3), (1, -5), (0, 9), (0, -5)]);
        let expected = contributions(&[(1, 5), (0, 3), (0, -3), (1, -5), (0, 9), (0, -4), (0, -5)]);
        assert_eq!(covered(given.clone(), 2), expected);
        assert_eq!(taken_from(&given), BTreeSet::from([0, 1]));
    }

    #[test]
    fn without_withdrawals_the_order_stays() {
        let given = contributions(&[(1, 3), (0, 5), (1, 9)]);
        assert_eq!(covered(given.clone(), 2), given);
        assert!(taken_from(&given).is_empty());
    }
}
