//! Hints to the memory system, for rows that no cache holds. They change when data moves, never what is computed.
#![allow(unsafe_code)]

#[cfg(target_arch = "x86_64")]
use fearless_simd::Level;
use fearless_simd::{Simd, prelude::*};

/// Bytes in a cache line.
const LINE: usize = 64;

/// Asks for the cache line that holds `row[index]`, if there is one, as far as the second-level cache: for later.
#[inline(always)]
pub(crate) fn prefetch(row: &[i64], index: usize) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T1, _mm_prefetch};
        // SAFETY: a prefetch reads nothing and cannot fault, whatever the address; SSE is part of x86-64.
        unsafe { _mm_prefetch::<_MM_HINT_T1>(row.as_ptr().wrapping_add(index).cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (row, index);
}

/// The same as far as the first-level cache: for very soon.
///
/// A tile of cells keeps the arithmetic busy for longer than a processor looks ahead; without this the memory would
/// idle meanwhile.
#[inline(always)]
pub(crate) fn prefetch_soon(row: &[i64], index: usize) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: a prefetch reads nothing and cannot fault, whatever the address; SSE is part of x86-64.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(row.as_ptr().wrapping_add(index).cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (row, index);
}

/// Cells of `to` before its first whole cache line. Only whole vectors that lie in one line can go past the caches.
pub(crate) fn cells_before_alignment(to: &[i64]) -> usize {
    to.as_ptr().align_offset(LINE).min(to.len())
}

/// Stores a vector to `to`, as long as it, past the caches where that is possible: so the old contents of `to` are not
/// read first, and nothing that is still needed makes room for them. [`fence`] has to follow.
#[inline(always)]
pub(crate) fn store_past_caches<S: Simd>(simd: S, lanes: S::i64s, to: &mut [i64]) {
    assert!(to.len() == S::i64s::LEN);
    #[cfg(target_arch = "x86_64")]
    if to.as_ptr().addr().is_multiple_of(size_of::<S::i64s>()) {
        match simd.level() {
            // SAFETY: the level shows that the processor has AVX-512; `to` is as long as a vector, and aligned like it.
            Level::Avx512(_) => return unsafe { stream_512(lanes.as_slice(), to) },
            // SAFETY: the level shows that the processor has AVX2; `to` is as long as a vector, and aligned like it.
            Level::Avx2(_) => return unsafe { stream_256(lanes.as_slice(), to) },
            // SAFETY: SSE2 is part of x86-64; `to` is as long as a vector, and aligned like it.
            _ if S::i64s::LEN == 2 => return unsafe { stream_128(lanes.as_slice(), to) },
            _ => {}
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = simd;
    lanes.store_slice(to);
}

/// # Safety
/// The processor has AVX-512, and `to` is aligned to 64 bytes; both are of 8 entries.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
#[inline]
unsafe fn stream_512(lanes: &[i64], to: &mut [i64]) {
    use std::arch::x86_64::{_mm512_loadu_epi64, _mm512_stream_si512};
    // SAFETY: as the caller promised.
    unsafe { _mm512_stream_si512(to.as_mut_ptr().cast(), _mm512_loadu_epi64(lanes.as_ptr())) };
}

/// # Safety
/// The processor has AVX2, and `to` is aligned to 32 bytes; both are of 4 entries.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
#[inline]
unsafe fn stream_256(lanes: &[i64], to: &mut [i64]) {
    use std::arch::x86_64::{_mm256_loadu_si256, _mm256_stream_si256};
    // SAFETY: as the caller promised.
    unsafe { _mm256_stream_si256(to.as_mut_ptr().cast(), _mm256_loadu_si256(lanes.as_ptr().cast())) };
}

/// # Safety
/// `to` is aligned to 16 bytes; both are of 2 entries.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
unsafe fn stream_128(lanes: &[i64], to: &mut [i64]) {
    use std::arch::x86_64::{_mm_loadu_si128, _mm_stream_si128};
    // SAFETY: as the caller promised.
    unsafe { _mm_stream_si128(to.as_mut_ptr().cast(), _mm_loadu_si128(lanes.as_ptr().cast())) };
}

/// Makes stores past the caches visible before whatever this thread does next.
pub(crate) fn fence() {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: SSE is part of x86-64.
    unsafe {
        std::arch::x86_64::_mm_sfence();
    }
}

#[cfg(test)]
mod tests {
    use crate::dispatch::dispatch;

    use super::*;

    #[inline(always)]
    fn copy<S: Simd>(simd: S, from: &[i64], to: &mut [i64]) {
        let lanes = S::i64s::LEN;
        for (from, to) in from.chunks_exact(lanes).zip(to.chunks_exact_mut(lanes)) {
            store_past_caches(simd, S::i64s::from_slice(simd, from), to);
        }
        fence();
    }

    #[test]
    fn whole_vectors_are_stored_at_every_level_and_alignment() {
        let from: Vec<i64> = (1..=64).map(|i| i * 0x0123_4567_89ab).collect();
        for level in [crate::Level::Portable, crate::Level::Avx2, crate::Level::Avx512, crate::Level::Neon] {
            let Some(level) = level.lanes() else { continue };
            for start in 0..9 {
                let mut to = vec![-1; 80];
                dispatch!(level, simd => copy(simd, &from, &mut to[start..start + 64]));
                assert_eq!(to[start..start + 64], from);
                assert!(to[..start].iter().chain(&to[start + 64..]).all(|&cell| cell == -1));
            }
        }
    }

    #[test]
    fn few_cells_lie_before_an_alignment() {
        let cells = vec![0; 40];
        for start in 0..9 {
            let before = cells_before_alignment(&cells[start..]);
            assert!(before < 8);
            assert_eq!(cells[start + before..].as_ptr().addr() % LINE, 0);
        }
        assert_eq!(cells_before_alignment(&cells[..0]), 0);
    }

    #[test]
    fn a_prefetch_beyond_the_end_is_harmless() {
        prefetch(&[1], usize::MAX / 16);
        prefetch_soon(&[1], usize::MAX / 16);
    }
}
