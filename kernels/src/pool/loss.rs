//! Samples lost on their way: which ones is a hash of seed, cycle and edge, so that every backend loses the same.

use crate::mix::{halves, mix32, mix64};

/// Samples of neighbours that do not arrive.
///
/// A lost sample counts as a node counts a neighbour that it has not heard: with a difference of 0 and its full
/// weight, so that few answers mean no movement; its trust stays as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loss {
    /// The part of all samples that is lost, in Q0.16.
    pub share: u16,
    /// Which ones: another seed loses others.
    pub seed: u64,
}

/// Which edges' samples are lost in one cycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lost {
    pub share: u32,
    pub key: [u32; 2],
}

impl Loss {
    /// Those of cycle `cycle`.
    pub(crate) fn in_cycle(self, cycle: u64) -> Lost {
        Lost { share: self.share.into(), key: halves(mix64(self.seed ^ mix64(cycle))) }
    }
}

impl Lost {
    /// Whether the sample along this edge is lost.
    #[inline]
    pub(crate) fn takes(self, edge: usize) -> bool {
        let [low, high] = halves(edge as u64);
        mix32(mix32(low ^ self.key[0]) ^ high ^ self.key[1]) >> 16 < self.share
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quarter_is_a_quarter_of_every_cycle_and_of_every_edge() {
        let loss = Loss { share: 16_384, seed: 7 };
        let of_a_cycle = (0..100_000).filter(|&edge| loss.in_cycle(3).takes(edge)).count();
        let of_an_edge = (0..100_000).filter(|&cycle| loss.in_cycle(cycle).takes(3)).count();
        for lost in [of_a_cycle, of_an_edge] {
            assert!((24_400..25_600).contains(&lost), "{lost} of 100,000");
        }
    }

    #[test]
    fn no_share_loses_nothing() {
        assert!((0..1_000).all(|edge| !Loss { share: 0, seed: 1 }.in_cycle(0).takes(edge)));
    }
}
