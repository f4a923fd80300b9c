//! How much somebody may ask for: so much at once, and so much more each second.

use std::time::Duration;

/// What is left of somebody's share.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    left: u32,
    most: u32,
    per_second: u32,
    since: Duration,
}

impl Budget {
    /// A full share.
    pub(crate) const fn new(most: u32, per_second: u32) -> Self {
        Self { left: most, most, per_second, since: Duration::ZERO }
    }

    /// Takes one. Returns whether one was left.
    pub(crate) fn take(&mut self, now: Duration) -> bool {
        let seconds = now.saturating_sub(self.since).as_secs();
        let gained = seconds.saturating_mul(u64::from(self.per_second)).min(u64::from(self.most)) as u32;
        self.left = (self.left + gained).min(self.most);
        self.since += Duration::from_secs(seconds);
        let has_one = self.left > 0;
        self.left -= u32::from(has_one);
        has_one
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_used_up_and_comes_back() {
        let mut budget = Budget::new(10, 2);
        let taken = |budget: &mut Budget, now| (0..100).filter(|_| budget.take(now)).count();
        assert_eq!(taken(&mut budget, Duration::from_millis(500)), 10);
        assert_eq!(taken(&mut budget, Duration::from_millis(1_600)), 2);
        assert_eq!(taken(&mut budget, Duration::from_millis(1_900)), 0);
        assert_eq!(taken(&mut budget, Duration::from_millis(3_000)), 4);
        assert_eq!(taken(&mut budget, Duration::MAX), 10);
    }
}
