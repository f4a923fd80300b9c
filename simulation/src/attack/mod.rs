//! What hostile nodes say: named attacks, from a seed, by an adversary that sees every honest value and the graph.
//!
//! An attack writes its claims, any `i64` in micro-VU, into the *faces* of a [`Population`](crate::Population). How much
//! it must see is its [`Sight`], so that a swarm on a device is read back only where an attack looks.

mod claims;
mod foresight;
mod halves;
mod parts;
mod statistics;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::{Argument, Error, Result};
use crate::population::Faces;
pub use claims::{Attacker, View};
pub use statistics::alie_z;
pub(crate) use statistics::ends;

/// How hostile nodes lie. They see everything and act together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Attack {
    /// The largest number there is.
    Huge,
    /// Nothing is there.
    Zero,
    /// To one half of the receivers the largest number, to the other the smallest.
    Split,
    /// In each cell to the upper half of the honest rows the largest honest value, to the lower half the smallest:
    /// lies that no range check can see, told to keep the halves apart. Where the honest graph falls into parts, each
    /// part is attacked by itself.
    Edge,
    /// To each a 64th less than it holds, times the strength (1).
    Drain,
    /// Echoes each receiver to earn its trust; after as many cycles as the strength says (200) it turns to
    /// [`Attack::Edge`].
    Sleeper,
    /// Swings between the ends of the honest range with the rounding of the cycle.
    Pendulum,
    /// Any number at all, from each hostile node its own, anew in every cycle.
    Noise,
    /// "A little is enough": the honest mean less z honest standard deviations, few enough that enough honest rows lie
    /// farther out (Baruch, Baruch, Goldberg, "A Little Is Enough: Circumventing Defenses For Distributed Learning",
    /// NeurIPS 2019). The strength is z; if absent, the paper's z for these numbers of nodes, see [`alie_z`].
    Alie,
    /// Inner-product manipulation: minus the honest mean, times the strength (0.1), as in Xie, Koyejo, Gupta, "Fall of
    /// Empires: Breaking Byzantine-tolerant SGD by Inner Product Manipulation", UAI 2019; values stand where gradients
    /// do there.
    InnerProduct,
    /// To each the opposite of where its honest neighbours pull it: its value less the sum of their differences to it,
    /// shared by its hostile neighbours, times the strength (1, which undoes the honest pull under plain averaging);
    /// He, Karimireddy, Jaggi, "Byzantine-robust decentralized learning via ClippedGossip", 2022.
    Dissensus,
    /// To each a push along the second eigenvector of the honest graph's Laplacian, the direction in which the graph
    /// mixes slowest: its value and its part of the honest values' projection on that vector, times the strength (8);
    /// Gaucher, Dieuleveut, Hendrikx, "Unified Breakdown Analysis for Byzantine Robust Gossip", ICML 2025. Where the
    /// honest graph falls into parts, each part has a vector of its own.
    Spectral,
    /// To all the same from the first cycle to the last: the honest mean at the start plus the strength (3) times the
    /// honest standard deviation at the start.
    Pull,
    /// Echoes each receiver: says what it holds, and so holds it back and keeps its trust.
    Echo,
    /// To each half of the honest rows, by their numbers, the end of its values that lies away from the other half.
    HalfEdge,
    /// To each half of the honest rows, by their numbers, its own mean.
    HalfMean,
    /// To each half of the honest rows, by their numbers, the far end of the other half's values.
    HalfOther,
    /// Pushes the upper half of the honest rows up and the lower half down, in each cell by as much as trust tolerates,
    /// times the strength (1).
    Nudge,
    /// From each hostile node to each receiver any value of the honest range, anew in every cycle.
    Random,
    /// Holds the last unit open against a rounding that it foresees from the cycle's parity: where the honest rows hold
    /// two adjacent values, it moves as many as it takes so that the next rounding cannot lead the rest to join. It knows the
    /// kernel's arithmetic and all trust. Elsewhere it lies as [`Attack::Edge`].
    Seesaw,
    /// Holds the last unit open against a rounding that it cannot foresee: where the honest rows hold two adjacent values,
    /// it tells each row the other one, so that rows cross instead of joining. Elsewhere it lies as [`Attack::Edge`].
    Cross,
    /// Leads the row in the middle to and fro between two halves, by their numbers, so that each in turn is the larger
    /// one, and tells the halves their own edges. It turns when the row has arrived, or after as many cycles as the
    /// strength says (200).
    Shuttle,
}

/// What an attack must see before it speaks in a cycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sight {
    /// Nothing, and what it said before stands.
    Stands,
    /// Nothing, but it says something new.
    Blind,
    /// The smallest and the largest honest value of each cell.
    Extremes,
    /// Every honest value.
    Values,
    /// Every honest value, and the trust along every edge.
    Trust,
}

impl Attack {
    /// All of them.
    pub const ALL: [Self; 22] = [
        Self::Huge,
        Self::Zero,
        Self::Split,
        Self::Edge,
        Self::Drain,
        Self::Sleeper,
        Self::Pendulum,
        Self::Noise,
        Self::Alie,
        Self::InnerProduct,
        Self::Dissensus,
        Self::Spectral,
        Self::Pull,
        Self::Echo,
        Self::HalfEdge,
        Self::HalfMean,
        Self::HalfOther,
        Self::Nudge,
        Self::Random,
        Self::Seesaw,
        Self::Cross,
        Self::Shuttle,
    ];

    /// The attack's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Huge => "huge",
            Self::Zero => "zero",
            Self::Split => "split",
            Self::Edge => "edge",
            Self::Drain => "drain",
            Self::Sleeper => "sleeper",
            Self::Pendulum => "pendulum",
            Self::Noise => "noise",
            Self::Alie => "alie",
            Self::InnerProduct => "inner-product",
            Self::Dissensus => "dissensus",
            Self::Spectral => "spectral",
            Self::Pull => "pull",
            Self::Echo => "echo",
            Self::HalfEdge => "half-edge",
            Self::HalfMean => "half-mean",
            Self::HalfOther => "half-other",
            Self::Nudge => "nudge",
            Self::Random => "random",
            Self::Seesaw => "seesaw",
            Self::Cross => "cross",
            Self::Shuttle => "shuttle",
        }
    }

    /// The strength where none is given; none for attacks that have no strength, and for [`Attack::Alie`], whose z
    /// follows from the numbers of nodes.
    pub fn default_strength(self) -> Option<f64> {
        match self {
            Self::Drain | Self::Dissensus | Self::Nudge => Some(1.0),
            Self::Sleeper | Self::Shuttle => Some(200.0),
            Self::InnerProduct => Some(0.1),
            Self::Spectral => Some(8.0),
            Self::Pull => Some(3.0),
            _ => None,
        }
    }

    /// Whether the attack has a strength.
    pub fn has_strength(self) -> bool {
        self == Self::Alie || self.default_strength().is_some()
    }

    /// Refuses a strength that the attack does not have or cannot use.
    ///
    /// # Errors
    /// `strength` is named.
    pub fn expect_strength(self, strength: Option<f64>) -> Result<()> {
        match strength {
            Some(got) if !self.has_strength() => Err(Error::argument(
                Argument::Strength,
                got,
                format!("none, as attack '{self}' has no strength"),
            )),
            Some(got) if !got.is_finite() => Err(Error::argument(Argument::Strength, got, "a finite number")),
            _ => Ok(()),
        }
    }

    /// Which rows it needs for what it says.
    pub fn faces(self) -> Faces {
        match self {
            Self::Split => Faces::Sides,
            Self::Noise => Faces::PerSpeaker,
            Self::Random => Faces::PerEdge,
            Self::Huge | Self::Zero | Self::Pendulum | Self::Alie | Self::InnerProduct | Self::Pull => {
                Faces::Common
            }
            _ => Faces::PerReceiver,
        }
    }

    /// What it must see before it speaks in a cycle; `first` is the first in which it speaks.
    pub fn sight(self, first: bool) -> Sight {
        match self {
            Self::Huge | Self::Zero | Self::Split if first => Sight::Blind,
            Self::Pull if first => Sight::Values,
            Self::Huge | Self::Zero | Self::Split | Self::Pull => Sight::Stands,
            Self::Noise => Sight::Blind,
            Self::Pendulum | Self::Random => Sight::Extremes,
            Self::Seesaw => Sight::Trust,
            _ => Sight::Values,
        }
    }
}

impl fmt::Display for Attack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Attack {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|attack| attack.name() == name);
        let names = Self::ALL.map(Self::name).join(", ");
        found.ok_or_else(|| Error::argument(Argument::Attack, format!("'{name}'"), format!("one of {names}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back_everywhere_alike() {
        for attack in Attack::ALL {
            assert_eq!(attack.to_string().parse(), Ok(attack));
            assert_eq!(serde_json::to_string(&attack).unwrap(), format!("\"{attack}\""));
        }
        let message = "kindness".parse::<Attack>().unwrap_err().to_string();
        assert!(
            message.starts_with("attack: got 'kindness', expected one of huge, zero, split"),
            "{message}"
        );
    }

    #[test]
    fn a_strength_must_be_one_that_the_attack_has() {
        assert!(Attack::Alie.expect_strength(Some(1.5)).is_ok());
        assert!(Attack::Huge.expect_strength(None).is_ok());
        let message = Attack::Huge.expect_strength(Some(2.0)).unwrap_err().to_string();
        assert_eq!(message, "strength: got 2, expected none, as attack 'huge' has no strength");
        assert!(Attack::Pull.expect_strength(Some(f64::NAN)).is_err());
    }
}
