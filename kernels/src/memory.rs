//! Hints to the memory system, for rows that no cache holds. They change when data moves, never what is computed.
#![allow(unsafe_code)]

/// Asks for the cache line that holds `row[index]`, if there is one.
///
/// A tile of cells keeps the arithmetic busy for longer than a processor looks ahead; without this the memory would
/// idle meanwhile.
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

/// Copies `from` to `to` past the caches where that is possible, so that the old contents of `to` are not read first.
///
/// # Panics
/// If the lengths differ.
pub(crate) fn copy_past_caches(from: &[i64], to: &mut [i64]) {
    assert_eq!(from.len(), to.len());
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{__m128i, _mm_loadu_si128, _mm_sfence, _mm_stream_si128};
        // SAFETY: any bits are an `i64`, and an `__m128i` is two of them; `align_to_mut` sees to the alignment.
        let (head, middle, tail) = unsafe { to.align_to_mut::<__m128i>() };
        let (from_head, from) = from.split_at(head.len());
        let (from_middle, from_tail) = from.split_at(2 * middle.len());
        head.copy_from_slice(from_head);
        tail.copy_from_slice(from_tail);
        for (to, from) in middle.iter_mut().zip(from_middle.chunks_exact(2)) {
            // SAFETY: `from` holds the 16 bytes that are read, `to` is 16 bytes aligned to 16; SSE2 is part of x86-64.
            unsafe { _mm_stream_si128(to, _mm_loadu_si128(from.as_ptr().cast())) };
        }
        // SAFETY: SSE is part of x86-64. The fence makes the stores visible before whatever this thread does next.
        unsafe { _mm_sfence() };
    }
    #[cfg(not(target_arch = "x86_64"))]
    to.copy_from_slice(from);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_alignment_is_copied_in_full() {
        let from: Vec<i64> = (0..67).map(|i| i * 0x0123_4567_89ab).collect();
        for start in 0..3 {
            for end in start..67 {
                let mut to = vec![-1; 67];
                copy_past_caches(&from[start..end], &mut to[start..end]);
                let expected = |i| if (start..end).contains(&i) { from[i] } else { -1 };
                assert!(to.iter().enumerate().all(|(i, &cell)| cell == expected(i)));
            }
        }
    }

    #[test]
    fn a_prefetch_beyond_the_end_is_harmless() {
        prefetch(&[1], usize::MAX / 16);
    }
}
