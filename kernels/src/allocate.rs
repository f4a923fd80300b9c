//! Memory for what grows with a caller's input: where there is none, that is an error and not the end of the process.

use std::hint::black_box;

use crate::error::{Error, Result};

/// Refuses if `bytes` bytes are not to be had at once now.
///
/// # Errors
/// [`Error::OutOfMemory`], which says `what` they were needed for.
pub fn expect_room(what: &'static str, bytes: usize) -> Result<()> {
    let mut room = reserved::<u8>(what, bytes)?;
    // An allocation that nobody looks at may be optimised away, and its failure with it.
    black_box(room.as_mut_ptr());
    Ok(())
}

/// An empty list with room for `count` entries.
///
/// # Errors
/// [`Error::OutOfMemory`].
pub fn reserved<T>(what: &'static str, count: usize) -> Result<Vec<T>> {
    let mut list = Vec::new();
    reserve(what, &mut list, count)?;
    Ok(list)
}

/// `count` entries of `value`.
///
/// # Errors
/// [`Error::OutOfMemory`].
pub fn filled<T: Clone>(what: &'static str, value: T, count: usize) -> Result<Vec<T>> {
    let mut list = reserved(what, count)?;
    list.resize(count, value);
    Ok(list)
}

/// A copy of a list.
///
/// # Errors
/// [`Error::OutOfMemory`].
pub fn copied<T: Copy>(what: &'static str, from: &[T]) -> Result<Vec<T>> {
    let mut list = reserved(what, from.len())?;
    list.extend_from_slice(from);
    Ok(list)
}

/// What an iterator gives.
///
/// # Errors
/// [`Error::OutOfMemory`].
pub fn collected<T>(what: &'static str, items: impl IntoIterator<Item = T>) -> Result<Vec<T>> {
    let mut items = items.into_iter();
    let mut list = reserved(what, items.size_hint().0)?;
    while let Some(item) = items.next() {
        if list.len() == list.capacity() {
            // Twice as much each time, unless the rest is known.
            let more = items.size_hint().0.saturating_add(1).max(list.len());
            reserve(what, &mut list, more)?;
        }
        list.push(item);
    }
    Ok(list)
}

fn reserve<T>(what: &'static str, list: &mut Vec<T>, more: usize) -> Result<()> {
    let bytes = list.len().saturating_add(more).saturating_mul(size_of::<T>());
    list.try_reserve_exact(more).map_err(|_| Error::OutOfMemory { what, bytes })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_machine_has_is_refused() {
        let bytes = 1 << 60;
        let refused = Err(Error::OutOfMemory { what: "values", bytes });
        assert_eq!(filled("values", 0_i64, bytes / 8), refused);
        assert_eq!(
            expect_room("values", bytes).unwrap_err().to_string(),
            format!("values: {bytes} bytes cannot be allocated")
        );
        assert!(reserved::<[u64; 4]>("values", usize::MAX).is_err());
        assert!(collected("values", 0..usize::MAX).is_err());
    }

    #[test]
    fn what_there_is_room_for_is_made() {
        assert_eq!(filled("values", 7, 3), Ok(vec![7; 3]));
        assert_eq!(copied("values", &[1, 2]), Ok(vec![1, 2]));
        assert_eq!(collected("values", (0..100).filter(|i| i % 7 == 0)), Ok((0..100).step_by(7).collect()));
    }
}
