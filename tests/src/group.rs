//! A complete replica group with hostile members that tell each honest one something else.

use lvs_kernels::vaultguard::WINDOW;
use lvs_kernels::{DriftSummary, Engine, Graph};
use lvs_simulation::attack::{Attacker, View};
use lvs_simulation::{Attack, Hostile, Population};

use crate::graphs::complete;
use crate::oracle::{Cell, rounds_up, trimmed_units};
use crate::row::Row;

/// The honest rows of a group, and how many hostile members sit beside them.
#[derive(Debug)]
pub struct Group {
    engine: Engine,
    hostile: usize,
    learn_trust: bool,
    /// Whether the honest rows hold to their anchors.
    pub hold: bool,
    /// The cycle that comes next.
    pub cycle: u64,
    /// The honest rows' values.
    pub rows: Vec<Vec<i64>>,
    /// Their values at the start of the window.
    pub anchors: Vec<Vec<i64>>,
    /// What each honest row trusts the others: the honest ones in their order, then the hostile ones.
    pub trust: Vec<Vec<u16>>,
    seed: u64,
    liars: Option<Liars>,
}

/// Hostile members at work.
#[derive(Debug)]
struct Liars {
    population: Population,
    attacker: Attacker,
}

impl Liars {
    fn new(attack: Attack, graph: Graph, hostile: usize, cells: usize, seed: u64) -> Self {
        let population = Population::new(graph, Hostile::Neighbours(hostile), attack.faces(), seed);
        let population = population.expect("a group is small");
        let attacker = Attacker::new(attack, None, &population, cells, seed).expect("its own strength");
        Self { population, attacker }
    }
}

impl Group {
    /// Honest rows with all trust in everybody, before `cycle`, anchored where they are.
    pub fn new(engine: Engine, rows: Vec<Vec<i64>>, hostile: usize, learn_trust: bool, cycle: u64) -> Self {
        let neighbours = rows.len() - 1 + hostile;
        Self {
            engine,
            hostile,
            learn_trust,
            hold: false,
            cycle,
            anchors: rows.clone(),
            trust: vec![vec![65_535; neighbours]; rows.len()],
            rows,
            seed: cycle,
            liars: None,
        }
    }

    /// One cycle: every honest row drifts against the others' values of before and what it is told.
    pub fn step(&mut self, attack: Attack) -> DriftSummary {
        if self.cycle.is_multiple_of(WINDOW) {
            self.anchors.clone_from(&self.rows);
        }
        let mut next = Vec::new();
        let mut summary = DriftSummary::default();
        let mut lies = self.lies(attack);
        for receiver in 0..self.rows.len() {
            let (values, guarded) = self.drift(receiver, std::mem::take(&mut lies[receiver]));
            summary.merge(&guarded);
            next.push(values);
        }
        self.rows = next;
        self.cycle += 1;
        summary
    }

    /// What each honest row is told by each hostile member.
    fn lies(&mut self, attack: Attack) -> Vec<Vec<Vec<i64>>> {
        let honest = self.rows.len();
        let cells = self.rows[0].len();
        let values = self.rows.concat();
        let trust = self.trust.concat();
        let view = View { cycle: self.cycle, values: &values, extremes: &self.range(), trust: &trust };
        let kept = self.liars.take().filter(|liars| liars.attacker.attack() == attack);
        let liars = self.liars.insert(
            kept.unwrap_or_else(|| Liars::new(attack, complete(honest), self.hostile, cells, self.seed)),
        );
        let claims = liars.attacker.speak(&liars.population, view);
        let rows = |receiver: usize| {
            let faces = &liars.population.graph().neighbours(receiver)[honest - 1..];
            faces.iter().map(|&face| claims[(face as usize - honest) * cells..][..cells].to_vec()).collect()
        };
        (0..honest).map(rows).collect()
    }

    fn drift(&mut self, receiver: usize, lies: Vec<Vec<i64>>) -> (Vec<i64>, DriftSummary) {
        let trust = &mut self.trust[receiver];
        let mut weights = vec![0; trust.len()];
        self.engine.weights(trust, &mut weights).expect("valid trust");
        let honest = self.rows.iter().enumerate().filter(|(i, _)| *i != receiver).map(|(_, row)| row.clone());
        let row = Row {
            values: self.rows[receiver].clone(),
            anchors: self.anchors[receiver].clone(),
            neighbours: honest.chain(lies).collect(),
            weights,
            // Drawn as a swarm draws it.
            cycle: rounds_up(self.seed, self.cycle, receiver as u32).into(),
            trim: true,
            hold: self.hold,
        };
        let drifted = row.drift(&self.engine);
        if self.learn_trust {
            let cells = drifted.values.len() as u64;
            self.engine.update_trust(trust, &drifted.residuals, cells).expect("valid residuals");
        }
        (drifted.values, drifted.summary)
    }

    /// Per cell, the least and the largest honest value.
    pub fn range(&self) -> Vec<(i64, i64)> {
        let column = |cell: usize| self.rows.iter().map(move |row| row[cell]);
        let ends =
            |cell| (column(cell).min().expect("an honest row"), column(cell).max().expect("an honest row"));
        (0..self.rows[0].len()).map(ends).collect()
    }

    /// The largest spread of a cell over the honest rows.
    pub fn spread(&self) -> i64 {
        self.range().into_iter().map(|(low, high)| high - low).max().unwrap_or(0)
    }

    /// Whether the hostile members weigh more at some honest row than it trims: then nothing is promised.
    pub fn is_beyond_bound(&self) -> bool {
        let beyond = |trust: &Vec<u16>| {
            let parts = trust.len() + 1;
            let weight = |&trust: &u16| (0, (usize::from(trust) / parts) as u16);
            let neighbours: Vec<(i128, u16)> = trust.iter().map(weight).collect();
            let hostile = &neighbours[trust.len() - self.hostile..];
            let hostile: usize = hostile.iter().map(|&(_, weight)| usize::from(weight)).sum();
            hostile > trimmed_units(&Cell { value: 0, anchor: 0, neighbours })
        };
        self.trust.iter().any(beyond)
    }
}
