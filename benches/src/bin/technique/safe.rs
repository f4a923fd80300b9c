//! Techniques without intrinsics of our own: arrays, `wide`, `fearless_simd`.

use std::array::from_fn;

use fearless_simd::{Simd, prelude::*};
use wide::i64x2;

use crate::machine::Lanes;

/// `[i64; N]` and what the compiler makes of it.
#[derive(Clone, Copy)]
pub struct Array<const N: usize>;

impl<const N: usize> Lanes for Array<N> {
    type V = [i64; N];
    const LEN: usize = N;

    #[inline(always)]
    fn load(self, cells: &[i64]) -> [i64; N] {
        cells[..N].try_into().expect("N cells")
    }
    #[inline(always)]
    fn store(self, v: [i64; N], cells: &mut [i64]) {
        cells[..N].copy_from_slice(&v);
    }
    #[inline(always)]
    fn splat(self, value: i64) -> [i64; N] {
        [value; N]
    }
    #[inline(always)]
    fn add(self, a: [i64; N], b: [i64; N]) -> [i64; N] {
        from_fn(|i| a[i].wrapping_add(b[i]))
    }
    #[inline(always)]
    fn sub(self, a: [i64; N], b: [i64; N]) -> [i64; N] {
        from_fn(|i| a[i].wrapping_sub(b[i]))
    }
    #[inline(always)]
    fn min(self, a: [i64; N], b: [i64; N]) -> [i64; N] {
        from_fn(|i| a[i].min(b[i]))
    }
    #[inline(always)]
    fn max(self, a: [i64; N], b: [i64; N]) -> [i64; N] {
        from_fn(|i| a[i].max(b[i]))
    }
    #[inline(always)]
    fn abs(self, a: [i64; N]) -> [i64; N] {
        from_fn(|i| a[i].wrapping_abs())
    }
    #[inline(always)]
    fn weigh(self, d: [i64; N], weight: [i64; N]) -> [i64; N] {
        from_fn(|i| d[i].wrapping_mul(weight[i]))
    }
    #[inline(always)]
    fn and(self, a: [i64; N], b: [i64; N]) -> [i64; N] {
        from_fn(|i| a[i] & b[i])
    }
    #[inline(always)]
    fn shift_left_16(self, a: [i64; N]) -> [i64; N] {
        from_fn(|i| a[i] << 16)
    }
    #[inline(always)]
    fn shift_right_16(self, a: [i64; N]) -> [i64; N] {
        from_fn(|i| a[i] >> 16)
    }
    #[inline(always)]
    fn keep_where_at_least(self, a: [i64; N], b: [i64; N], v: [i64; N]) -> [i64; N] {
        from_fn(|i| if a[i] >= b[i] { v[i] } else { 0 })
    }
    #[inline(always)]
    fn all_at_least(self, a: [i64; N], b: [i64; N]) -> bool {
        (0..N).fold(true, |all, i| all & (a[i] >= b[i]))
    }
}

/// `wide`'s vector of the width that every x86-64 processor has; its types have no run-time dispatch.
#[derive(Clone, Copy)]
pub struct Wide;

impl Lanes for Wide {
    type V = i64x2;
    const LEN: usize = 2;

    #[inline(always)]
    fn load(self, cells: &[i64]) -> i64x2 {
        i64x2::new([cells[0], cells[1]])
    }
    #[inline(always)]
    fn store(self, v: i64x2, cells: &mut [i64]) {
        cells[..2].copy_from_slice(&v.to_array());
    }
    #[inline(always)]
    fn splat(self, value: i64) -> i64x2 {
        i64x2::splat(value)
    }
    #[inline(always)]
    fn add(self, a: i64x2, b: i64x2) -> i64x2 {
        a + b
    }
    #[inline(always)]
    fn sub(self, a: i64x2, b: i64x2) -> i64x2 {
        a - b
    }
    #[inline(always)]
    fn min(self, a: i64x2, b: i64x2) -> i64x2 {
        a.min(b)
    }
    #[inline(always)]
    fn max(self, a: i64x2, b: i64x2) -> i64x2 {
        a.max(b)
    }
    #[inline(always)]
    fn abs(self, a: i64x2) -> i64x2 {
        a.abs()
    }
    #[inline(always)]
    fn weigh(self, d: i64x2, weight: i64x2) -> i64x2 {
        d * weight
    }
    #[inline(always)]
    fn and(self, a: i64x2, b: i64x2) -> i64x2 {
        a & b
    }
    #[inline(always)]
    fn shift_left_16(self, a: i64x2) -> i64x2 {
        a << 16_i32
    }
    #[inline(always)]
    fn shift_right_16(self, a: i64x2) -> i64x2 {
        a >> 16_i32
    }
    #[inline(always)]
    fn keep_where_at_least(self, a: i64x2, b: i64x2, v: i64x2) -> i64x2 {
        !b.simd_gt(a) & v
    }
    #[inline(always)]
    fn all_at_least(self, a: i64x2, b: i64x2) -> bool {
        b.simd_gt(a).none()
    }
}

/// `fearless_simd`'s widest vector of a level.
#[derive(Clone, Copy)]
pub struct Fearless<S>(pub S);

impl<S: Simd> Lanes for Fearless<S> {
    type V = S::i64s;
    const LEN: usize = S::i64s::LEN;

    #[inline(always)]
    fn load(self, cells: &[i64]) -> S::i64s {
        S::i64s::from_slice(self.0, &cells[..Self::LEN])
    }
    #[inline(always)]
    fn store(self, v: S::i64s, cells: &mut [i64]) {
        v.store_slice(&mut cells[..Self::LEN]);
    }
    #[inline(always)]
    fn splat(self, value: i64) -> S::i64s {
        S::i64s::splat(self.0, value)
    }
    #[inline(always)]
    fn add(self, a: S::i64s, b: S::i64s) -> S::i64s {
        a + b
    }
    #[inline(always)]
    fn sub(self, a: S::i64s, b: S::i64s) -> S::i64s {
        a - b
    }
    #[inline(always)]
    fn min(self, a: S::i64s, b: S::i64s) -> S::i64s {
        a.min(b)
    }
    #[inline(always)]
    fn max(self, a: S::i64s, b: S::i64s) -> S::i64s {
        a.max(b)
    }
    #[inline(always)]
    fn abs(self, a: S::i64s) -> S::i64s {
        a.abs()
    }
    #[inline(always)]
    fn weigh(self, d: S::i64s, weight: S::i64s) -> S::i64s {
        d * weight
    }
    #[inline(always)]
    fn and(self, a: S::i64s, b: S::i64s) -> S::i64s {
        a & b
    }
    #[inline(always)]
    fn shift_left_16(self, a: S::i64s) -> S::i64s {
        a << 16
    }
    #[inline(always)]
    fn shift_right_16(self, a: S::i64s) -> S::i64s {
        a >> 16
    }
    #[inline(always)]
    fn keep_where_at_least(self, a: S::i64s, b: S::i64s, v: S::i64s) -> S::i64s {
        a.simd_ge(b).select(v, S::i64s::splat(self.0, 0))
    }
    #[inline(always)]
    fn all_at_least(self, a: S::i64s, b: S::i64s) -> bool {
        a.simd_ge(b).all_true()
    }
}
