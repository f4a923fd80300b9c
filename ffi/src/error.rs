//! Why a call failed, and the message that its thread keeps of it.

use std::cell::UnsafeCell;
use std::ffi::c_char;
use std::fmt::{self, Write};

use lvs_kernels::{Argument, InvalidArgument};

use crate::status::lvs_status;

/// The crate's result type.
pub(crate) type Result<T> = std::result::Result<T, Failure>;

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("{0}: got NULL, expected a pointer")]
    Null(&'static str),
    #[error("{argument}: got the address {address:#x}, expected a multiple of {multiple}")]
    Misaligned { argument: &'static str, address: usize, multiple: usize },
    #[error("{argument}: got {entries} entries of {bytes} bytes, expected what fits the address space")]
    TooLong { argument: &'static str, entries: usize, bytes: usize },
    #[error("{argument}: got memory that {other} uses, expected its own")]
    Overlap { argument: &'static str, other: &'static str },
    #[error(transparent)]
    Argument(#[from] InvalidArgument<&'static str>),
    #[error(transparent)]
    Kernel(lvs_kernels::Error),
    #[error("{what}: {bytes} bytes cannot be allocated")]
    Memory { what: &'static str, bytes: usize },
    #[error("{0}: another call is under way on it")]
    Busy(&'static str),
    #[error("{0}: an earlier call ended in an internal error; it can only be destroyed")]
    Broken(&'static str),
    #[error("internal error: {0}")]
    Panic(String),
}

impl Failure {
    /// A refused argument, by its name in lvs.h.
    pub(crate) fn argument(
        argument: &'static str,
        got: impl fmt::Display,
        expected: impl fmt::Display,
    ) -> Self {
        InvalidArgument::new(argument, got, expected).into()
    }

    pub(crate) fn status(&self) -> lvs_status {
        use lvs_kernels::Error;
        match self {
            Self::Null(_) => lvs_status::NullPointer,
            Self::Argument(_) | Self::Misaligned { .. } | Self::TooLong { .. } | Self::Overlap { .. } => {
                lvs_status::InvalidArgument
            }
            Self::Kernel(Error::Unavailable { .. } | Error::Threads { .. }) => lvs_status::Unavailable,
            Self::Kernel(Error::OutOfMemory { .. }) => lvs_status::OutOfMemory,
            Self::Kernel(Error::Forked) => lvs_status::Forked,
            Self::Kernel(Error::Cancelled) => lvs_status::Cancelled,
            Self::Kernel(_) => lvs_status::Device,
            Self::Memory { .. } => lvs_status::OutOfMemory,
            Self::Busy(_) => lvs_status::Busy,
            Self::Broken(_) | Self::Panic(_) => lvs_status::Internal,
        }
    }
}

impl From<lvs_kernels::Error> for Failure {
    fn from(error: lvs_kernels::Error) -> Self {
        match error {
            lvs_kernels::Error::Argument(invalid) => {
                let name = name_in_c(invalid.argument);
                invalid.named(name).into()
            }
            other => Self::Kernel(other),
        }
    }
}

/// The name in lvs.h of every argument that the kernels can refuse.
// A table of its own, though today it is much like Python's: so each interface can choose its words, and the compiler
// sees to it that neither forgets one.
fn name_in_c(argument: Argument) -> &'static str {
    match argument {
        Argument::Backend => "backend",
        Argument::BackendVariable => lvs_kernels::BACKEND_VARIABLE,
        Argument::Threads => "threads",
        Argument::Offsets => "indptr",
        Argument::Targets => "indices",
        Argument::Values => "values",
        Argument::Anchors => "anchors",
        Argument::Neighbours => "neighbours",
        Argument::Weights => "weights",
        Argument::Frozen => "frozen",
        Argument::Trust => "trust",
        Argument::Residuals => "residuals",
        Argument::Row => "row",
        Argument::Cells => "cells",
        Argument::Sample => "count",
        Argument::Damping => "damping",
        Argument::Pretrust => "pretrust",
        Argument::Tolerance => "tol",
        Argument::Out => "out",
        Argument::OutValues => "out.values",
        Argument::OutResiduals => "out.residuals",
        Argument::OutCorrection => "out.correction",
    }
}

/// Refuses an array unless its number of entries is `expected`.
#[inline]
pub(crate) fn expect_length(argument: &'static str, got: usize, expected: usize) -> Result<()> {
    if got == expected {
        return Ok(());
    }
    Err(Failure::argument(argument, format!("{got} entries"), expected))
}

/// Refuses an array unless it holds `rows` x `columns` entries, and says so where that is more than can be counted.
#[inline]
pub(crate) fn expect_matrix(argument: &'static str, got: usize, rows: usize, columns: usize) -> Result<()> {
    match rows.checked_mul(columns) {
        Some(entries) => expect_length(argument, got, entries),
        None => {
            let expected = format!("{rows} x {columns}, which overflows");
            Err(Failure::argument(argument, format!("{got} entries"), expected))
        }
    }
}

/// The longest message, with its final NUL.
const CAPACITY: usize = 512;

/// A NUL-terminated message in a fixed place: to fail must need no memory.
struct Message {
    bytes: [u8; CAPACITY],
    length: usize,
}

impl Write for Message {
    /// Takes as many whole characters as there is room for.
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let part = &text[..text.floor_char_boundary(CAPACITY - 1 - self.length)];
        self.bytes[self.length..][..part.len()].copy_from_slice(part.as_bytes());
        self.length += part.len();
        self.bytes[self.length] = 0;
        Ok(())
    }
}

thread_local! {
    // Constant and without a destructor, so that it is there while a thread ends, too.
    static LAST: UnsafeCell<Message> =
        const { UnsafeCell::new(Message { bytes: [0; CAPACITY], length: 0 }) };
}

/// Keeps the message of a failure for this thread.
pub(crate) fn remember(failure: &Failure) {
    LAST.with(|last| {
        // SAFETY: the cell is this thread's own, and no reference to its content outlives this closure or
        // lvs_last_error; formatting a failure calls neither.
        let message = unsafe { &mut *last.get() };
        message.length = 0;
        message.bytes[0] = 0;
        // Writing to a message cannot fail, and what a failure prints of itself cannot either.
        let _ = write!(message, "{failure}");
    });
}

/// The message of this thread's last call that failed: which argument, what came, what was expected.
///
/// Returns a NUL-terminated UTF-8 string of at most 511 bytes, never NULL; empty if no call failed yet. It belongs to
/// the library and holds until the next call that fails on the same thread, or until the thread ends. Calls that
/// succeed leave it as it is.
#[unsafe(no_mangle)]
pub extern "C" fn lvs_last_error() -> *const c_char {
    LAST.with(|last| {
        // SAFETY: no reference is made, only the address of the bytes; the place lives as long as the thread.
        unsafe { (&raw const (*last.get()).bytes).cast() }
    })
}

#[cfg(test)]
mod tests {
    use std::ffi::CStr;

    use super::*;

    fn last() -> String {
        // SAFETY: lvs_last_error returns a NUL-terminated string of this thread.
        unsafe { CStr::from_ptr(lvs_last_error()) }.to_str().unwrap().into()
    }

    #[test]
    fn a_thread_keeps_its_own_last_message() {
        remember(&Failure::Null("values"));
        assert_eq!(last(), "values: got NULL, expected a pointer");
        let other = std::thread::spawn(last).join().unwrap();
        assert_eq!(other, "");
    }

    #[test]
    fn a_product_that_overflows_is_called_so() {
        assert!(expect_matrix("values", 6, 2, 3).is_ok());
        let message = expect_matrix("values", 6, 2, 4).unwrap_err().to_string();
        assert_eq!(message, "values: got 6 entries, expected 8");
        let message = expect_matrix("values", 6, 2, usize::MAX).unwrap_err().to_string();
        assert_eq!(message, format!("values: got 6 entries, expected 2 x {}, which overflows", usize::MAX));
    }

    #[test]
    fn a_long_message_ends_at_a_whole_character() {
        remember(&Failure::Panic("é".repeat(CAPACITY)));
        assert!((CAPACITY - 3..CAPACITY).contains(&last().len()), "{}", last().len());
        remember(&Failure::Busy("swarm"));
        assert_eq!(last(), "swarm: another call is under way on it");
    }
}
