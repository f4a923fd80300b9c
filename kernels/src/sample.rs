//! Which cells an entropy packet shows: drawn from a seed, so that the receiver draws the same.

use rand_core::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::error::{Argument, Error, Result};
use crate::mix::below;

/// The most cells that can be drawn from: an index fits `u16`.
pub const SAMPLE_CELLS_MAX: usize = 65_536;

/// Draws `out.len()` distinct cells of `cells`, in draw order.
///
/// The generator is Xoshiro256++ (Blackman and Vigna, 2019), its state filled from `seed` by SplitMix64. A draw is
/// the high word of `cells * next_u64()`; one that came before is drawn again.
///
/// # Errors
/// If more cells are asked for than there are, or there are more than 65,536.
pub fn sample_cells(seed: u64, cells: usize, out: &mut [u16]) -> Result<()> {
    if cells > SAMPLE_CELLS_MAX {
        return Err(Error::argument(Argument::Cells, cells, format!("at most {SAMPLE_CELLS_MAX}")));
    }
    if out.len() > cells {
        return Err(Error::argument(Argument::Sample, out.len(), format!("at most {cells} (cells)")));
    }
    let mut generator = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut seen = vec![0_u64; cells.div_ceil(64)];
    for slot in out {
        *slot = draw(&mut generator, cells, &mut seen);
    }
    Ok(())
}

fn draw(generator: &mut Xoshiro256PlusPlus, cells: usize, seen: &mut [u64]) -> u16 {
    loop {
        let cell = below(generator.next_u64(), cells as u64) as usize;
        let word = cell / 64;
        let bit = 1 << (cell % 64);
        if seen[word] & bit == 0 {
            seen[word] |= bit;
            return cell as u16;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drawing_all_cells_is_a_permutation() {
        let mut cells = [0; 256];
        sample_cells(7, 256, &mut cells).unwrap();
        cells.sort_unstable();
        assert!(cells.iter().enumerate().all(|(i, &cell)| i == cell as usize));
    }

    #[test]
    fn a_shorter_draw_is_the_start_of_a_longer_one() {
        let mut short = [0; 16];
        let mut long = [0; 64];
        sample_cells(u64::MAX, 65_536, &mut short).unwrap();
        sample_cells(u64::MAX, 65_536, &mut long).unwrap();
        assert_eq!(short, long[..16]);
    }

    #[test]
    fn impossible_draws_are_refused() {
        assert!(sample_cells(0, 63, &mut [0; 64]).is_err());
        assert!(sample_cells(0, 65_537, &mut [0; 64]).is_err());
        assert!(sample_cells(0, 0, &mut []).is_ok());
    }
}
