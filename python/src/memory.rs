//! Which bytes an array covers, so that an output never overlaps an input that is used in place.

use std::ops::Range;

/// A contiguous range of addresses.
#[derive(Clone, Debug)]
pub struct Span(Range<usize>);

impl Span {
    /// The memory of a slice.
    pub fn of<T>(slice: &[T]) -> Self {
        Self::new(slice.as_ptr().addr(), size_of_val(slice))
    }

    /// `bytes` bytes from `start` on.
    pub fn new(start: usize, bytes: usize) -> Self {
        Self(start..start.saturating_add(bytes))
    }

    /// Whether a byte belongs to both.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.0.start.max(other.0.start) < self.0.end.min(other.0.end)
    }
}
