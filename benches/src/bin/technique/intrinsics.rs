//! Techniques in intrinsics, for x86-64.
//!
//! [`Avx512`] and [`Avx2`] can only be made by the functions below, whose callers promise that the processor has
//! the instructions. Every method relies on that, and on the slices being as long as [`Lanes`] demands.
#![allow(unsafe_code)]

use std::arch::x86_64::*;

use crate::machine::Lanes;

/// Vectors of 8.
#[derive(Clone, Copy)]
pub struct Avx512(());

/// Vectors of 4.
#[derive(Clone, Copy)]
pub struct Avx2(());

impl Avx512 {
    /// # Safety
    /// The processor has AVX-512 F, DQ, BW and VL.
    #[inline(always)]
    pub unsafe fn new() -> Self {
        Self(())
    }
}

impl Avx2 {
    /// # Safety
    /// The processor has AVX2.
    #[inline(always)]
    pub unsafe fn new() -> Self {
        Self(())
    }
}

/// Lane operations that are one expression of intrinsics each.
macro_rules! operations {
    ($vector:ty; $($name:ident($($argument:ident),+) = $expression:expr;)+) => {
        $(#[inline(always)]
        fn $name(self, $($argument: $vector),+) -> $vector {
            // SAFETY: whoever made `self` promised the instructions.
            unsafe { $expression }
        })+
    };
}

impl Lanes for Avx512 {
    type V = __m512i;
    const LEN: usize = 8;

    #[inline(always)]
    fn load(self, cells: &[i64]) -> __m512i {
        let cells = &cells[..Self::LEN];
        // SAFETY: 8 cells are there, and the load needs no alignment; the instructions as promised to `new`.
        unsafe { _mm512_loadu_si512(cells.as_ptr().cast()) }
    }
    #[inline(always)]
    fn store(self, v: __m512i, cells: &mut [i64]) {
        let cells = &mut cells[..Self::LEN];
        // SAFETY: 8 cells are there, and the store needs no alignment; the instructions as promised to `new`.
        unsafe { _mm512_storeu_si512(cells.as_mut_ptr().cast(), v) }
    }
    #[inline(always)]
    fn splat(self, value: i64) -> __m512i {
        // SAFETY: whoever made `self` promised the instructions.
        unsafe { _mm512_set1_epi64(value) }
    }
    operations! { __m512i;
        add(a, b) = _mm512_add_epi64(a, b);
        sub(a, b) = _mm512_sub_epi64(a, b);
        min(a, b) = _mm512_min_epi64(a, b);
        max(a, b) = _mm512_max_epi64(a, b);
        abs(a) = _mm512_abs_epi64(a);
        weigh(d, weight) = _mm512_mullo_epi64(d, weight);
        and(a, b) = _mm512_and_si512(a, b);
        shift_left_16(a) = _mm512_slli_epi64::<16>(a);
        shift_right_16(a) = _mm512_srai_epi64::<16>(a);
        keep_where_at_least(a, b, v) = _mm512_maskz_mov_epi64(_mm512_cmpge_epi64_mask(a, b), v);
    }
    #[inline(always)]
    fn all_at_least(self, a: __m512i, b: __m512i) -> bool {
        // SAFETY: whoever made `self` promised the instructions.
        unsafe { _mm512_cmplt_epi64_mask(a, b) == 0 }
    }
}

impl Lanes for Avx2 {
    type V = __m256i;
    const LEN: usize = 4;

    #[inline(always)]
    fn load(self, cells: &[i64]) -> __m256i {
        let cells = &cells[..Self::LEN];
        // SAFETY: 4 cells are there, and the load needs no alignment; the instructions as promised to `new`.
        unsafe { _mm256_loadu_si256(cells.as_ptr().cast()) }
    }
    #[inline(always)]
    fn store(self, v: __m256i, cells: &mut [i64]) {
        let cells = &mut cells[..Self::LEN];
        // SAFETY: 4 cells are there, and the store needs no alignment; the instructions as promised to `new`.
        unsafe { _mm256_storeu_si256(cells.as_mut_ptr().cast(), v) }
    }
    #[inline(always)]
    fn splat(self, value: i64) -> __m256i {
        // SAFETY: whoever made `self` promised the instructions.
        unsafe { _mm256_set1_epi64x(value) }
    }
    operations! { __m256i;
        add(a, b) = _mm256_add_epi64(a, b);
        sub(a, b) = _mm256_sub_epi64(a, b);
        min(a, b) = select(_mm256_cmpgt_epi64(a, b), b, a);
        max(a, b) = select(_mm256_cmpgt_epi64(a, b), a, b);
        abs(a) = {
            let sign = _mm256_cmpgt_epi64(_mm256_setzero_si256(), a);
            _mm256_sub_epi64(_mm256_xor_si256(a, sign), sign)
        };
        // The weight fits 32 bits, so that two of the three partial products are left.
        weigh(d, weight) = {
            let high = _mm256_mul_epu32(_mm256_srli_epi64::<32>(d), weight);
            _mm256_add_epi64(_mm256_mul_epu32(d, weight), _mm256_slli_epi64::<32>(high))
        };
        and(a, b) = _mm256_and_si256(a, b);
        shift_left_16(a) = _mm256_slli_epi64::<16>(a);
        // No arithmetic shift of 64 bits here: shift the halves and blend them.
        shift_right_16(a) = {
            let high = _mm256_srai_epi32::<16>(a);
            _mm256_blend_epi32::<0b1010_1010>(_mm256_srli_epi64::<16>(a), high)
        };
        keep_where_at_least(a, b, v) = _mm256_andnot_si256(_mm256_cmpgt_epi64(b, a), v);
    }
    #[inline(always)]
    fn all_at_least(self, a: __m256i, b: __m256i) -> bool {
        // SAFETY: whoever made `self` promised the instructions.
        unsafe { _mm256_testz_si256(_mm256_cmpgt_epi64(b, a), _mm256_set1_epi64x(-1)) == 1 }
    }
}

/// `yes` where `mask` is all ones, `no` where it is all zeros.
///
/// # Safety
/// The processor has AVX2.
#[inline(always)]
unsafe fn select(mask: __m256i, yes: __m256i, no: __m256i) -> __m256i {
    // SAFETY: as the caller promised.
    unsafe { _mm256_blendv_epi8(no, yes, mask) }
}
