//! Where a simulation stands, so that another one can go on from there.

use super::Simulation;
use crate::attack::Attacker;
use crate::churn::Churn;
use crate::error::Result;

/// What a simulation has come to. With the options, the graph and the values it started with, that is all of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The cycles done.
    pub cycle: u64,
    /// The values of all rows, those of hostile nodes after the honest ones, in micro-VU.
    pub values: Vec<i64>,
    /// The anchors of all rows, in micro-VU.
    pub anchors: Vec<i64>,
    /// The trust along every edge, in Q0.16.
    pub trust: Vec<u16>,
    /// Whether hostile nodes have said anything yet.
    pub spoke: bool,
    /// How many random numbers the attack has drawn.
    pub drawn_by_attack: u64,
    /// How many random numbers churn has drawn.
    pub drawn_by_churn: u64,
}

impl Simulation {
    /// Where it stands.
    ///
    /// # Errors
    /// If the device was lost.
    pub fn checkpoint(&self) -> Result<Checkpoint> {
        Ok(Checkpoint {
            cycle: self.swarm.cycle(),
            values: self.swarm.values()?,
            anchors: self.swarm.anchors()?,
            trust: self.swarm.trust()?,
            spoke: self.attacker.as_ref().is_some_and(Attacker::spoke),
            drawn_by_attack: self.attacker.as_ref().map_or(0, Attacker::drawn),
            drawn_by_churn: self.churn.as_ref().map_or(0, Churn::drawn),
        })
    }

    /// Goes on from where a simulation of the same options, graph and values stood: what follows is the same as there.
    /// One that was stopped can go on, too.
    ///
    /// # Errors
    /// If the checkpoint does not fit this simulation, or the device was lost.
    pub fn resume(&mut self, checkpoint: &Checkpoint) -> Result<()> {
        let rows: Vec<usize> = (0..self.swarm.rows()).collect();
        self.swarm.set_rows(&rows, &checkpoint.values)?;
        self.swarm.set_trust(&checkpoint.trust)?;
        self.swarm.resume(checkpoint.cycle, &checkpoint.anchors)?;
        let claims = &checkpoint.values[self.population.rows() * self.options.cells..];
        if let Some(attacker) = &mut self.attacker {
            attacker.resume(checkpoint.drawn_by_attack, checkpoint.spoke, claims);
        }
        if let Some(churn) = &mut self.churn {
            churn.resume(checkpoint.drawn_by_churn);
        }
        self.values.copy_from_slice(&checkpoint.values);
        self.is_read = true;
        self.stopped = false;
        Ok(())
    }
}
