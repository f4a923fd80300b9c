//! Random numbers from a seed, the same on every machine and in every release.

use crate::error::Result;
use lvs_kernels::{GoOn, below};
use rand_core::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

/// Xoshiro256++ (Blackman, Vigna 2018), its state filled from a seed by SplitMix64.
#[derive(Clone, Debug)]
pub struct Random {
    generator: Xoshiro256PlusPlus,
    drawn: u64,
}

impl Random {
    /// A generator that always gives the same for the same seed.
    pub fn new(seed: u64) -> Self {
        Self { generator: Xoshiro256PlusPlus::seed_from_u64(seed), drawn: 0 }
    }

    /// One of many independent generators that belong to one seed; `purpose` tells them apart.
    pub fn stream(seed: u64, purpose: u64) -> Self {
        // Not alike in both, or seed 1's purpose 2 would be seed 2's purpose 1.
        let mut mixed = Self::new(seed);
        Self::new(mixed.any().wrapping_add(Self::new(!purpose).any().rotate_left(32)))
    }

    /// Any `u64`.
    pub fn any(&mut self) -> u64 {
        self.drawn += 1;
        self.generator.next_u64()
    }

    /// How many numbers have been drawn.
    pub fn drawn(&self) -> u64 {
        self.drawn
    }

    /// Draws numbers that nobody looks at, until so many have been drawn.
    pub fn skip_to(&mut self, drawn: u64) {
        while self.drawn < drawn {
            self.any();
        }
    }

    /// Uniform in `0..span` by multiply-shift; a span of 0 stands for 2^64.
    pub fn below(&mut self, span: u64) -> u64 {
        match span {
            0 => self.any(),
            span => below(self.any(), span),
        }
    }

    /// Uniform in `low..high`.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        low.wrapping_add(self.below(high.wrapping_sub(low) as u64) as i64)
    }

    /// A position in a list of `length` entries.
    pub fn index(&mut self, length: usize) -> usize {
        self.below(length as u64) as usize
    }

    /// True once in `n` calls on average.
    pub fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    /// True with a probability of `share`, which is cut to 0 ..= 1.
    pub fn chance(&mut self, share: f64) -> bool {
        // 53 bits: what a f64 between 0 and 1 can tell apart.
        ((self.any() >> 11) as f64) < share * (1_u64 << 53) as f64
    }

    /// One entry of a slice.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.index(from.len())]
    }

    /// Puts a slice in random order.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        self.shuffle_while(items, &mut GoOn::always()).expect("it goes on");
    }

    /// The same, for as long as `go_on` says so.
    ///
    /// # Errors
    /// If it was told to end; the order is anything then.
    pub fn shuffle_while<T>(&mut self, items: &mut [T], go_on: &mut GoOn<'_>) -> Result<()> {
        for i in (1..items.len()).rev() {
            items.swap(i, self.index(i + 1));
            // Anywhere in memory.
            go_on.worked(8)?;
        }
        Ok(())
    }

    /// `count` different numbers below `bound`, in rising order; all of them if there are fewer.
    pub fn distinct(&mut self, count: usize, bound: usize) -> Vec<usize> {
        if count >= bound {
            return (0..bound).collect();
        }
        // Floyd's way: one draw each, whatever the bound.
        let mut drawn = std::collections::BTreeSet::new();
        for last in bound - count..bound {
            let number = self.index(last + 1);
            if !drawn.insert(number) {
                drawn.insert(last);
            }
        }
        drawn.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_of_neighbouring_seeds_are_all_others() {
        let mut firsts: Vec<u64> = (0..200)
            .flat_map(|seed| (0..8).map(move |purpose| Random::stream(seed, purpose).any()))
            .chain((0..200).map(|seed| Random::new(seed).any()))
            .collect();
        firsts.sort_unstable();
        firsts.dedup();
        assert_eq!(firsts.len(), 200 * 9);
    }

    #[test]
    fn distinct_numbers_are_distinct_and_all_of_them_come() {
        let mut random = Random::new(3);
        let mut seen = [0; 10];
        for _ in 0..300 {
            let drawn = random.distinct(4, 10);
            assert!(drawn.len() == 4 && drawn.windows(2).all(|pair| pair[0] < pair[1]), "{drawn:?}");
            drawn.into_iter().for_each(|i| seen[i] += 1);
        }
        assert!(seen.iter().all(|count| (80..160).contains(count)), "{seen:?}");
        assert_eq!(random.distinct(9, 3), [0, 1, 2]);
    }

    #[test]
    fn a_chance_is_as_large_as_it_says() {
        let mut random = Random::new(4);
        let hits = (0..10_000).filter(|_| random.chance(0.3)).count();
        assert!((2_800..3_200).contains(&hits), "{hits}");
        assert!((0..1_000).all(|_| !random.chance(0.0) && random.chance(1.0)));
    }

    #[test]
    fn a_generator_goes_on_where_another_stands() {
        let mut random = Random::new(9);
        random.distinct(50, 1_000);
        let mut again = Random::new(9);
        again.skip_to(random.drawn());
        assert_eq!((again.any(), again.drawn()), (random.any(), 51));
    }

    #[test]
    fn streams_of_one_seed_differ() {
        assert_ne!(Random::stream(1, 1).any(), Random::stream(1, 2).any());
        assert_eq!(Random::stream(1, 1).any(), Random::stream(1, 1).any());
    }
}
