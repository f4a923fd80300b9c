//! Mixing functions: what is drawn from a seed by hashing, so that every backend draws the same.

/// The finaliser of SplitMix64 (Steele, Lea, Flood 2014), after one step of its sequence.
pub(crate) fn mix64(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The finaliser of MurmurHash3 (Appleby), 32 bits. Shaders have no wider ones.
pub(crate) fn mix32(mut h: u32) -> u32 {
    h = (h ^ (h >> 16)).wrapping_mul(0x85eb_ca6b);
    h = (h ^ (h >> 13)).wrapping_mul(0xc2b2_ae35);
    h ^ (h >> 16)
}

/// The number below `bound` that a random word stands for, by multiply-shift: the high word of their product.
///
/// Each number stands for 2^64 / `bound` words, give or take one; that is even enough for any bound that fits memory.
pub fn below(word: u64, bound: u64) -> u64 {
    ((u128::from(word) * u128::from(bound)) >> 64) as u64
}

/// The low and the high half of a number.
pub(crate) fn halves(number: u64) -> [u32; 2] {
    [number as u32, (number >> 32) as u32]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_below_the_bound_stands_for_as_many_words() {
        let mut seen = [0; 6];
        (0..6_000).for_each(|number| seen[below(mix64(number), 6) as usize] += 1);
        assert!(seen.iter().all(|count| (850..1_150).contains(count)), "{seen:?}");
        assert_eq!([below(0, 6), below(u64::MAX, 6), below(u64::MAX, u64::MAX)], [0, 5, u64::MAX - 1]);
    }
}
