//! Sorting networks over vectors: each lane's keys end in ascending order.

use fearless_simd::{Simd, prelude::*};

/// Comparators of a network: the smaller key goes to the first place, the larger to the second.
type Comparators<const C: usize> = [(u8, u8); C];

/// Writes a network out, comparator by comparator, so that its keys can stay in registers.
macro_rules! straight_line {
    ($sort:ident, $keys:literal, $comparators:literal, $table:ident, $(($first:literal, $second:literal)),+) => {
        #[cfg(any(test, gpu))]
        const $table: Comparators<$comparators> = [$(($first, $second)),+];

        #[inline(always)]
        fn $sort<V: Copy>(keys: &mut [V], ordered: impl Fn(V, V) -> (V, V)) {
            assert!(keys.len() == $keys);
            $((keys[$first], keys[$second]) = ordered(keys[$first], keys[$second]);)+
        }
    };
}

straight_line!(sort_4, 4, 5, SORT_4, (0, 1), (2, 3), (0, 2), (1, 3), (1, 2));

#[rustfmt::skip]
straight_line!(
    sort_8, 8, 19, SORT_8,
    (0, 2), (1, 3), (4, 6), (5, 7), (0, 4), (1, 5), (2, 6), (3, 7), (0, 1), (2, 3),
    (4, 5), (6, 7), (2, 4), (3, 5), (1, 4), (3, 6), (1, 2), (3, 4), (5, 6)
);

// That of 16 keys without the last.
#[rustfmt::skip]
straight_line!(
    sort_15, 15, 56, SORT_15,
    (0, 1), (2, 3), (4, 5), (6, 7), (8, 9), (10, 11), (12, 13),
    (0, 2), (1, 3), (4, 6), (5, 7), (8, 10), (9, 11), (12, 14),
    (0, 4), (1, 5), (2, 6), (3, 7), (8, 12), (9, 13), (10, 14),
    (0, 8), (1, 9), (2, 10), (3, 11), (4, 12), (5, 13), (6, 14),
    (5, 10), (6, 9), (3, 12), (13, 14), (4, 8), (7, 11), (1, 2),
    (1, 4), (7, 13), (2, 8), (11, 14),
    (2, 4), (5, 6), (9, 10), (11, 13), (3, 8), (7, 12),
    (6, 8), (10, 12), (3, 5), (7, 9),
    (3, 4), (5, 6), (7, 8), (9, 10), (11, 12),
    (6, 7), (8, 9)
);

// Green's network, the smallest known for 16 keys (Knuth, "The Art of Computer Programming" 3, section 5.3.4).
#[rustfmt::skip]
straight_line!(
    sort_16, 16, 60, SORT_16,
    (0, 1), (2, 3), (4, 5), (6, 7), (8, 9), (10, 11), (12, 13), (14, 15),
    (0, 2), (1, 3), (4, 6), (5, 7), (8, 10), (9, 11), (12, 14), (13, 15),
    (0, 4), (1, 5), (2, 6), (3, 7), (8, 12), (9, 13), (10, 14), (11, 15),
    (0, 8), (1, 9), (2, 10), (3, 11), (4, 12), (5, 13), (6, 14), (7, 15),
    (5, 10), (6, 9), (3, 12), (13, 14), (4, 8), (7, 11), (1, 2),
    (1, 4), (7, 13), (2, 8), (11, 14),
    (2, 4), (5, 6), (9, 10), (11, 13), (3, 8), (7, 12),
    (6, 8), (10, 12), (3, 5), (7, 9),
    (3, 4), (5, 6), (7, 8), (9, 10), (11, 12),
    (6, 7), (8, 9)
);

const SORT_32: Comparators<191> = merge_exchange(32);
const SORT_64: Comparators<543> = merge_exchange(64);

/// Numbers of keys that there is a network for.
#[cfg(gpu)]
pub(crate) const SIZES: [usize; 6] = [4, 8, 15, 16, 32, 64];

/// The comparators of the network for so many keys.
#[cfg(gpu)]
pub(crate) fn comparators(keys: usize) -> Vec<(u8, u8)> {
    match keys {
        4 => SORT_4.to_vec(),
        8 => SORT_8.to_vec(),
        15 => SORT_15.to_vec(),
        16 => SORT_16.to_vec(),
        32 => SORT_32.to_vec(),
        64 => SORT_64.to_vec(),
        _ => unreachable!("there is no network for {keys} keys"),
    }
}

/// Sorts 4, 8, 15, 16, 32 or 64 keys; `ordered` gives the smaller and the larger of two, lane by lane.
#[inline(always)]
pub(crate) fn sort<V: Copy, const N: usize>(keys: &mut [V; N], ordered: impl Fn(V, V) -> (V, V)) {
    match N {
        4 => sort_4(keys, ordered),
        8 => sort_8(keys, ordered),
        15 => sort_15(keys, ordered),
        16 => sort_16(keys, ordered),
        32 => exchange_all(keys, &SORT_32, ordered),
        64 => exchange_all(keys, &SORT_64, ordered),
        _ => unreachable!("there is no network for {N} keys"),
    }
}

#[inline(always)]
fn exchange_all<V: Copy>(keys: &mut [V], comparators: &[(u8, u8)], ordered: impl Fn(V, V) -> (V, V)) {
    for &(first, second) in comparators {
        let (a, b) = (keys[usize::from(first)], keys[usize::from(second)]);
        (keys[usize::from(first)], keys[usize::from(second)]) = ordered(a, b);
    }
}

/// The smaller and the larger of two keys of 64 bits.
#[inline(always)]
pub(crate) fn ordered<S: Simd>(a: S::i64s, b: S::i64s) -> (S::i64s, S::i64s) {
    (smaller::<S>(a, b), larger::<S>(a, b))
}

/// The smaller and the larger of two keys of 32 bits.
#[inline(always)]
pub(crate) fn ordered_narrow<S: Simd>(a: S::i32s, b: S::i32s) -> (S::i32s, S::i32s) {
    let smaller = a.min(b);
    // AVX-512 has one unit for minima and maxima, and another that takes the exclusive or of three in one step.
    let larger = if S::i32s::LEN == 16 { a ^ b ^ smaller } else { a.max(b) };
    (smaller, larger)
}

/// The smaller of two numbers whose bits are those of positive, normal floating-point numbers.
#[inline(always)]
pub(crate) fn smaller<S: Simd>(a: S::i64s, b: S::i64s) -> S::i64s {
    // Only AVX-512 has a 64-bit integer minimum.
    if S::i64s::LEN == 8 { a.min(b) } else { a.bitcast::<S::f64s>().min(b.bitcast::<S::f64s>()).bitcast() }
}

/// The larger of two such numbers.
#[inline(always)]
pub(crate) fn larger<S: Simd>(a: S::i64s, b: S::i64s) -> S::i64s {
    // As floats at every level: AVX-512 takes these and integer minima in the same cycle.
    a.bitcast::<S::f64s>().max(b.bitcast::<S::f64s>()).bitcast()
}

/// Batcher's merge exchange for `keys` keys (Knuth, ibid., section 5.2.2, algorithm M).
const fn merge_exchange<const C: usize>(keys: usize) -> Comparators<C> {
    let mut comparators = [(0, 0); C];
    let mut count = 0;
    let top = keys.next_power_of_two() / 2;
    let mut p = top;
    while p > 0 {
        let (mut q, mut r, mut d) = (top, 0, p);
        loop {
            let mut i = 0;
            while i + d < keys {
                if i & p == r {
                    comparators[count] = (i as u8, (i + d) as u8);
                    count += 1;
                }
                i += 1;
            }
            if q == p {
                break;
            }
            (d, q, r) = (q - p, q / 2, p);
        }
        p /= 2;
    }
    assert!(count == C);
    comparators
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A network sorts everything if it sorts every sequence of zeros and ones (Knuth, ibid., theorem Z).
    fn sorts(comparators: &[(u8, u8)], keys: u32, input: u64) -> bool {
        let mut bits = input;
        for &(first, second) in comparators {
            if bits >> first & 1 > bits >> second & 1 {
                bits ^= 1 << first | 1 << second;
            }
        }
        let ones = input.count_ones();
        bits == (((1_u128 << ones) - 1) << (keys - ones)) as u64
    }

    #[test]
    fn small_networks_sort_every_zero_one_sequence() {
        assert!((0..1 << 4).all(|input| sorts(&SORT_4, 4, input)));
        assert!((0..1 << 8).all(|input| sorts(&SORT_8, 8, input)));
        assert!((0..1 << 15).all(|input| sorts(&SORT_15, 15, input)));
        assert!((0..1 << 16).all(|input| sorts(&SORT_16, 16, input)));
    }

    #[test]
    fn large_networks_sort_random_zero_one_sequences() {
        let mut input = 0x9e37_79b9_7f4a_7c15_u64;
        for _ in 0..20_000 {
            input = input.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let mixed = input ^ input >> 29;
            assert!(sorts(&SORT_64, 64, mixed), "{mixed:#x}");
            assert!(sorts(&SORT_32, 32, mixed >> 32), "{mixed:#x}");
        }
    }
}
