//! How fast a graph can agree, and how fast a swarm did.

mod fiedler;
mod spectrum;

pub use fiedler::Fiedler;
pub use spectrum::{DENSE_ROWS_MAX, Method, Spectrum, gossip_spectrum, gossip_spectrum_while};

/// Spreads below this, in micro-VU, are made by rounding and not by the graph.
const ROUNDING: f64 = 256.0;

/// By how much the spread shrank per cycle, from pairs of a cycle and the spread after it, cycles rising: the geometric
/// mean over the second half of what is above the rounding, where the slowest direction is all that is left. None if
/// fewer than three pairs are.
pub fn measured_factor(spreads: &[(u64, f64)]) -> Option<f64> {
    let above: Vec<_> = spreads.iter().take_while(|(_, spread)| *spread >= ROUNDING).collect();
    let first = above.get(above.len() / 2)?;
    let last = above.last()?;
    let cycles = last.0.checked_sub(first.0).filter(|&cycles| cycles > 0 && above.len() >= 3)?;
    Some((last.1 / first.1).powf(1.0 / cycles as f64))
}

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;

    use super::*;

    #[test]
    fn the_factor_is_that_of_the_second_half() {
        let spreads: Vec<_> =
            (0..20).map(|c| (c, 1e9 * if c < 6 { 0.1 } else { 1.0 } * 0.5_f64.powi(c as i32))).collect();
        assert_abs_diff_eq!(measured_factor(&spreads).unwrap(), 0.5, epsilon = 1e-12);
        let flat = [(0, 1e6), (1, 100.0), (2, 50.0)];
        assert_eq!(measured_factor(&flat), None);
    }
}
