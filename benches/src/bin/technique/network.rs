//! A sorting network of 60 comparators for 16 keys (Green, 1969; Knuth, TAOCP 3, section 5.3.4).

/// Comparators written out, since a loop over a list would send the keys through memory.
macro_rules! comparators {
    ($keys:ident, $ordered:ident: $($low:literal $high:literal,)+) => {
        $(($keys[$low], $keys[$high]) = $ordered($keys[$low], $keys[$high]);)+
    };
}

/// Sorts 16 keys, or 16 lanes' worth of them; `ordered` gives the smaller key first.
#[inline(always)]
#[rustfmt::skip]
pub fn sort<V: Copy>(keys: &mut [V; 16], ordered: impl Fn(V, V) -> (V, V)) {
    comparators! { keys, ordered:
        0 1, 2 3, 4 5, 6 7, 8 9, 10 11, 12 13, 14 15,
        0 2, 1 3, 4 6, 5 7, 8 10, 9 11, 12 14, 13 15,
        0 4, 1 5, 2 6, 3 7, 8 12, 9 13, 10 14, 11 15,
        0 8, 1 9, 2 10, 3 11, 4 12, 5 13, 6 14, 7 15,
        5 10, 6 9, 3 12, 13 14, 4 8, 7 11, 1 2,
        1 4, 7 13, 2 8, 11 14,
        2 4, 5 6, 9 10, 11 13, 3 8, 7 12,
        6 8, 10 12, 3 5, 7 9,
        3 4, 5 6, 7 8, 9 10, 11 12,
        6 7, 8 9,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A network that sorts all sequences of zeros and ones sorts everything.
    #[test]
    fn every_sequence_of_zeros_and_ones_is_sorted() {
        for bits in 0..1_u32 << 16 {
            let mut keys: [u32; 16] = std::array::from_fn(|i| bits >> i & 1);
            sort(&mut keys, |a, b| (a.min(b), a.max(b)));
            assert!(keys.is_sorted(), "{bits:016b}");
        }
    }

    #[test]
    fn it_takes_60_comparators() {
        let count = std::cell::Cell::new(0);
        sort(&mut [0; 16], |a, b| {
            count.set(count.get() + 1);
            (a, b)
        });
        assert_eq!(count.get(), 60);
    }
}
