//! A complete replica group with hostile members that tell each honest one something else.

use lvs_kernels::vaultguard::{TRIM, WINDOW};
use lvs_kernels::{DriftSummary, Engine};

use crate::attack::Attack;
use crate::random::Random;
use crate::row::Row;

/// The honest rows of a group, and how many hostile members sit beside them.
#[derive(Debug)]
pub struct Group {
    engine: Engine,
    hostile: usize,
    learn_trust: bool,
    /// The cycle that comes next.
    pub cycle: u64,
    /// The honest rows' values.
    pub rows: Vec<Vec<i64>>,
    /// Their values at the start of the window.
    pub anchors: Vec<Vec<i64>>,
    /// What each honest row trusts the others: the honest ones in their order, then the hostile ones.
    pub trust: Vec<Vec<u16>>,
    random: Random,
}

impl Group {
    /// Honest rows with all trust in everybody, before `cycle`, anchored where they are.
    pub fn new(engine: Engine, rows: Vec<Vec<i64>>, hostile: usize, learn_trust: bool, cycle: u64) -> Self {
        let neighbours = rows.len() - 1 + hostile;
        Self {
            engine,
            hostile,
            learn_trust,
            cycle,
            anchors: rows.clone(),
            trust: vec![vec![65_535; neighbours]; rows.len()],
            rows,
            random: Random::new(cycle),
        }
    }

    /// One cycle: every honest row drifts against the others' values of before and what it is told.
    pub fn step(&mut self, attack: Attack) -> DriftSummary {
        if self.cycle.is_multiple_of(WINDOW) {
            self.anchors.clone_from(&self.rows);
        }
        let mut next = Vec::new();
        let mut summary = DriftSummary::default();
        for receiver in 0..self.rows.len() {
            let lies = self.lies(attack, receiver);
            let (values, guarded) = self.drift(receiver, lies);
            summary.merge(&guarded);
            next.push(values);
        }
        self.rows = next;
        self.cycle += 1;
        summary
    }

    fn lies(&mut self, attack: Attack, receiver: usize) -> Vec<Vec<i64>> {
        let cells = self.rows[0].len();
        let columns: Vec<Vec<i64>> =
            (0..cells).map(|c| self.rows.iter().map(|row| row[c]).collect()).collect();
        let mut row = || {
            columns.iter().map(|honest| attack.lie(honest, receiver, self.cycle, &mut self.random)).collect()
        };
        (0..self.hostile).map(|_| row()).collect()
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
            cycle: self.cycle,
            trim: true,
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
            let parts = trust.len() as u64 + 1;
            let weight = |trust: &[u16]| trust.iter().map(|&t| u64::from(t) / parts).sum::<u64>();
            let hostile = weight(&trust[trust.len() - self.hostile..]);
            hostile > (u64::from(TRIM) * weight(trust)).div_ceil(65_536)
        };
        self.trust.iter().any(beyond)
    }
}
