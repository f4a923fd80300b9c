//! What attacks compute of the honest values.

use statrs::distribution::{ContinuousCDF, Normal};

use crate::population::Population;

/// The z of "A Little Is Enough" (Baruch, Baruch, Goldberg, NeurIPS 2019, algorithm 3) for `nodes` nodes of which
/// `hostile` are hostile: as many honest nodes as make a majority with them lie, by a normal distribution, farther out
/// than z standard deviations. Rounded to 2^-20, so that no library's last digit matters.
///
/// 0 where no honest node is needed or there are none: hostile nodes are the majority then. Never below 0.
pub fn alie_z(nodes: usize, hostile: usize) -> f64 {
    let needed = (nodes / 2 + 1).saturating_sub(hostile);
    let honest = nodes.saturating_sub(hostile);
    if needed == 0 || honest <= needed {
        return 0.0;
    }
    let share = (honest - needed) as f64 / honest as f64;
    // Fewer than half would be on this side: a z below 0 would help the honest.
    ((Normal::standard().inverse_cdf(share) * f64::from(1 << 20)).round() / f64::from(1 << 20)).max(0.0)
}

/// Per cell the mean of the rows, rounded down, in micro-VU.
pub(super) fn means(values: &[i64], cells: usize) -> Vec<i64> {
    let mut sums = vec![0_i128; cells];
    for row in values.chunks_exact(cells) {
        sums.iter_mut().zip(row).for_each(|(sum, &value)| *sum += i128::from(value));
    }
    let rows = (values.len() / cells).max(1) as i128;
    sums.into_iter().map(|sum| sum.div_euclid(rows) as i64).collect()
}

/// Per cell the standard deviation of the rows (of the population), in micro-VU.
pub(super) fn deviations(values: &[i64], means: &[i64]) -> Vec<f64> {
    let mut squares = vec![0_f64; means.len()];
    for row in values.chunks_exact(means.len()) {
        for ((square, &value), &mean) in squares.iter_mut().zip(row).zip(means) {
            let off = value.wrapping_sub(mean) as f64;
            *square += off * off;
        }
    }
    let rows = (values.len() / means.len()).max(1) as f64;
    squares.into_iter().map(|square| (square / rows).sqrt()).collect()
}

/// Per cell the entry from which on the upper half of these rows begins, ranked by value and then by number: the value,
/// and the number of the first row of that value that belongs to it.
pub(super) fn upper_halves(rows: &[usize], values: &[i64], cells: usize) -> Vec<(i64, usize)> {
    let half = |cell: usize| {
        let mut column: Vec<(i64, usize)> =
            rows.iter().map(|&row| (values[row * cells + cell], row)).collect();
        *column.select_nth_unstable(rows.len() / 2).1
    };
    (0..cells).map(half).collect()
}

/// How far in each cell a row's hostile neighbours may all be from it without losing its trust, in micro-VU: what the
/// specification tolerates ("Trust") where they are its nearest neighbours.
pub(super) fn tolerated(population: &Population, values: &[i64], cells: usize, row: usize) -> f64 {
    let own = &values[row * cells..][..cells];
    let mut residuals = Vec::new();
    for &neighbour in population.honest_neighbours(row) {
        let other = &values[neighbour as usize * cells..][..cells];
        residuals.push(own.iter().zip(other).map(|(a, &b)| u128::from(a.abs_diff(b))).sum::<u128>());
    }
    residuals.sort_unstable();
    let hostile = population.hostile_neighbours(row);
    let neighbours = residuals.len() + hostile;
    // The judge's place among the honest, the hostile being nearer than all of them.
    let judge = (neighbours - neighbours / 3).checked_sub(1 + hostile);
    let judged = judge.and_then(|place| residuals.get(place)).copied().unwrap_or(0);
    2.0 * judged as f64 / cells as f64 + TOLERANCE_PER_CELL
}

/// Per compared cell, the residual that is always tolerated, in micro-VU (specification, "Trust").
const TOLERANCE_PER_CELL: f64 = 16.0;

/// Per cell the smallest and the largest of some rows' values; turned round where there is no row.
pub(crate) fn ends<'a>(rows: impl Iterator<Item = &'a [i64]>, cells: usize) -> Vec<(i64, i64)> {
    let mut ends = vec![(i64::MAX, i64::MIN); cells];
    for row in rows {
        for (end, &value) in ends.iter_mut().zip(row) {
            end.0 = end.0.min(value);
            end.1 = end.1.max(value);
        }
    }
    ends
}

/// A value moved by a difference that is not whole.
pub(super) fn moved(value: i64, by: f64) -> i64 {
    value.saturating_add(by.round() as i64)
}

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;

    use super::*;

    #[test]
    fn z_follows_the_paper() {
        // 50 nodes, 24 hostile, as in the paper's example: 2 supporters of 26, Φ(z) = 24/26.
        assert_abs_diff_eq!(alie_z(50, 24), 1.426_077, epsilon = 1e-6);
        // 100 nodes, 20 hostile: 31 supporters of 80, Φ(z) = 49/80.
        assert_abs_diff_eq!(alie_z(100, 20), 0.285_841, epsilon = 1e-6);
        // Fewer hostile nodes need more support, and cannot go as far.
        assert!(alie_z(50, 10) < alie_z(50, 20));
        assert_eq!((alie_z(10, 6), alie_z(0, 0)), (0.0, 0.0));
    }

    #[test]
    fn means_and_deviations_are_by_cell() {
        let values = [10, -7, 20, -7, 60, -8];
        let means = means(&values, 2);
        assert_eq!(means, [30, -8]);
        let deviations = deviations(&values, &means);
        assert_abs_diff_eq!(deviations[0], (1_400.0_f64 / 3.0).sqrt(), epsilon = 1e-12);
        assert_abs_diff_eq!(deviations[1], (2.0_f64 / 3.0).sqrt(), epsilon = 1e-12);
    }

    #[test]
    fn halves_are_told_apart_by_number_where_values_are_equal() {
        assert_eq!(upper_halves(&[0, 1, 2, 3], &[5, 1, 5, 2, 5, 3, 4, 9], 2), [(5, 1), (3, 2)]);
    }
}
