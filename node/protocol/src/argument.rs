//! The arguments that a node can refuse.

use std::fmt::{self, Display, Formatter};

use lvs_kernels::InvalidArgument;

/// Every argument that a node can refuse. The command line translates each to its own word for it; as all are listed
/// here, the compiler sees to it that none is forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Argument {
    /// The amount of a contribution.
    Amount,
    /// The cell of a contribution.
    Cell,
    /// The time from cycle to cycle.
    Cycle,
    /// The number of fragments.
    Fragments,
    /// The other nodes.
    Peers,
    /// The number of holders of a fragment.
    Replicas,
}

impl Display for Argument {
    /// The word that the Rust interface has for it.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Amount => "amount",
            Self::Cell => "cell",
            Self::Cycle => "cycle",
            Self::Fragments => "fragments",
            Self::Peers => "peers",
            Self::Replicas => "replicas",
        })
    }
}

/// What a node is told that cannot be: the argument, what came and what was expected.
pub type Invalid = InvalidArgument<Argument>;
