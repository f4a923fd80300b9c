//! How much hostile weight a gossip rule bears: the averaging task of "Unified Breakdown Analysis for Byzantine Robust
//! Gossip" (Gaucher, Dieuleveut, Hendrikx, ICML 2025) on its graph of two worlds, under attacks whose strength is
//! searched for against the rule they attack.
//!
//! Honest nodes start with values drawn from a normal distribution; the error is the mean over honest nodes and cells of
//! the squared distance to the honest mean at the start, in units of that distribution's variance.

mod rules;
mod search;

use lvs_kernels::{GoOn, Graph};
use serde::Serialize;

use crate::attack::{Attack, Attacker, View};
use crate::error::{Argument, Error, Result};
use crate::population::{Hostile, Population};
use crate::random::Random;
use crate::topology::Topology;
pub use rules::Rule;
use search::worst;

/// The attacks that are compared by custom; any other with a strength can be.
pub const ATTACKS: [Attack; 4] = [Attack::Dissensus, Attack::Spectral, Attack::Alie, Attack::Pull];

/// What one standard deviation of the start is in micro-VU. Far above a unit, so that rounding does not show.
pub(crate) const UNIT: i64 = 1 << 40;

/// Around which the values lie, in micro-VU: so high that VaultGuard's rate limit, a 64th of it, is far above any
/// difference of honest nodes, and the rule itself is compared.
pub(crate) const BASE: i64 = 1 << 60;

/// The farthest that worlds start from the middle, in deviations: still far below the rate limit.
const APART_MOST: f64 = 1_000.0;

/// The setting of a comparison.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Task {
    /// Cells of a row.
    pub cells: usize,
    /// Cycles until the error is taken.
    pub cycles: u64,
    /// How far the two worlds start from the middle, one above and one below, in deviations.
    pub apart: f64,
    /// Draws of the start over which errors are averaged.
    pub draws: u64,
    /// The first draw's seed; the others follow.
    pub seed: u64,
}

impl Default for Task {
    fn default() -> Self {
        Self { cells: 5, cycles: 200, apart: 0.0, draws: 3, seed: 1 }
    }
}

/// How one rule ended under one attack at its worst strength.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct WorstCase {
    /// The rule.
    pub rule: Rule,
    /// The attack.
    pub attack: Attack,
    /// Hostile neighbours of each honest node.
    pub hostile: usize,
    /// The strength that did the rule the most harm.
    pub strength: f64,
    /// The mean squared error at the end, in variances of the start.
    pub error: f64,
}

/// The worst case of a rule under an attack by `hostile` hostile neighbours of each node.
///
/// # Errors
/// If the attack has no strength to search for, nobody is hostile or the worlds start too far apart.
pub fn worst_case(task: &Task, rule: Rule, attack: Attack, hostile: usize) -> Result<WorstCase> {
    worst_case_while(task, rule, attack, hostile, &mut GoOn::always())
}

/// The same, for as long as `go_on` says so.
///
/// # Errors
/// As for [`worst_case`]; [`lvs_kernels::Error::Cancelled`] if it was told to end.
pub fn worst_case_while(
    task: &Task,
    rule: Rule,
    attack: Attack,
    hostile: usize,
    go_on: &mut GoOn<'_>,
) -> Result<WorstCase> {
    if !attack.has_strength() {
        let with = Attack::ALL.into_iter().filter(|attack| attack.has_strength()).map(Attack::name);
        let expected = format!("one with a strength: {}", with.collect::<Vec<_>>().join(", "));
        return Err(Error::argument(Argument::Attack, format!("'{attack}'"), expected));
    }
    if !(0.0..=APART_MOST).contains(&task.apart) {
        return Err(Error::argument(Argument::Apart, task.apart, format!("0 to {APART_MOST}")));
    }
    if hostile == 0 {
        return Err(Error::argument(Argument::Hostile, hostile, "at least 1"));
    }
    let graph = two_worlds()?;
    let population = Population::new(graph, Hostile::Neighbours(hostile), attack.faces(), 0)?;
    let error = |strength: f64| -> Result<f64> {
        let mut sum = 0.0;
        for draw in 0..task.draws {
            sum += run(task, rule, attack, strength, &population, task.seed + draw, go_on)?;
        }
        Ok(sum / task.draws as f64)
    };
    let (strength, error) = worst(error)?;
    Ok(WorstCase { rule, attack, hostile, strength, error })
}

/// Two cliques of 13, each node also joined to 8 of the other side.
const NODES: usize = 26;

fn two_worlds() -> Result<Graph> {
    Topology::TwoWorlds { bridges: 8 }.build(NODES, 0)
}

/// One run: the error at its end.
fn run(
    task: &Task,
    rule: Rule,
    attack: Attack,
    strength: f64,
    population: &Population,
    seed: u64,
    go_on: &mut GoOn<'_>,
) -> Result<f64> {
    let mut values = start(task, seed);
    let mean = means(&values, task.cells);
    let mut attacker = Attacker::new(attack, Some(strength), population, task.cells, seed)?;
    for cycle in 0..task.cycles {
        let view = View { cycle, values: &values, extremes: &[], trust: &[] };
        let claims = attacker.speak(population, view).to_vec();
        values = rule.step(population, &values, &claims, task.cells, cycle, go_on)?;
    }
    Ok(squared_error(&values, &mean))
}

/// H × B values, normal with a deviation of [`UNIT`] around [`BASE`], or around a middle of each world.
fn start(task: &Task, seed: u64) -> Vec<i64> {
    let mut random = Random::new(seed);
    let mut values = Vec::with_capacity(NODES * task.cells);
    for row in 0..NODES {
        let middle = if row < NODES / 2 { task.apart } else { -task.apart };
        for _ in 0..task.cells {
            let deviations = normal(&mut random) + middle;
            values.push(BASE + (deviations * UNIT as f64) as i64);
        }
    }
    values
}

/// To 2^-20, so that no mathematical library's last digit matters.
fn rounded(number: f64) -> f64 {
    (number * f64::from(1 << 20)).round() / f64::from(1 << 20)
}

/// A standard normal number (Box and Muller 1958).
fn normal(random: &mut Random) -> f64 {
    let radius = open_unit(random);
    let angle = open_unit(random);
    rounded((-2.0 * radius.ln()).sqrt() * (std::f64::consts::TAU * angle).cos())
}

/// Uniform between 0 and 1 and neither of them, of which one has no logarithm.
fn open_unit(random: &mut Random) -> f64 {
    ((random.any() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
}

/// Per cell the mean over all rows, in units from the base.
fn means(values: &[i64], cells: usize) -> Vec<f64> {
    let rows = (values.len() / cells) as f64;
    let sum =
        |cell: usize| values.iter().skip(cell).step_by(cells).map(|&value| in_units(value)).sum::<f64>();
    (0..cells).map(|cell| sum(cell) / rows).collect()
}

fn squared_error(values: &[i64], means: &[f64]) -> f64 {
    let errors =
        values.iter().zip(means.iter().cycle()).map(|(&value, mean)| (in_units(value) - mean).powi(2));
    errors.sum::<f64>() / values.len() as f64
}

/// A value in deviations of the start from the base.
pub(crate) fn in_units(value: i64) -> f64 {
    value.wrapping_sub(BASE) as f64 / UNIT as f64
}

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;

    use super::*;

    const SMALL: Task = Task { cells: 2, cycles: 60, apart: 0.0, draws: 1, seed: 4 };

    /// Weighted averaging is what all rules do when nobody is hostile and nothing is cut.
    #[test]
    fn without_hostile_nodes_every_rule_averages() {
        let graph = two_worlds().unwrap();
        let population = Population::honest(graph);
        for rule in Rule::ALL.into_iter().filter(|&rule| rule != Rule::Drift) {
            let mut values = start(&SMALL, 1);
            let mean = means(&values, SMALL.cells);
            for cycle in 0..SMALL.cycles {
                values =
                    rule.step(&population, &values, &[], SMALL.cells, cycle, &mut GoOn::always()).unwrap();
            }
            let error = squared_error(&values, &mean);
            assert_abs_diff_eq!(error, 0.0, epsilon = 1e-9);
        }
    }

    /// Where a third of the neighbours is as many as there are bridges, trimming cuts what joins the worlds.
    #[test]
    fn worlds_that_start_apart_stay_apart_once_the_bridges_are_trimmed() {
        let task = Task { apart: 5.0, cycles: 400, ..SMALL };
        let [joined, cut] = [3, 4].map(|f| {
            let population =
                Population::new(two_worlds().unwrap(), Hostile::Neighbours(f), Attack::Dissensus.faces(), 0);
            // At strength 0 liars only echo.
            run(
                &task,
                Rule::Drift,
                Attack::Dissensus,
                0.0,
                &population.unwrap(),
                task.seed,
                &mut GoOn::always(),
            )
            .unwrap()
        });
        assert!(joined < 0.5 && cut > 2.0, "{joined} {cut}");
    }

    #[test]
    fn what_cannot_be_searched_is_refused() {
        let message = worst_case(&SMALL, Rule::Drift, Attack::Huge, 1).unwrap_err().to_string();
        assert!(message.starts_with("attack: got 'huge', expected one with a strength: drain,"), "{message}");
        let message = worst_case(&SMALL, Rule::Drift, Attack::Pull, 0).unwrap_err().to_string();
        assert_eq!(message, "hostile: got 0, expected at least 1");
    }

    #[test]
    fn the_start_has_the_variance_it_says() {
        let task = Task { cells: 400, ..SMALL };
        let values = start(&task, 9);
        let error = squared_error(&values, &vec![0.0; 400]);
        assert!((0.95..1.05).contains(&error), "{error}");
    }

    /// Under the bound of a third every rule with a guarantee stays near; a search for the worst finds more harm than
    /// the attack's own strength does.
    #[test]
    fn the_search_finds_no_less_harm_than_the_default_strength() {
        for rule in Rule::ALL {
            let population =
                Population::new(two_worlds().unwrap(), Hostile::Neighbours(2), Attack::Pull.faces(), 0);
            let default =
                run(&SMALL, rule, Attack::Pull, 3.0, &population.unwrap(), SMALL.seed, &mut GoOn::always())
                    .unwrap();
            let found = worst_case(&SMALL, rule, Attack::Pull, 2).unwrap();
            assert!(found.error >= default * 0.999, "{rule}: {} < {default}", found.error);
            assert!(found.error < 2.0, "{rule}: {found:?}");
        }
    }
}
