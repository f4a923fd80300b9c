//! Arrays as they come in: a name for messages, a pointer and a number of entries, checked before they are slices.

use std::marker::PhantomData;
use std::ops::{Deref, Range};

use crate::error::{Failure, Result};

/// Where an array lies.
#[derive(Clone)]
pub(crate) struct Region {
    name: &'static str,
    /// From 0 to 0 if it takes no room, wherever that is: so it overlaps nothing.
    bytes: Range<usize>,
}

impl Region {
    /// A single place, such as a struct; a pointer that is NULL takes no room.
    pub(crate) fn of<T>(name: &'static str, pointer: *const T) -> Self {
        if pointer.is_null() {
            Self::new(name, 0, 0)
        } else {
            Self::new(name, pointer.addr(), size_of::<T>())
        }
    }

    fn new(name: &'static str, start: usize, bytes: usize) -> Self {
        let bytes = if bytes == 0 { 0..0 } else { start..start.saturating_add(bytes) };
        Self { name, bytes }
    }
}

/// An array's checked pointer; whether it points to that many entries is the caller's word.
#[derive(Clone, Copy)]
pub(crate) struct Place<T> {
    name: &'static str,
    pointer: *const T,
    length: usize,
}

/// An array that is read.
#[derive(Clone, Copy)]
pub(crate) struct Input<'a, T>(Place<T>, PhantomData<&'a [T]>);

/// An array that is written.
pub(crate) struct Output<'a, T>(Place<T>, PhantomData<&'a mut [T]>);

/// Refuses a pointer that is NULL or not aligned as its type.
pub(crate) fn check_pointer<T>(name: &'static str, pointer: *const T) -> Result<()> {
    if pointer.is_null() {
        return Err(Failure::Null(name));
    }
    if !pointer.is_aligned() {
        return Err(Failure::Misaligned {
            argument: name,
            address: pointer.addr(),
            multiple: align_of::<T>(),
        });
    }
    Ok(())
}

impl<T> Place<T> {
    fn new(name: &'static str, pointer: *const T, length: usize) -> Result<Self> {
        if length > 0 {
            let bytes = length.checked_mul(size_of::<T>()).filter(|&bytes| isize::try_from(bytes).is_ok());
            if bytes.and_then(|bytes| pointer.addr().checked_add(bytes)).is_none() {
                return Err(Failure::TooLong { argument: name, entries: length, bytes: size_of::<T>() });
            }
            check_pointer(name, pointer)?;
        }
        Ok(Self { name, pointer, length })
    }

    pub(crate) fn region(&self) -> Region {
        Region::new(self.name, self.pointer.addr(), self.length * size_of::<T>())
    }

    pub(crate) fn len(&self) -> usize {
        self.length
    }

    /// Whether the caller left it out.
    pub(crate) fn is_absent(&self) -> bool {
        self.pointer.is_null() && self.length == 0
    }
}

impl<'a, T> Input<'a, T> {
    pub(crate) fn new(name: &'static str, pointer: *const T, length: usize) -> Result<Self> {
        Ok(Self(Place::new(name, pointer, length)?, PhantomData))
    }

    /// The entries.
    ///
    /// # Safety
    /// The pointer must be good for reading that many entries for `'a`, and no output may overlap it.
    pub(crate) unsafe fn slice(&self) -> &'a [T] {
        if self.length == 0 {
            return &[];
        }
        // SAFETY: not NULL, aligned and of a possible size by `new`; the rest is the caller's word.
        unsafe { std::slice::from_raw_parts(self.pointer, self.length) }
    }
}

impl<'a, T> Output<'a, T> {
    pub(crate) fn new(name: &'static str, pointer: *mut T, length: usize) -> Result<Self> {
        Ok(Self(Place::new(name, pointer, length)?, PhantomData))
    }

    /// The entries. `T` is a plain integer here, so whatever the memory holds is a value of it.
    ///
    /// # Safety
    /// The pointer must be good for writing that many entries for `'a`, and nothing else may use them.
    pub(crate) unsafe fn slice(self) -> &'a mut [T] {
        if self.length == 0 {
            return &mut [];
        }
        // SAFETY: not NULL, aligned and of a possible size by `new`, which took it as one to be written to; the rest is
        // the caller's word.
        unsafe { std::slice::from_raw_parts_mut(self.pointer.cast_mut(), self.length) }
    }
}

impl<T> Deref for Input<'_, T> {
    type Target = Place<T>;

    fn deref(&self) -> &Place<T> {
        &self.0
    }
}

impl<T> Deref for Output<'_, T> {
    type Target = Place<T>;

    fn deref(&self) -> &Place<T> {
        &self.0
    }
}

/// Refuses outputs that share memory with an input or with each other.
pub(crate) fn expect_disjoint(outputs: &[Region], inputs: &[Region]) -> Result<()> {
    for (i, output) in outputs.iter().enumerate() {
        let others = inputs.iter().chain(&outputs[..i]);
        if let Some(other) = others.into_iter().find(|other| overlap(&output.bytes, &other.bytes)) {
            return Err(Failure::Overlap { argument: output.name, other: other.name });
        }
    }
    Ok(())
}

fn overlap(a: &Range<usize>, b: &Range<usize>) -> bool {
    a.start < b.end && b.start < a.end
}

/// Refuses what stands in a struct's reserved fields: a later version's options must not be ignored in silence.
pub(crate) fn expect_unused(reserved: &[u64]) -> Result<()> {
    match reserved.iter().position(|&field| field != 0) {
        None => Ok(()),
        Some(entry) => {
            let got = format!("{} at entry {entry}", reserved[entry]);
            Err(Failure::argument("reserved", got, "0: this version has no such option"))
        }
    }
}

/// Reads a flag.
#[inline]
pub(crate) fn flag(name: &'static str, value: u8) -> Result<bool> {
    match value {
        0 => Ok(false),
        1 => Ok(true),
        other => Err(Failure::argument(name, other, "0 or 1")),
    }
}

/// Reads an array of flags.
pub(crate) fn flags<'a>(name: &'static str, values: &'a [u8]) -> Result<&'a [bool]> {
    let refused = |_| {
        let entry = values.iter().position(|&value| value > 1).unwrap_or(0);
        Failure::argument(name, format!("{} at entry {entry}", values[entry]), "0 or 1")
    };
    bytemuck::checked::try_cast_slice(values).map_err(refused)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused<T>(result: Result<T>) -> String {
        result.err().expect("it must be refused").to_string()
    }

    #[test]
    fn pointers_are_checked() {
        let data = [0_i64; 4];
        assert!(Input::new("values", data.as_ptr(), 4).is_ok());
        assert!(Input::<i64>::new("values", std::ptr::null(), 0).is_ok_and(|array| array.is_absent()));
        assert!(refused(Input::<i64>::new("values", std::ptr::null(), 1)).starts_with("values: got NULL"));
        let odd = data.as_ptr().wrapping_byte_add(1);
        assert!(refused(Input::new("values", odd, 1)).ends_with("expected a multiple of 8"));
        for length in [usize::MAX, usize::MAX / 8, isize::MAX as usize / 8 + 1] {
            assert!(refused(Input::new("values", data.as_ptr(), length)).contains("fits the address space"));
        }
    }

    #[test]
    fn shared_memory_is_refused() {
        let data = [0_u16; 8];
        let part = |name, range: Range<usize>| {
            Place::new(name, data[range.clone()].as_ptr(), range.len()).unwrap().region()
        };
        assert!(expect_disjoint(&[part("out", 0..4)], &[part("trust", 4..8)]).is_ok());
        assert!(expect_disjoint(&[part("out", 2..2)], &[part("trust", 0..8)]).is_ok());
        let message = refused(expect_disjoint(&[part("out", 0..4)], &[part("trust", 3..8)]));
        assert_eq!(message, "out: got memory that trust uses, expected its own");
        assert!(expect_disjoint(&[part("a", 0..4), part("b", 3..8)], &[]).is_err());
    }

    #[test]
    fn single_places_overlap_too() {
        let data = [0_u64; 4];
        let entries = Place::new("values", data.as_ptr(), 4).unwrap().region();
        let inside = Region::of("summary", &raw const data[3]);
        assert!(expect_disjoint(&[inside, entries.clone()], &[]).is_err());
        let nowhere = Region::of("summary", std::ptr::null::<u64>());
        assert!(expect_disjoint(&[nowhere], &[entries]).is_ok());
    }

    #[test]
    fn reserved_fields_are_zero() {
        assert!(expect_unused(&[0; 4]).is_ok());
        assert!(refused(expect_unused(&[0, 9, 0])).starts_with("reserved: got 9 at entry 1, expected 0"));
    }

    #[test]
    fn flags_are_zero_or_one() {
        assert_eq!(flags("frozen", &[0, 1]).unwrap(), [false, true]);
        assert_eq!(refused(flags("frozen", &[0, 2])), "frozen: got 2 at entry 1, expected 0 or 1");
        assert!(flag("plain_average", 1).is_ok_and(|set| set) && flag("plain_average", 2).is_err());
    }
}
