//! The rules that are compared: ours in integers, and three others in floating point, as their papers have them.
//!
//! All give each neighbour the Metropolis weight 1 / (largest honest degree + 1 + hostile neighbours).

use std::fmt;
use std::str::FromStr;

use lvs_kernels::vaultguard::VALUE_MAX;
use lvs_kernels::{Backend, DriftInput, DriftOutput, Engine, GoOn};
use serde::Serialize;

use super::{BASE, UNIT, in_units};
use crate::error::{Argument, Error, Result};
use crate::population::Population;

/// How a node takes in what its neighbours show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// LVS: cell by cell, a third of the neighbours' weight trimmed from either side.
    Drift,
    /// CS+, clipped sum: each difference vector clipped to the norm beyond which twice the hostile weight lies
    /// (Gaucher, Dieuleveut, Hendrikx, ICML 2025).
    ClippedSum,
    /// NNA, nearest neighbour averaging: the farthest neighbours of the hostile weight dropped (Farhadkhani et al., "Robust
    /// Collaborative Learning with Linear Gradient Overhead", ICML 2023).
    Nearest,
    /// Clipped gossip: each difference vector clipped to τ, τ² = Σ w‖d‖² over all but the farthest of the hostile weight,
    /// divided by the hostile weight (He, Karimireddy, Jaggi 2022).
    ClippedGossip,
}

impl Rule {
    /// All of them, ours first.
    pub const ALL: [Self; 4] = [Self::Drift, Self::ClippedSum, Self::Nearest, Self::ClippedGossip];

    /// The rule's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Drift => "drift",
            Self::ClippedSum => "clipped-sum",
            Self::Nearest => "nearest",
            Self::ClippedGossip => "clipped-gossip",
        }
    }

    /// What the literature calls it, for tables and pictures.
    pub fn title(self) -> &'static str {
        match self {
            Self::Drift => "LVS drift",
            Self::ClippedSum => "CS+",
            Self::Nearest => "NNA",
            Self::ClippedGossip => "clipped gossip",
        }
    }

    /// The honest values after a cycle: H × B from H × B and the claims of the faces, in micro-VU.
    ///
    /// # Errors
    /// If a value left what drift takes, or `go_on` says no.
    pub fn step(
        self,
        population: &Population,
        values: &[i64],
        claims: &[i64],
        cells: usize,
        cycle: u64,
        go_on: &mut GoOn<'_>,
    ) -> Result<Vec<i64>> {
        let graph = population.graph();
        let row_of = |row: u32| match row as usize {
            honest if honest < population.rows() => &values[honest * cells..][..cells],
            face => &claims[(face - population.rows()) * cells..][..cells],
        };
        let most = (0..population.rows()).map(|row| graph.neighbours(row).len()).max().unwrap_or(0);
        let mut next = Vec::with_capacity(values.len());
        for row in 0..population.rows() {
            let own = row_of(row as u32);
            go_on.check()?;
            let neighbours: Vec<&[i64]> = graph.neighbours(row).iter().map(|&j| row_of(j)).collect();
            match self {
                Self::Drift => next.extend(drift(own, &neighbours, most, cycle)?),
                _ => next.extend(self.gossip(own, &neighbours, most, population.hostile())),
            }
        }
        Ok(next)
    }

    fn gossip(self, own: &[i64], neighbours: &[&[i64]], most: usize, hostile: usize) -> Vec<i64> {
        let weight = 1.0 / (most + 1) as f64;
        let mut differences: Vec<Vec<f64>> = neighbours.iter().map(|row| difference(row, own)).collect();
        differences.sort_by(|a, b| norm(b).total_cmp(&norm(a)));
        let kept = differences.split_at(hostile.min(differences.len())).1;
        let reach = match self {
            Self::ClippedSum => differences.get(2 * hostile).map_or(0.0, |d| norm(d)),
            Self::ClippedGossip if hostile > 0 => {
                (kept.iter().map(|d| norm(d).powi(2)).sum::<f64>() / hostile as f64).sqrt()
            }
            _ => f64::INFINITY,
        };
        let summed = if self == Self::Nearest { kept } else { &differences };
        let mut moved: Vec<f64> = own.iter().map(|&value| in_units(value)).collect();
        for d in summed {
            let share = weight * (reach / norm(d)).min(1.0);
            // A neighbour that says the same has no direction.
            if norm(d) > 0.0 {
                moved.iter_mut().zip(d).for_each(|(value, d)| *value += share * d);
            }
        }
        moved.into_iter().map(in_range).collect()
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Rule {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|rule| rule.name() == name);
        let names = Self::ALL.map(Self::name).join(", ");
        found.ok_or_else(|| Error::argument(Argument::Rule, format!("'{name}'"), format!("one of {names}")))
    }
}

/// The value at so many units from the base. A rule that is broken leaves every range, but attacks only know values.
fn in_range(units: f64) -> i64 {
    BASE.saturating_add((units * UNIT as f64) as i64).clamp(0, VALUE_MAX)
}

/// One row by the kernel.
fn drift(own: &[i64], neighbours: &[&[i64]], most: usize, cycle: u64) -> Result<Vec<i64>> {
    let engine = Engine::with_threads(Backend::Simd, Some(1))?;
    let weights = vec![(65_535 / (most + 1)) as u16; neighbours.len()];
    let input = DriftInput {
        values: own,
        neighbours,
        weights: &weights,
        anchors: own,
        cycle,
        trim: true,
        hold: false,
    };
    let mut values = vec![0; own.len()];
    let mut residuals = vec![0; neighbours.len()];
    let mut out = DriftOutput { values: &mut values, correction: None, residuals: &mut residuals };
    engine.drift(&input, &mut out)?;
    Ok(values)
}

fn difference(row: &[i64], own: &[i64]) -> Vec<f64> {
    row.iter().zip(own).map(|(&a, &b)| (i128::from(a) - i128::from(b)) as f64 / UNIT as f64).collect()
}

fn norm(vector: &[f64]) -> f64 {
    vector.iter().map(|x| x * x).sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;

    use super::*;

    /// One cell, neighbours at these distances above, one of them hostile: by hand from the papers.
    #[test]
    fn each_rule_moves_a_row_as_its_paper_says() {
        let moved = |rule: Rule, distances: [i64; 5]| {
            let rows = distances.map(|distance| [BASE + distance * UNIT]);
            let neighbours: Vec<&[i64]> = rows.iter().map(|row| &row[..]).collect();
            let end = rule.gossip(&[BASE], &neighbours, 5, 1);
            6.0 * in_units(end[0])
        };
        // Twice the hostile weight lies beyond 3; each weighs a sixth.
        assert_abs_diff_eq!(
            moved(Rule::ClippedSum, [1, 5, 2, 4, 3]),
            3.0 + 3.0 + 3.0 + 2.0 + 1.0,
            epsilon = 1e-6
        );
        assert_abs_diff_eq!(moved(Rule::Nearest, [1, 5, 2, 4, 3]), 4.0 + 3.0 + 2.0 + 1.0, epsilon = 1e-6);
        // τ² = 1 + 1 + 1 + 1, over the weight of one.
        assert_abs_diff_eq!(moved(Rule::ClippedGossip, [1, 10, 1, 1, 1]), 2.0 + 4.0, epsilon = 1e-6);
        assert_abs_diff_eq!(moved(Rule::ClippedGossip, [1, -10, 1, 1, 1]), -2.0 + 4.0, epsilon = 1e-6);
    }

    #[test]
    fn names_are_read_back_everywhere_alike() {
        for rule in Rule::ALL {
            assert_eq!(rule.to_string().parse(), Ok(rule));
            assert_eq!(serde_json::to_string(&rule).unwrap(), format!("\"{rule}\""));
        }
        let message = "vote".parse::<Rule>().unwrap_err().to_string();
        assert_eq!(message, "rule: got 'vote', expected one of drift, clipped-sum, nearest, clipped-gossip");
    }
}
