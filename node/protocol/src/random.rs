//! Draws from a generator.

use rand_chacha::ChaCha12Rng;
use rand_core::Rng;

/// What a node draws from. Some of it travels in packets, as seeds; nobody can tell from that what comes next (Bernstein, "ChaCha, a
/// variant of Salsa20", 2008).
pub(crate) type Generator = ChaCha12Rng;

/// A number below `bound`, as the kernels and simulations draw it.
pub fn below(generator: &mut impl Rng, bound: usize) -> usize {
    lvs_kernels::below(generator.next_u64(), bound as u64) as usize
}

#[cfg(test)]
mod tests {
    use rand_core::SeedableRng;

    use super::*;

    #[test]
    fn every_number_below_the_bound_comes_and_no_other() {
        let mut generator = Generator::seed_from_u64(5);
        let mut seen = [0; 6];
        for _ in 0..6_000 {
            seen[below(&mut generator, 6)] += 1;
        }
        assert!(seen.iter().all(|count| (850..1_150).contains(count)), "{seen:?}");
    }
}
