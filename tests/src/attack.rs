//! What hostile members of a group say: any value, different to each receiver.

use lvs_kernels::vaultguard::RATE_SHIFT;

use crate::random::Random;

/// How the hostile members lie. They see every honest value and act together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attack {
    /// The largest number there is.
    Huge,
    /// Nothing is there.
    Zero,
    /// To one half of the receivers the largest number, to the other the smallest.
    Split,
    /// To the upper half of the honest rows the largest honest value, to the lower half the smallest: lies that no
    /// range check can see, told to keep the halves apart.
    Edge,
    /// To each a little less than it holds, as much as the rate limit would pass.
    Drain,
    /// Echoes each receiver to earn its trust, then turns to [`Attack::Edge`].
    Sleeper,
    /// Swings between the ends of the honest range with the rounding of the cycle.
    Pendulum,
    /// Any number at all.
    Noise,
}

/// Cycles for which a sleeper behaves.
const ASLEEP: u64 = 200;

impl Attack {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Huge,
        Self::Zero,
        Self::Split,
        Self::Edge,
        Self::Drain,
        Self::Sleeper,
        Self::Pendulum,
        Self::Noise,
    ];

    /// What a hostile member tells `receiver` of a cell that holds `honest[i]` at honest row `i`.
    pub fn lie(self, honest: &[i64], receiver: usize, cycle: u64, random: &mut Random) -> i64 {
        let own = honest[receiver];
        match self {
            Self::Huge => i64::MAX,
            Self::Zero => 0,
            Self::Split if receiver.is_multiple_of(2) => i64::MAX,
            Self::Split => i64::MIN,
            Self::Edge => edge(honest, is_upper(honest, receiver)),
            Self::Drain => own - (own >> RATE_SHIFT) - 1,
            Self::Sleeper if cycle < ASLEEP => own,
            Self::Sleeper => Self::Edge.lie(honest, receiver, cycle, random),
            Self::Pendulum => edge(honest, cycle % 2 == 1),
            Self::Noise => random.any() as i64,
        }
    }
}

/// Whether the receiver is in the upper half of the honest rows, ranked by value and then by number.
fn is_upper(honest: &[i64], receiver: usize) -> bool {
    let own = (honest[receiver], receiver);
    let below = honest.iter().enumerate().filter(|&(i, &value)| (value, i) < own).count();
    below >= honest.len() / 2
}

fn edge(honest: &[i64], upper: bool) -> i64 {
    let end = if upper { honest.iter().max() } else { honest.iter().min() };
    *end.expect("there is an honest row")
}
