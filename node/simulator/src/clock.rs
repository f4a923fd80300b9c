//! Clocks of nodes that do not run alike.

use std::time::Duration;

/// A clock of this pace, in millionths, is right.
const RIGHT: u128 = 1_000_000;

/// One node's clock against the simulation's.
#[derive(Clone, Copy)]
pub(crate) struct Clock {
    pace: u128,
}

impl Clock {
    /// A clock that is fast by so many millionths, or slow if negative.
    pub(crate) fn fast_by(millionths: i64) -> Self {
        Self { pace: (RIGHT as i64 + millionths).max(1) as u128 }
    }

    /// What the clock shows at this time of the simulation.
    pub(crate) fn shows(self, now: Duration) -> Duration {
        nanoseconds(now.as_nanos() * self.pace / RIGHT)
    }

    /// When the clock shows this, rounded up: by then it does.
    pub(crate) fn when(self, shown: Duration) -> Duration {
        nanoseconds((shown.as_nanos() * RIGHT).div_ceil(self.pace))
    }
}

fn nanoseconds(count: u128) -> Duration {
    Duration::from_nanos(count as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_shows_what_it_was_waited_for() {
        for millionths in [-300_000, -7, 0, 13, 250_000] {
            let clock = Clock::fast_by(millionths);
            for nanos in [0, 1, 99_999_999, 12_345_678_901] {
                let shown = Duration::from_nanos(nanos);
                let when = clock.when(shown);
                assert!(clock.shows(when) >= shown, "{millionths} {nanos}");
                assert!(clock.shows(when) - shown < Duration::from_nanos(3));
            }
        }
        let fast = Clock::fast_by(100_000);
        assert_eq!(fast.shows(Duration::from_secs(10)), Duration::from_secs(11));
    }
}
