//! What can go wrong: a caller's argument, or a backend that cannot run here.

use std::fmt::{self, Display, Formatter};

/// The crate's result type.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a call was refused. What its outputs hold then means nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An argument is not what the call takes.
    #[error(transparent)]
    Argument(#[from] InvalidArgument<Argument>),
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
    /// There is not enough memory for what was asked.
    #[error("{what}: {bytes} bytes cannot be allocated")]
    OutOfMemory {
        /// What it was needed for.
        what: &'static str,
        /// How much was needed at once.
        bytes: usize,
    },
    /// Threads could not be started.
    #[error("{count} threads cannot be started: {reason}")]
    Threads {
        /// How many were asked for.
        count: usize,
        /// What the system says.
        reason: String,
    },
    /// The engine was made in another process; its threads and its device do not exist in a forked child.
    #[error("this engine belongs to the process it was made in; make another after a fork")]
    Forked,
    /// Whoever was asked whether to go on said no.
    #[error("the call was cancelled")]
    Cancelled,
}

/// An argument that is not what a call takes. `A` names it: every interface has words of its own.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{argument}: got {got}, expected {expected}")]
pub struct InvalidArgument<A> {
    /// The argument.
    pub argument: A,
    /// What came.
    pub got: String,
    /// What the call takes.
    pub expected: String,
}

impl<A> InvalidArgument<A> {
    /// What is said of an argument, from anything that prints.
    pub fn new(argument: A, got: impl Display, expected: impl Display) -> Self {
        Self { argument, got: got.to_string(), expected: expected.to_string() }
    }

    /// The same, with the argument named in the words of another interface.
    pub fn named<B>(self, argument: B) -> InvalidArgument<B> {
        InvalidArgument { argument, got: self.got, expected: self.expected }
    }
}

/// Every argument that a kernel can refuse. Other interfaces translate each to their own word for it; as all are listed
/// here, the compiler sees to it that none is forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Argument {
    /// The backend's name.
    Backend,
    /// The environment variable that decides what `auto` means.
    BackendVariable,
    /// The number of threads.
    Threads,
    /// Where each row's edges start.
    Offsets,
    /// The neighbour at the end of each edge.
    Targets,
    /// The values of rows.
    Values,
    /// The values at the start of the window.
    Anchors,
    /// The neighbours of a row.
    Neighbours,
    /// The weights of neighbours.
    Weights,
    /// The marks of rows that never move.
    Frozen,
    /// The trust in neighbours.
    Trust,
    /// The residuals of neighbours.
    Residuals,
    /// The number of a row.
    Row,
    /// The number of cells.
    Cells,
    /// The room for a sample of cells: its length is how many are drawn.
    Sample,
    /// The part of reputation that always comes from pre-trust.
    Damping,
    /// The weights of the pre-trusted nodes.
    Pretrust,
    /// The change at which reputation stops.
    Tolerance,
    /// The room for a result.
    Out,
    /// The room for new values.
    OutValues,
    /// The room for the residuals of a drift.
    OutResiduals,
    /// The room for new values minus old values.
    OutCorrection,
}

impl Display for Argument {
    /// The word that the Rust interface has for it.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Backend => "backend",
            Self::BackendVariable => "LVS_BACKEND",
            Self::Threads => "threads",
            Self::Offsets => "offsets",
            Self::Targets => "targets",
            Self::Values => "values",
            Self::Anchors => "anchors",
            Self::Neighbours => "neighbours",
            Self::Weights => "weights",
            Self::Frozen => "frozen",
            Self::Trust => "trust",
            Self::Residuals => "residuals",
            Self::Row => "row",
            Self::Cells => "cells",
            Self::Sample | Self::Out => "out",
            Self::Damping => "damping",
            Self::Pretrust => "pretrust",
            Self::Tolerance => "tolerance",
            Self::OutValues => "out.values",
            Self::OutResiduals => "out.residuals",
            Self::OutCorrection => "out.correction",
        })
    }
}

impl Error {
    /// An [`Error::Argument`] from anything that prints.
    pub fn argument(argument: Argument, got: impl Display, expected: impl Display) -> Self {
        InvalidArgument::new(argument, got, expected).into()
    }

    /// The same, with the row that it was found in.
    pub(crate) fn in_row(mut self, row: usize) -> Self {
        if let Self::Argument(invalid) = &mut self {
            invalid.got = format!("{} in row {row}", invalid.got);
        }
        self
    }
}

/// Refuses `argument` unless its length is `expected`.
#[inline]
pub(crate) fn expect_length(argument: Argument, got: usize, expected: usize) -> Result<()> {
    if got == expected {
        return Ok(());
    }
    Err(Error::argument(argument, format!("{got} entries"), expected))
}
