//! Many runs at once: one thread for each run, and other seeds on other threads.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::thread;

use crate::scenario::{Outcome, Scenario, run};

/// Plays the scenario of every seed, so many at once, and hands each outcome to `each` as it comes. Ends early once that
/// returns false: runs that have begun are then finished, but no more are begun.
pub fn soak(
    seeds: Range<u64>,
    threads: usize,
    scenario_of: impl Fn(u64) -> Scenario + Sync,
    mut each: impl FnMut(Outcome) -> bool,
) {
    let next = AtomicU64::new(seeds.start);
    let (sender, outcomes) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            let sender = sender.clone();
            scope.spawn(|| work(&next, seeds.end, &scenario_of, sender));
        }
        // The outcomes end with the last worker.
        drop(sender);
        if !outcomes.iter().all(&mut each) {
            next.store(seeds.end, Ordering::Relaxed);
        }
    });
}

fn work(
    next: &AtomicU64,
    end: u64,
    scenario_of: &(impl Fn(u64) -> Scenario + Sync),
    outcomes: mpsc::Sender<Outcome>,
) {
    loop {
        let seed = next.fetch_add(1, Ordering::Relaxed);
        if seed >= end || outcomes.send(run(&scenario_of(seed))).is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::random;

    /// A scenario without cost.
    fn short(seed: u64) -> Scenario {
        Scenario { timeline: Vec::new(), ..random(seed) }
    }

    #[test]
    fn every_seed_is_run_once_on_any_number_of_threads() {
        for threads in [1, 3] {
            let mut seeds = Vec::new();
            soak(5..12, threads, short, |outcome| {
                seeds.push(outcome.seed);
                true
            });
            seeds.sort_unstable();
            assert_eq!(seeds, (5..12).collect::<Vec<_>>());
        }
    }

    #[test]
    fn it_ends_early_when_told_to() {
        let mut count = 0;
        soak(0..100_000, 2, short, |_| {
            count += 1;
            count < 3
        });
        assert_eq!(count, 3);
    }
}
