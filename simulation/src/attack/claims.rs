//! An attack at work: what the faces say, cycle by cycle.

use lvs_kernels::Graph;
use lvs_kernels::vaultguard::RATE_SHIFT;

use super::statistics::{alie_z, deviations, means, moved, upper_halves};
use super::{Attack, Sight};
use crate::analysis::Fiedler;
use crate::error::Result;
use crate::population::Population;
use crate::random::Random;
use crate::topology::components;

/// What hostile nodes see of the honest rows at the start of a cycle.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// The cycle.
    pub cycle: u64,
    /// H × B honest values in micro-VU; may be empty if the attack's [`Sight`] is less.
    pub values: &'a [i64],
    /// Per cell the smallest and the largest honest value in micro-VU; may be empty if they are not what the attack
    /// asks for.
    pub extremes: &'a [(i64, i64)],
}

/// The hostile nodes of a population, with what they said last.
#[derive(Clone, Debug)]
pub struct Attacker {
    attack: Attack,
    strength: f64,
    cells: usize,
    random: Random,
    /// Absent where the attack does not follow the graph.
    fiedler: Option<Fiedler>,
    /// The rows of each part of the honest graph, and the part of each row; empty where the attack does not ask.
    parts: Vec<Vec<usize>>,
    part_of: Vec<u32>,
    claims: Vec<i64>,
    spoke: bool,
}

/// What the rows of a part hold, cell by cell.
struct Part {
    /// From which value and row on the upper half begins.
    halves: Vec<(i64, usize)>,
    /// The smallest and the largest value.
    ends: Vec<(i64, i64)>,
}

impl Part {
    fn of(rows: &[usize], values: &[i64], cells: usize) -> Self {
        let mut ends = vec![(i64::MAX, i64::MIN); cells];
        for &row in rows {
            let row = &values[row * cells..][..cells];
            ends.iter_mut().zip(row).for_each(|(end, &value)| *end = (end.0.min(value), end.1.max(value)));
        }
        Self { halves: upper_halves(rows, values, cells), ends }
    }
}

/// What tells this stream of random numbers from others of the same seed.
const PURPOSE: u64 = 3;

impl Attacker {
    /// The attack on this population; a strength that is absent is the attack's own.
    ///
    /// # Errors
    /// `strength` is named if the attack has none or it is not finite.
    pub fn new(
        attack: Attack,
        strength: Option<f64>,
        population: &Population,
        cells: usize,
        seed: u64,
    ) -> Result<Self> {
        attack.expect_strength(strength)?;
        let own = || attack.default_strength().unwrap_or_else(|| own_z(population));
        let fiedler = (attack == Attack::Spectral).then(|| Fiedler::new(&population.honest_graph()));
        let (mut parts, mut part_of) = (Vec::new(), Vec::new());
        if matches!(attack, Attack::Edge | Attack::Sleeper) {
            (parts, part_of) = parts_of(&population.honest_graph());
        }
        Ok(Self {
            attack,
            parts,
            part_of,
            strength: strength.unwrap_or_else(own),
            cells,
            random: Random::stream(seed, PURPOSE),
            fiedler,
            claims: vec![0; population.faces() * cells],
            spoke: false,
        })
    }

    /// The attack.
    pub fn attack(&self) -> Attack {
        self.attack
    }

    /// Its strength; what it means is told with each [`Attack`].
    pub fn strength(&self) -> f64 {
        self.strength
    }

    /// What must be seen for the next claims.
    pub fn sight(&self) -> Sight {
        self.attack.sight(!self.spoke)
    }

    /// What the faces said last: faces × B entries in micro-VU.
    pub fn claims(&self) -> &[i64] {
        &self.claims
    }

    /// What the faces say in this cycle: faces × B entries in micro-VU, faces in the order of their rows.
    ///
    /// # Panics
    /// If the view holds less than [`Attacker::sight`] asks for.
    pub fn speak(&mut self, population: &Population, view: View<'_>) -> &[i64] {
        if self.sight() != Sight::Stands && !self.claims.is_empty() {
            self.write(population, view);
            self.spoke = true;
        }
        &self.claims
    }

    fn write(&mut self, population: &Population, view: View<'_>) {
        let cells = self.cells;
        match self.attack {
            Attack::Huge => self.claims.fill(i64::MAX),
            Attack::Zero => self.claims.fill(0),
            Attack::Split => {
                let (even, odd) = self.claims.split_at_mut(cells);
                even.fill(i64::MAX);
                odd.fill(i64::MIN);
            }
            Attack::Noise => self.claims.iter_mut().for_each(|claim| *claim = self.random.any() as i64),
            Attack::Pendulum => {
                let ends =
                    view.extremes.iter().map(|&(low, high)| if view.cycle % 2 == 1 { high } else { low });
                self.claims.iter_mut().zip(ends).for_each(|(claim, end)| *claim = end);
            }
            Attack::Alie | Attack::Pull | Attack::InnerProduct => self.write_common(view),
            Attack::Edge => self.write_edges(population, view),
            Attack::Sleeper if (view.cycle as f64) < self.strength => {
                self.each(population, view, |_, own| own)
            }
            Attack::Sleeper => self.write_edges(population, view),
            Attack::Drain => {
                let strength = self.strength;
                self.each(population, view, |_, own| {
                    moved(own, -strength * ((own >> RATE_SHIFT) + 1) as f64)
                });
            }
            Attack::Dissensus => self.write_dissensus(population, view),
            Attack::Spectral => self.write_spectral(population, view),
        }
    }

    /// What is said to all alike.
    fn write_common(&mut self, view: View<'_>) {
        let means = means(view.values, self.cells);
        let deviations = deviations(view.values, &means);
        for ((claim, mean), deviation) in self.claims.iter_mut().zip(means).zip(deviations) {
            *claim = match self.attack {
                Attack::Alie => moved(mean, -self.strength * deviation),
                Attack::Pull => moved(mean, self.strength * deviation),
                _ => moved(0, -self.strength * mean as f64),
            };
        }
    }

    /// Fills the face of every receiver by `claim(cell, what the receiver holds)`.
    fn each(&mut self, population: &Population, view: View<'_>, claim: impl Fn(usize, i64) -> i64) {
        let faces = self.claims.chunks_exact_mut(self.cells).zip(population.receivers());
        for (face, &receiver) in faces {
            let own = &view.values[receiver as usize * self.cells..][..self.cells];
            face.iter_mut().zip(own).enumerate().for_each(|(cell, (face, &own))| *face = claim(cell, own));
        }
    }

    fn write_edges(&mut self, population: &Population, view: View<'_>) {
        let cells = self.cells;
        let parts: Vec<_> = self.parts.iter().map(|rows| Part::of(rows, view.values, cells)).collect();
        for (face, &receiver) in self.claims.chunks_exact_mut(cells).zip(population.receivers()) {
            let receiver = receiver as usize;
            let part = &parts[self.part_of[receiver] as usize];
            let own = &view.values[receiver * cells..][..cells];
            for cell in 0..cells {
                let upper = (own[cell], receiver) >= part.halves[cell];
                face[cell] = if upper { part.ends[cell].1 } else { part.ends[cell].0 };
            }
        }
    }

    fn write_dissensus(&mut self, population: &Population, view: View<'_>) {
        let cells = self.cells;
        let mut pull = vec![0_i128; cells];
        for (face, &receiver) in self.claims.chunks_exact_mut(cells).zip(population.receivers()) {
            let receiver = receiver as usize;
            let row = |row: usize| &view.values[row * cells..][..cells];
            pull.fill(0);
            for &neighbour in population.honest_neighbours(receiver) {
                let differences = row(neighbour as usize).iter().zip(row(receiver));
                pull.iter_mut().zip(differences).for_each(|(pull, (a, b))| *pull += i128::from(a - b));
            }
            let part = -self.strength / population.hostile_neighbours(receiver) as f64;
            for ((face, &own), &pull) in face.iter_mut().zip(row(receiver)).zip(&pull) {
                *face = moved(own, part * pull as f64);
            }
        }
    }

    fn write_spectral(&mut self, population: &Population, view: View<'_>) {
        let cells = self.cells;
        let fiedler = self.fiedler.as_ref().expect("made with the attack");
        let projections = fiedler.projections(view.values, cells);
        for (face, &receiver) in self.claims.chunks_exact_mut(cells).zip(population.receivers()) {
            let receiver = receiver as usize;
            let along = self.strength * fiedler.vector()[receiver];
            let own = &view.values[receiver * cells..][..cells];
            let projections = &projections[fiedler.part(receiver) * cells..][..cells];
            for ((face, &own), projection) in face.iter_mut().zip(own).zip(projections) {
                *face = moved(own, along * projection);
            }
        }
    }
}

/// The rows of each part of a graph, and the part of each row.
fn parts_of(graph: &Graph) -> (Vec<Vec<usize>>, Vec<u32>) {
    let (part_of, count) = components(graph);
    let mut parts = vec![Vec::new(); count];
    part_of.iter().enumerate().for_each(|(row, &part)| parts[part as usize].push(row));
    (parts, part_of)
}

/// The z that fits a population: of all nodes, or, where hostile nodes stand beside the graph, of a neighbourhood.
fn own_z(population: &Population) -> f64 {
    let hostile: usize = (0..population.rows()).map(|row| population.hostile_neighbours(row)).sum();
    let rows = population.rows().max(1);
    let beside = hostile == rows * population.hostile() && hostile > 0;
    if beside {
        let neighbourhood = 1 + population.graph().edges() / rows;
        return alie_z(neighbourhood, population.hostile());
    }
    alie_z(population.rows() + population.hostile(), population.hostile())
}
