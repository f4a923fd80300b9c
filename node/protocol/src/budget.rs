//! Budgets: what each member may cost this node, so that none can use it up.
//!
//! Each budget is a bucket that fills with time and holds so much at most (a token bucket, as in RFC 2697): who has been quiet may
//! ask for much at once, and nobody for much in the long run.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::id::NodeId;

/// The most budgets that are kept, more than all members of a roster have; those that are full again go first.
const BUDGETS_MAX: usize = 4_096;

/// What a member can cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Expense {
    /// Signatures to be checked: some 50 µs each.
    Checks,
    /// Bytes that answer what it asks for.
    Answers,
    /// Being woken by its word alone.
    Wakes,
}

impl Expense {
    /// How much can be spent at once.
    fn most(self) -> u64 {
        match self {
            Self::Checks => 2_048,
            Self::Answers => 64 * 1_024,
            Self::Wakes => 64,
        }
    }

    /// The time in which one comes back.
    fn refill(self) -> Duration {
        match self {
            Self::Checks => Duration::from_millis(4),
            // 32 KiB a second.
            Self::Answers => Duration::from_nanos(30_518),
            Self::Wakes => Duration::from_secs(300),
        }
    }
}

/// How much of a budget is spent, and when that was right.
#[derive(Clone, Copy)]
struct Spent {
    amount: u64,
    at: Duration,
}

impl Spent {
    /// What is still spent at a later time.
    fn at(self, now: Duration, refill: Duration) -> Self {
        let back = now.saturating_sub(self.at).as_nanos() / refill.as_nanos();
        let back = u64::try_from(back).unwrap_or(u64::MAX);
        if back >= self.amount {
            return Self { amount: 0, at: now };
        }
        // The part of a refill that has passed counts towards the next one.
        Self { amount: self.amount - back, at: self.at + refill * back as u32 }
    }
}

/// The budgets of all members.
#[derive(Default)]
pub(crate) struct Budgets {
    spent: BTreeMap<(NodeId, Expense), Spent>,
    now: Duration,
}

impl Budgets {
    /// Time has come so far.
    pub(crate) fn begin(&mut self, now: Duration) {
        self.now = self.now.max(now);
    }

    /// What a member may still spend.
    pub(crate) fn left(&self, member: NodeId, expense: Expense) -> u64 {
        let spent =
            self.spent.get(&(member, expense)).map_or(0, |spent| spent.at(self.now, expense.refill()).amount);
        expense.most() - spent
    }

    /// Spends some of a member's budget. Returns whether there was as much; if not, nothing is spent.
    pub(crate) fn spend(&mut self, member: NodeId, expense: Expense, amount: u64) -> bool {
        if amount > self.left(member, expense) {
            return false;
        }
        if self.spent.len() >= BUDGETS_MAX {
            self.forget_full();
        }
        let entry = self.spent.entry((member, expense)).or_insert(Spent { amount: 0, at: self.now });
        *entry = entry.at(self.now, expense.refill());
        entry.amount += amount;
        true
    }

    /// Drops what says nothing: budgets that are full again. If none is, drops all, as members that many cannot all be real.
    fn forget_full(&mut self) {
        let now = self.now;
        self.spent.retain(|(_, expense), spent| spent.at(now, expense.refill()).amount > 0);
        if self.spent.len() >= BUDGETS_MAX {
            self.spent.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADA: NodeId = NodeId::from_bytes([3; 16]);
    const BOB: NodeId = NodeId::from_bytes([4; 16]);

    #[test]
    fn what_is_spent_comes_back_with_time() {
        let mut budgets = Budgets::default();
        assert!(budgets.spend(ADA, Expense::Checks, 2_000));
        assert!(!budgets.spend(ADA, Expense::Checks, 100));
        assert!(budgets.spend(BOB, Expense::Checks, 100), "each has its own");
        assert!(budgets.spend(ADA, Expense::Answers, 100), "and one of each kind");
        budgets.begin(Duration::from_millis(50 * 4));
        assert!(!budgets.spend(ADA, Expense::Checks, 100));
        budgets.begin(Duration::from_millis(52 * 4));
        assert!(budgets.spend(ADA, Expense::Checks, 100));
        assert_eq!(budgets.left(ADA, Expense::Checks), 0);
        budgets.begin(Duration::from_secs(3_600));
        assert_eq!(budgets.left(ADA, Expense::Checks), 2_048);
    }

    #[test]
    fn many_small_steps_bring_back_as_much_as_one() {
        let mut budgets = Budgets::default();
        assert!(budgets.spend(ADA, Expense::Wakes, 64));
        for seconds in 0..3_001 {
            budgets.begin(Duration::from_secs(seconds));
            budgets.spend(ADA, Expense::Wakes, 0);
        }
        assert_eq!(budgets.left(ADA, Expense::Wakes), 10);
    }

    #[test]
    fn memory_is_bounded_whoever_comes() {
        let mut budgets = Budgets::default();
        for i in 0..10_000_u64 {
            let mut id = [0; 16];
            id[..8].copy_from_slice(&i.to_le_bytes());
            budgets.begin(Duration::from_millis(i));
            assert!(budgets.spend(NodeId::from_bytes(id), Expense::Checks, 1));
        }
        assert!(budgets.spent.len() <= BUDGETS_MAX);
    }
}
