//! What can go wrong: an option, or a backend that cannot run here.

use std::fmt::{self, Display, Formatter};

use lvs_kernels::InvalidArgument;

/// The crate's result type.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a call was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An argument is not what the call takes.
    #[error(transparent)]
    Argument(#[from] InvalidArgument<Argument>),
    /// A backend cannot run here, or its device failed.
    #[error(transparent)]
    Kernels(lvs_kernels::Error),
}

/// Every argument that this crate can refuse. Other interfaces translate each to their own word for it; as all are
/// listed here, the compiler sees to it that none is forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Argument {
    /// How far apart the honest start, in units.
    Apart,
    /// What hostile nodes do.
    Attack,
    /// The name of what computes.
    Backend,
    /// Edges between two worlds.
    Bridges,
    /// The cells of a node.
    Cells,
    /// The middle of the values at the start.
    Center,
    /// The share of nodes that newcomers replace in each cycle.
    Churn,
    /// The neighbours of a node.
    Degree,
    /// Pairs of nodes.
    Edges,
    /// A graph of the caller's.
    Graph,
    /// The nodes of a group.
    GroupSize,
    /// The hostile share of the nodes.
    Hostile,
    /// Hostile neighbours beside every node.
    HostileNeighbours,
    /// The share of samples that is lost.
    Loss,
    /// The number of nodes.
    Nodes,
    /// Cycles from one record to the next.
    RecordEvery,
    /// The share of edges that are drawn anew.
    Rewire,
    /// A gossip rule.
    Rule,
    /// A parameter of an attack.
    Strength,
    /// The number of threads.
    Threads,
    /// The topology, or the file that it is read from.
    Topology,
    /// The values at the start.
    Values,
    /// From the smallest to the largest value at the start.
    Width,
}

impl Display for Argument {
    /// The word that the Rust interface has for it.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Apart => "apart",
            Self::Attack => "attack",
            Self::Backend => "backend",
            Self::Bridges => "bridges",
            Self::Cells => "cells",
            Self::Center => "center",
            Self::Churn => "churn",
            Self::Degree => "degree",
            Self::Edges => "edges",
            Self::Graph => "graph",
            Self::GroupSize => "size",
            Self::Hostile | Self::HostileNeighbours => "hostile",
            Self::Loss => "loss",
            Self::Nodes => "nodes",
            Self::RecordEvery => "record_every",
            Self::Rewire => "rewire",
            Self::Rule => "rule",
            Self::Strength => "strength",
            Self::Threads => "threads",
            Self::Topology => "topology",
            Self::Values => "values",
            Self::Width => "width",
        })
    }
}

impl Error {
    /// An [`Error::Argument`] from anything that prints.
    pub fn argument(argument: Argument, got: impl Display, expected: impl Display) -> Self {
        InvalidArgument::new(argument, got, expected).into()
    }
}

impl From<lvs_kernels::Error> for Error {
    fn from(error: lvs_kernels::Error) -> Self {
        match error {
            lvs_kernels::Error::Argument(invalid) => match argument_here(invalid.argument) {
                Some(argument) => invalid.named(argument).into(),
                None => Self::Kernels(invalid.into()),
            },
            other => Self::Kernels(other),
        }
    }
}

/// What an argument of the kernels is here; nothing if this crate fills it in by itself.
fn argument_here(argument: lvs_kernels::Argument) -> Option<Argument> {
    use lvs_kernels::Argument as Kernels;
    match argument {
        Kernels::Backend => Some(Argument::Backend),
        Kernels::Threads => Some(Argument::Threads),
        Kernels::Values | Kernels::Anchors => Some(Argument::Values),
        Kernels::Cells => Some(Argument::Cells),
        Kernels::Offsets | Kernels::Targets | Kernels::Neighbours => Some(Argument::Graph),
        Kernels::BackendVariable
        | Kernels::Weights
        | Kernels::Frozen
        | Kernels::Trust
        | Kernels::Residuals
        | Kernels::Row
        | Kernels::Sample
        | Kernels::Damping
        | Kernels::Pretrust
        | Kernels::Tolerance
        | Kernels::Out
        | Kernels::OutValues
        | Kernels::OutResiduals
        | Kernels::OutCorrection => None,
    }
}
