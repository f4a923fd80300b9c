//! An attack at work: what the faces say, cycle by cycle.

use lvs_kernels::GoOn;
use lvs_kernels::vaultguard::RATE_SHIFT;

use super::foresight::Foresight;
use super::halves::{Halves, Shuttle};
use super::parts::{Part, Parts};
use super::statistics::{alie_z, deviations, means, moved, tolerated};
use super::{Attack, Sight};
use crate::analysis::Fiedler;
use crate::error::Result;
use crate::population::Population;
use crate::random::Random;

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
    /// The trust along every edge of the population's graph; may be empty if the attack's [`Sight`] is less.
    pub trust: &'a [u16],
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
    /// The parts of the honest graph; empty where the attack does not ask.
    parts: Parts,
    /// Absent where the attack does not know the kernel.
    foresight: Option<Foresight>,
    shuttle: Shuttle,
    claims: Vec<i64>,
    spoke: bool,
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
        // Counted only when asked for: it looks at every row.
        let own = || attack.default_strength().unwrap_or_else(|| own_z(population));
        let fiedler = (attack == Attack::Spectral)
            .then(|| Fiedler::new(&population.honest_graph(), &mut GoOn::always()))
            .transpose()?;
        // Parts cost a walk over the whole graph.
        let asks_for_parts =
            matches!(attack, Attack::Edge | Attack::Sleeper | Attack::Nudge | Attack::Seesaw | Attack::Cross);
        let parts = if asks_for_parts { Parts::of(&population.honest_graph()) } else { Parts::default() };
        let foresight = (attack == Attack::Seesaw).then(Foresight::new).transpose()?;
        Ok(Self {
            attack,
            parts,
            foresight,
            shuttle: Shuttle::default(),
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

    /// Whether anything was said yet.
    pub fn spoke(&self) -> bool {
        self.spoke
    }

    /// How many random numbers it has drawn.
    pub fn drawn(&self) -> u64 {
        self.random.drawn()
    }

    /// Goes on as one that has drawn so many random numbers and said `claims`, if it `spoke`.
    ///
    /// # Panics
    /// If these are not as many claims as the faces' cells.
    pub fn resume(&mut self, drawn: u64, spoke: bool, claims: &[i64]) {
        self.random.skip_to(drawn);
        self.spoke = spoke;
        self.claims.copy_from_slice(claims);
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
            // Anything at all, not only what a value may be: receivers have to bear every i64.
            Attack::Noise => self.claims.iter_mut().for_each(|claim| *claim = self.random.any() as i64),
            Attack::Pendulum => {
                let ends =
                    // In step with the rounding of a row by itself, which goes up in odd cycles.
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
            Attack::Echo => self.each(population, view, |_, own| own),
            Attack::HalfEdge | Attack::HalfMean | Attack::HalfOther => self.write_halves(population, view),
            Attack::Nudge => self.write_nudges(population, view),
            Attack::Random => {
                let ends = view.extremes.iter().cycle();
                for (claim, &(low, high)) in self.claims.iter_mut().zip(ends) {
                    // Both ends belong to the honest range.
                    *claim = self.random.between(low, high.saturating_add(1));
                }
            }
            Attack::Seesaw => self.write_seesaw(population, view),
            Attack::Cross => self.write_crossing(population, view),
            Attack::Shuttle => self.write_shuttle(population, view),
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

    /// Fills the face of every receiver by `claim(its part, its row, cell, what it holds)`.
    fn each_in_its_part(
        &mut self,
        population: &Population,
        view: View<'_>,
        seen: &[Part],
        claim: impl Fn(&Part, usize, usize, i64) -> i64,
    ) {
        let cells = self.cells;
        for (face, &receiver) in self.claims.chunks_exact_mut(cells).zip(population.receivers()) {
            let receiver = receiver as usize;
            let part = &seen[self.parts.of_row(receiver)];
            let own = &view.values[receiver * cells..][..cells];
            for cell in 0..cells {
                face[cell] = claim(part, receiver, cell, own[cell]);
            }
        }
    }

    fn write_edges(&mut self, population: &Population, view: View<'_>) {
        let seen = self.parts.look(view.values, self.cells);
        self.each_in_its_part(population, view, &seen, |part, row, cell, own| part.edge(cell, own, row));
    }

    fn write_nudges(&mut self, population: &Population, view: View<'_>) {
        let cells = self.cells;
        let strength = self.strength;
        let seen = self.parts.look(view.values, cells);
        let tolerated: Vec<f64> =
            (0..population.rows()).map(|row| tolerated(population, view.values, cells, row)).collect();
        self.each_in_its_part(population, view, &seen, |part, row, cell, own| {
            let by = strength * tolerated[row];
            moved(own, if part.is_upper(cell, own, row) { by } else { -by })
        });
    }

    fn write_seesaw(&mut self, population: &Population, view: View<'_>) {
        let cells = self.cells;
        let seen = self.parts.look(view.values, cells);
        let foresight = self.foresight.as_ref().expect("made with the attack");
        let pushed = foresight.pushed(population, view, &self.parts, &seen);
        self.each_in_its_part(population, view, &seen, |part, row, cell, own| match part.last_unit(cell) {
            Some(ends) if pushed[row * cells + cell] => other_end(ends, own),
            // Left in peace: what is said may not move it.
            Some(_) => own,
            // More than a unit apart: as the attack "edge".
            None => part.edge(cell, own, row),
        });
    }

    fn write_crossing(&mut self, population: &Population, view: View<'_>) {
        let seen = self.parts.look(view.values, self.cells);
        self.each_in_its_part(population, view, &seen, |part, row, cell, own| match part.last_unit(cell) {
            Some(ends) => other_end(ends, own),
            None => part.edge(cell, own, row),
        });
    }

    fn write_halves(&mut self, population: &Population, view: View<'_>) {
        // With one honest row there is nobody to set it against.
        let Some(halves) = Halves::of(view.values, self.cells) else {
            return self.each(population, view, |_, own| own);
        };
        for (face, &receiver) in self.claims.chunks_exact_mut(self.cells).zip(population.receivers()) {
            for (cell, claim) in face.iter_mut().enumerate() {
                *claim = halves.told(self.attack, cell, receiver as usize);
            }
        }
    }

    fn write_shuttle(&mut self, population: &Population, view: View<'_>) {
        let cells = self.cells;
        let Some(halves) = Halves::beside_the_middle(view.values, cells) else {
            return self.each(population, view, |_, own| own);
        };
        let own = &view.values[halves.middle * cells..][..cells];
        let goal = self.shuttle.lead(&halves, own, view.cycle, self.strength);
        for (face, &receiver) in self.claims.chunks_exact_mut(cells).zip(population.receivers()) {
            let receiver = receiver as usize;
            for (cell, claim) in face.iter_mut().enumerate() {
                let is_led = receiver == halves.middle;
                *claim = if is_led { goal[cell] } else { halves.told(self.attack, cell, receiver) };
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
                // Wide sums: 4,096 differences of 2^62 do not fit 64 bits.
                pull.iter_mut().zip(differences).for_each(|(pull, (a, b))| *pull += i128::from(a - b));
            }
            // The hostile neighbours of a row say the same, so each takes its share of what is to be undone.
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

/// Of two values the one that a row does not hold.
pub(super) fn other_end((low, high): (i64, i64), own: i64) -> i64 {
    if own == low { high } else { low }
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
