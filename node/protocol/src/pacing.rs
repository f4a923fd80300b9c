//! Pacing: what a node has to say leaves over time, not in one burst that buffers on the way cannot hold.
//!
//! A cycle of a node with a hundred fragments makes three hundred datagrams. Sent at once on a loopback interface, 42 to 74 of a hundred
//! were lost to the receivers' buffers.

use std::time::Duration;

/// Datagrams that may leave at once.
const BURST: usize = 32;

/// The time from one share to the next.
const TICK: Duration = Duration::from_millis(1);

/// The least share.
const SHARE_MIN: usize = 8;

/// Of what waits, one part of so many is a share, so that what waits cannot grow without end.
const PARTS: usize = 32;

/// How many datagrams may leave now, and when the next may.
pub(crate) struct Pacing {
    allowed: usize,
    /// When the last share came.
    at: Duration,
}

impl Pacing {
    pub(crate) fn new(now: Duration) -> Self {
        Self { allowed: BURST, at: now }
    }

    /// Adds the shares of the time since the last, while so many datagrams wait.
    pub(crate) fn refill(&mut self, now: Duration, waiting: usize) {
        let ticks = now.saturating_sub(self.at).as_nanos() / TICK.as_nanos();
        if ticks == 0 {
            return;
        }
        let share = SHARE_MIN.max(waiting / PARTS);
        let most = BURST.max(share);
        let shares = share.saturating_mul(usize::try_from(ticks).unwrap_or(usize::MAX));
        self.allowed = self.allowed.saturating_add(shares).min(most);
        // The part of a tick that has passed counts towards the next one.
        self.at = if shares >= most { now } else { self.at + TICK * ticks as u32 };
    }

    /// Takes the allowance for one datagram. Returns whether there was one.
    pub(crate) fn take(&mut self) -> bool {
        let allowed = self.allowed > 0;
        self.allowed -= usize::from(allowed);
        allowed
    }

    /// When the next share comes.
    pub(crate) fn next(&self) -> Duration {
        self.at + TICK
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many of so many datagrams leave in each tick.
    fn leaving(mut waiting: usize) -> Vec<usize> {
        let mut pacing = Pacing::new(Duration::ZERO);
        let mut left = Vec::new();
        for tick in 0.. {
            if waiting == 0 {
                break;
            }
            pacing.refill(TICK * tick, waiting);
            let before = waiting;
            while waiting > 0 && pacing.take() {
                waiting -= 1;
            }
            left.push(before - waiting);
        }
        left
    }

    #[test]
    fn few_leave_at_once_and_many_in_shares() {
        assert_eq!(leaving(20), [20]);
        assert_eq!(leaving(50), [32, 8, 8, 2]);
        let left = leaving(300);
        assert_eq!((left[0], left[1], left.len()), (32, 8, 35));
    }

    #[test]
    fn however_many_wait_they_leave_within_about_a_cycle() {
        for waiting in [1_000, 10_000, 100_000] {
            let left = leaving(waiting);
            assert!(left.len() < 300, "{waiting} take {} ms", left.len());
            assert!(left.iter().max() <= Some(&BURST.max(waiting / PARTS)));
        }
    }

    #[test]
    fn a_long_rest_allows_no_more_than_a_burst() {
        let mut pacing = Pacing::new(Duration::ZERO);
        pacing.refill(Duration::from_secs(3_600), 0);
        assert_eq!((0..100).filter(|_| pacing.take()).count(), BURST);
        assert_eq!(pacing.next(), Duration::from_secs(3_600) + TICK);
    }
}
