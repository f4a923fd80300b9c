//! How fast a node cycles: at once while anything moves, ever slower while nothing does.

use std::time::Duration;

/// Cycles without a change after which the cadence begins to slow down: samples stay fresh for as many.
const QUIET_BEFORE: u32 = 64;

/// When the next cycle is due.
pub(crate) struct Cadence {
    busy: Duration,
    idle: Duration,
    interval: Duration,
    quiet: u32,
    due: Duration,
}

impl Cadence {
    pub(crate) fn new(busy: Duration, idle: Duration, now: Duration) -> Self {
        Self { busy, idle, interval: busy, quiet: 0, due: now + busy }
    }

    pub(crate) fn due(&self) -> Duration {
        self.due
    }

    pub(crate) fn is_slow(&self) -> bool {
        self.interval > self.busy
    }

    /// Whether it is slow, or half-way to it. Only then does it matter that somebody calls.
    pub(crate) fn is_drowsy(&self) -> bool {
        self.quiet >= QUIET_BEFORE / 2
    }

    /// Plans the next cycle after one in which something moved or nothing did. A late cycle is not made up for.
    pub(crate) fn cycled(&mut self, now: Duration, moved: bool) {
        self.quiet = if moved { 0 } else { self.quiet.saturating_add(1) };
        self.interval = match self.quiet {
            0..QUIET_BEFORE => self.busy,
            _ => (self.interval * 2).min(self.idle),
        };
        self.due = (self.due + self.interval).max(now);
    }

    /// Something happened: back to the fast cadence at once.
    pub(crate) fn wake(&mut self, now: Duration) {
        self.quiet = 0;
        self.interval = self.busy;
        self.due = self.due.min(now + self.busy);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUSY: Duration = Duration::from_millis(100);
    const IDLE: Duration = Duration::from_secs(30);

    #[test]
    fn quiet_slows_down_and_a_change_wakes() {
        let mut cadence = Cadence::new(BUSY, IDLE, Duration::ZERO);
        for _ in 0..QUIET_BEFORE - 1 {
            cadence.cycled(cadence.due(), false);
            assert!(!cadence.is_slow());
        }
        for _ in 0..20 {
            cadence.cycled(cadence.due(), false);
        }
        assert_eq!(cadence.interval, IDLE);
        let now = cadence.due() - IDLE;
        cadence.wake(now);
        assert_eq!((cadence.due(), cadence.is_slow()), (now + BUSY, false));
    }
}
