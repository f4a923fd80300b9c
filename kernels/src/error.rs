//! What can go wrong: a caller's argument, or a backend that cannot run here.

use std::fmt::Display;

/// The crate's result type.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a call was refused. What its outputs hold then means nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An argument is not what the call takes.
    #[error("{argument}: got {got}, expected {expected}")]
    Argument {
        /// The argument's name.
        argument: &'static str,
        /// What came.
        got: String,
        /// What the call takes.
        expected: String,
    },
    /// The backend asked for cannot run on this machine or is not in this build.
    #[error("backend '{name}' cannot run here: {reason}")]
    Unavailable {
        /// The backend's name as asked for.
        name: String,
        /// Why it cannot run.
        reason: String,
    },
    /// A device failed, was lost, or has no room for what was asked.
    #[error("device '{device}' {reason}")]
    Device {
        /// The adapter's name.
        device: String,
        /// What happened, or what did not fit.
        reason: String,
    },
}

impl Error {
    /// An [`Error::Argument`] from anything that prints.
    pub fn argument(argument: &'static str, got: impl Display, expected: impl Display) -> Self {
        Self::Argument { argument, got: got.to_string(), expected: expected.to_string() }
    }

    /// The same, with the row that it was found in.
    pub(crate) fn in_row(self, row: usize) -> Self {
        match self {
            Self::Argument { argument, got, expected } => {
                Self::Argument { argument, got: format!("{got} in row {row}"), expected }
            }
            other => other,
        }
    }
}

/// Refuses `argument` unless its length is `expected`.
pub(crate) fn expect_length(argument: &'static str, got: usize, expected: usize) -> Result<()> {
    if got == expected {
        return Ok(());
    }
    Err(Error::argument(argument, format!("{got} entries"), format!("{expected}")))
}
