//! Samples lost on their way: which ones is a hash of seed, cycle and edge, so that every backend loses the same.

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
        let key = mix64(self.seed ^ mix64(cycle));
        Lost { share: self.share.into(), key: [key as u32, (key >> 32) as u32] }
    }
}

impl Lost {
    /// Whether the sample along this edge is lost. 32-bit steps, because shaders have no wider ones.
    #[inline]
    pub(crate) fn takes(self, edge: usize) -> bool {
        let low = mix32(edge as u32 ^ self.key[0]);
        let both = mix32(low ^ (edge as u64 >> 32) as u32 ^ self.key[1]);
        both >> 16 < self.share
    }
}

/// The finaliser of SplitMix64 (Steele, Lea, Flood 2014), after one step of its sequence.
fn mix64(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The finaliser of MurmurHash3 (Appleby), 32 bits.
fn mix32(mut h: u32) -> u32 {
    h = (h ^ (h >> 16)).wrapping_mul(0x85eb_ca6b);
    h = (h ^ (h >> 13)).wrapping_mul(0xc2b2_ae35);
    h ^ (h >> 16)
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
