//! Random input from a seed: the generator of the golden vectors, and rows that mix ordinary with extreme values.

use lvs_kernels::vaultguard::{DIFFERENCE_MAX, MICRO_VU, VALUE_MAX};
pub use lvs_simulation::Random;

/// What a random row is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Texture {
    /// Values around 1,000 VU, neighbours within a few VU: ordinary work.
    Near,
    /// Few distinct values: ties everywhere, differences of a unit or none.
    Ties,
    /// The ends of every range that the rule knows, and anything between.
    Extreme,
}

impl Texture {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Near, Self::Ties, Self::Extreme];

    /// An own value: 0 to 2^62.
    pub fn value(self, random: &mut Random) -> i64 {
        match self {
            Self::Near => 1_000 * MICRO_VU + random.between(-5 * MICRO_VU, 5 * MICRO_VU),
            Self::Ties => 640 * MICRO_VU + random.between(0, 3),
            Self::Extreme if random.one_in(2) => {
                let ends =
                    [0, 1, 63, 64 * MICRO_VU, DIFFERENCE_MAX, DIFFERENCE_MAX + 1, VALUE_MAX - 1, VALUE_MAX];
                *random.pick(&ends)
            }
            Self::Extreme => random.between(0, VALUE_MAX),
        }
    }

    /// A neighbour's value: any `i64`.
    pub fn neighbour(self, random: &mut Random) -> i64 {
        match self {
            Self::Near if random.one_in(16) => random.any() as i64,
            Self::Extreme if random.one_in(3) => {
                let ends =
                    [i64::MIN, i64::MIN + 1, -DIFFERENCE_MAX, -1, VALUE_MAX + 1, i64::MAX - 1, i64::MAX];
                *random.pick(&ends)
            }
            Self::Extreme if random.one_in(3) => random.any() as i64,
            _ => self.value(random),
        }
    }

    /// `count` own values.
    pub fn values(self, random: &mut Random, count: usize) -> Vec<i64> {
        (0..count).map(|_| self.value(random)).collect()
    }

    /// `count` values of neighbours.
    pub fn neighbours(self, random: &mut Random, count: usize) -> Vec<i64> {
        (0..count).map(|_| self.neighbour(random)).collect()
    }
}

/// `count` weights that sum to at most 65,535: alike, or all different with some at zero, or one that has nearly all,
/// or one at a power of two or just below, where packed forms have their edges.
pub fn weights(random: &mut Random, count: usize) -> Vec<u16> {
    if count == 0 {
        return Vec::new();
    }
    let share = 65_535 / count as u64;
    match random.below(6) {
        0 => vec![share as u16; count],
        1 => {
            let heavy = 65_535 - random.below(3) as u16;
            one_heavy(random, count, heavy)
        }
        2 => {
            let edge = 1_u16 << random.between(8, 16);
            let heavy = edge - random.below(2) as u16;
            one_heavy(random, count, heavy)
        }
        _ => (0..count).map(|_| random.below(share + 1) as u16).collect(),
    }
}

/// One neighbour weighs `heavy`, the others share the rest.
fn one_heavy(random: &mut Random, count: usize, heavy: u16) -> Vec<u16> {
    let rest = u64::from(65_535 - heavy) / count as u64;
    let mut weights: Vec<u16> = (0..count).map(|_| random.below(rest + 1) as u16).collect();
    weights[random.below(count as u64) as usize] = heavy;
    weights
}
