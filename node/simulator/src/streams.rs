//! Randomness: one stream for each purpose, so that one kind of fault does not shift another.

use std::time::Duration;

use lvs_kernels::below;
use rand_core::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

/// What is drawn from a stream.
#[derive(Clone, Copy)]
pub(crate) enum Purpose {
    Nodes,
    Clocks,
    Delay,
    Loss,
    Reordering,
    Duplicates,
    Replays,
    Corruption,
    Faults,
    Contributions,
    Scenario,
    Tests,
}

/// Streams that one seed can have.
const PURPOSES: u64 = 32;

/// Draws for one purpose.
pub(crate) struct Stream {
    generator: Xoshiro256PlusPlus,
}

impl Stream {
    /// The stream that a run with this seed has for a purpose.
    pub(crate) fn new(seed: u64, purpose: Purpose) -> Self {
        Self { generator: generator(seed, purpose) }
    }

    pub(crate) fn word(&mut self) -> u64 {
        self.generator.next_u64()
    }

    /// A number below `bound`, which is not 0.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        below(self.word(), bound)
    }

    /// One of `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high - low + 1)
    }

    /// True in so many of a hundred cases. It always draws once.
    pub(crate) fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// A time up to `longest`.
    pub(crate) fn up_to(&mut self, longest: Duration) -> Duration {
        longest * self.below(1_000) as u32 / 1_000
    }

    /// One of a list that is not empty.
    pub(crate) fn one_of<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len() as u64) as usize]
    }

    /// What a node keeps to itself.
    pub(crate) fn secret(&mut self) -> [u8; 32] {
        let mut bytes = [0; 32];
        self.generator.fill_bytes(&mut bytes);
        bytes
    }
}

/// The generator behind a stream.
pub(crate) fn generator(seed: u64, purpose: Purpose) -> Xoshiro256PlusPlus {
    Xoshiro256PlusPlus::seed_from_u64(seed.wrapping_mul(PURPOSES).wrapping_add(purpose as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_purpose_has_draws_of_its_own() {
        let mut loss = Stream::new(7, Purpose::Loss);
        let mut delay = Stream::new(7, Purpose::Delay);
        let lost: Vec<_> = (0..8).map(|_| loss.word()).collect();
        assert!((0..8).all(|_| !lost.contains(&delay.word())));
        let mut again = Stream::new(7, Purpose::Loss);
        assert!(lost.iter().all(|&word| word == again.word()));
    }

    #[test]
    fn a_chance_is_met_as_often_as_it_says() {
        let mut stream = Stream::new(3, Purpose::Loss);
        let met = (0..10_000).filter(|_| stream.chance(60)).count();
        assert!((5_800..6_200).contains(&met), "{met}");
        assert!((0..1_000).all(|_| stream.chance(100) && !stream.chance(0)));
    }
}
