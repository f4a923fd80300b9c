//! The vector operations that both loops are written in. Each technique is one implementation of [`Lanes`].

/// Lanes of `i64`, by value as the technique holds them. All arithmetic wraps.
pub trait Lanes: Copy {
    /// A vector.
    type V: Copy;
    /// Its lanes.
    const LEN: usize;

    /// The first `LEN` entries of a slice that is at least that long.
    fn load(self, cells: &[i64]) -> Self::V;
    /// Writes the first `LEN` entries of a slice that is at least that long.
    fn store(self, v: Self::V, cells: &mut [i64]);
    /// One value in every lane.
    fn splat(self, value: i64) -> Self::V;
    /// a + b
    fn add(self, a: Self::V, b: Self::V) -> Self::V;
    /// a - b
    fn sub(self, a: Self::V, b: Self::V) -> Self::V;
    /// The smaller one.
    fn min(self, a: Self::V, b: Self::V) -> Self::V;
    /// The larger one.
    fn max(self, a: Self::V, b: Self::V) -> Self::V;
    /// |a|
    fn abs(self, a: Self::V) -> Self::V;
    /// d * weight, where weight is in 0 ..= 65535.
    fn weigh(self, d: Self::V, weight: Self::V) -> Self::V;
    /// a & b
    fn and(self, a: Self::V, b: Self::V) -> Self::V;
    /// a << 16
    fn shift_left_16(self, a: Self::V) -> Self::V;
    /// a >> 16, arithmetic.
    fn shift_right_16(self, a: Self::V) -> Self::V;
    /// `v` in lanes where a >= b, 0 elsewhere.
    fn keep_where_at_least(self, a: Self::V, b: Self::V, v: Self::V) -> Self::V;
    /// Whether a >= b in all lanes.
    fn all_at_least(self, a: Self::V, b: Self::V) -> bool;
}
