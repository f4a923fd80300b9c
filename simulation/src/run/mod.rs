//! A simulation: options in, a record per cycle out.

mod checkpoint;
mod observer;
mod options;
mod record;

use std::time::Instant;

use lvs_kernels::allocate::{filled, reserved};
use lvs_kernels::vaultguard::NEIGHBOURS_MAX;
use lvs_kernels::{DriftSummary, Engine, GoOn, Graph, Loss, Swarm, SwarmOptions};

use crate::attack::{Attacker, Sight, View};
use crate::churn::Churn;
use crate::error::{Argument, Error, Result};
use crate::population::{Faces, Population};
use crate::random::Random;
use crate::room::{expect_memory, expect_room};
pub use checkpoint::Checkpoint;
use observer::Observer;
pub use options::Options;
pub use record::{Record, Setup, Traffic};

/// What tells this stream of random numbers from others of the same seed.
const PURPOSE: u64 = 5;

/// A swarm that is stepped, attacked, churned and watched. As an iterator it gives a [`Record`] after every
/// `record_every` cycles until all are done.
#[derive(Debug)]
pub struct Simulation {
    options: Options,
    population: Population,
    swarm: Swarm,
    attacker: Option<Attacker>,
    churn: Option<Churn>,
    observer: Observer,
    /// All rows as they were read last, and whether that still holds.
    values: Vec<i64>,
    is_read: bool,
    stopped: bool,
    setup: Setup,
}

/// What has happened since the last record.
#[derive(Default)]
struct Since {
    summary: DriftSummary,
    replaced: usize,
    seconds: f64,
}

impl Simulation {
    /// A swarm on a graph of the options' topology, with values drawn around `center`.
    ///
    /// # Errors
    /// If an option is out of range, which is then named, or the backend cannot run here.
    pub fn new(options: &Options) -> Result<Self> {
        Self::with_engine(options, options.engine()?)
    }

    /// The same on an engine of the caller's: the options' backend and threads are not looked at.
    ///
    /// # Errors
    /// As for [`Simulation::new`].
    pub fn with_engine(options: &Options, engine: Engine) -> Result<Self> {
        options.validate()?;
        if let Some(edges) = options.topology.edges_about(options.nodes) {
            expect_room(
                Argument::Nodes,
                options.nodes,
                options.cells,
                options.all_edges(options.nodes, edges),
            )?;
        }
        Self::with_engine_while(options, engine, &mut GoOn::always())
    }

    /// The same, for as long as `go_on` says so.
    ///
    /// # Errors
    /// As for [`Simulation::new`]; [`lvs_kernels::Error::Cancelled`] if it was told to end, [`lvs_kernels::Error::OutOfMemory`] if there is no room.
    pub fn with_engine_while(options: &Options, engine: Engine, go_on: &mut GoOn<'_>) -> Result<Self> {
        let began = Instant::now();
        options.validate()?;
        let about = options.topology.edges_about(options.nodes).unwrap_or_default();
        expect_memory(options.nodes, options.cells, options.all_edges(options.nodes, about))?;
        let drawn = options.topology.draw_while(options.nodes, options.seed, go_on)?;
        let graph = drawn.graph;
        let seconds = began.elapsed().as_secs_f64();
        let mut random = Random::stream(options.seed, PURPOSE);
        let (low, high) = options.range();
        expect_memory(graph.rows(), options.cells, options.all_edges(graph.rows(), graph.edges()))?;
        let entries = graph.rows() * options.cells;
        let mut values: Vec<i64> = reserved("the values of a simulation", entries)?;
        for _ in 0..entries {
            // The upper end belongs to the range.
            values.push(random.between(low, high + 1));
            go_on.worked(2)?;
        }
        let mut simulation = Self::on_with_engine(options, engine, graph, &values)?;
        simulation.setup.graph_seconds = seconds;
        simulation.setup.self_loops_dropped = drawn.self_loops;
        simulation.setup.duplicates_dropped = drawn.duplicates;
        Ok(simulation)
    }

    /// A swarm on a graph and with values of the caller's: for each node of the graph B values in micro-VU, those of
    /// nodes that turn out hostile unused. The options' nodes, topology, center and width are not looked at.
    ///
    /// # Errors
    /// As for [`Simulation::new`]; and if `values` does not fit the graph, or one is outside 0 ..= 2^62.
    pub fn on(options: &Options, graph: Graph, values: &[i64]) -> Result<Self> {
        Self::on_with_engine(options, options.engine()?, graph, values)
    }

    /// The same on an engine of the caller's.
    ///
    /// # Errors
    /// As for [`Simulation::on`].
    pub fn on_with_engine(options: &Options, engine: Engine, graph: Graph, values: &[i64]) -> Result<Self> {
        options.validate()?;
        let began = Instant::now();
        let nodes = graph.rows();
        let cells = options.cells;
        if nodes.checked_mul(cells) != Some(values.len()) {
            let expected = format!("{nodes} nodes of {cells} cells");
            return Err(Error::argument(Argument::Values, format!("{} entries", values.len()), expected));
        }
        if graph.max_degree() > NEIGHBOURS_MAX {
            let got = format!("a node with {} neighbours", graph.max_degree());
            return Err(Error::argument(Argument::Graph, got, format!("at most {NEIGHBOURS_MAX}")));
        }
        let faces = options.attack.map_or(Faces::Common, |attack| attack.faces());
        let population = Population::new(graph, options.hostile, faces, options.seed)?;
        // Where nobody is hostile the attack is silent, and reports nothing.
        let attack = options.attack.filter(|_| population.hostile() > 0);
        let attacker = attack
            .map(|attack| Attacker::new(attack, options.strength, &population, cells, options.seed))
            .transpose()?;
        let churn = (options.churn > 0.0)
            .then(|| Churn::new(options.churn, options.learn_trust, &population, options.seed))
            .transpose()?;
        let (values, swarm) = start(options, &population, engine, values)?;
        let observer = Observer::new(&population, &values[..population.rows() * cells], cells);
        let mut setup = Setup::new(nodes, &population, observer.parts(), swarm.engine());
        setup.strength = attacker.as_ref().filter(|a| a.attack().has_strength()).map(Attacker::strength);
        setup.start_seconds = began.elapsed().as_secs_f64();
        let options = options.clone();
        let is_read = true;
        let stopped = false;
        Ok(Self { options, population, swarm, attacker, churn, observer, values, is_read, stopped, setup })
    }

    /// What was made of the options.
    pub fn setup(&self) -> &Setup {
        &self.setup
    }

    /// Who is honest, who is hostile, and the rows that stand for them.
    pub fn population(&self) -> &Population {
        &self.population
    }

    /// The swarm as it is now.
    pub fn swarm(&self) -> &Swarm {
        &self.swarm
    }

    /// Whether it was stopped before all its cycles.
    pub fn stopped(&self) -> bool {
        self.stopped
    }

    /// The bytes that a cycle moves.
    pub fn traffic(&self) -> Traffic {
        Traffic::of(&self.population, self.options.cells, self.options.learn_trust)
    }

    /// The record of the state as it is, before anything happens to it: cycle 0 at the start.
    ///
    /// # Errors
    /// If the device was lost; so for all that reads or steps.
    pub fn first(&mut self) -> Result<Record> {
        self.record(&Since::default())
    }

    /// Steps to the next cycle that is recorded; none when all cycles are done or it was stopped. `go_on` is told the
    /// cycles done so far, every few milliseconds or every cycle, and stops the simulation by `false`; what was done
    /// until then is still recorded.
    ///
    /// # Errors
    /// If the device was lost.
    pub fn advance(&mut self, mut go_on: impl FnMut(u64) -> bool) -> Result<Option<Record>> {
        let cycle = self.swarm.cycle();
        if self.stopped || cycle >= self.options.cycles {
            return Ok(None);
        }
        // Records keep to multiples, also after a run that was stopped between two.
        let until = (cycle / self.options.record_every + 1) * self.options.record_every;
        let until = until.min(self.options.cycles);
        let mut since = Since::default();
        while self.swarm.cycle() < until && !self.stopped {
            since.replaced += self.churn()?;
            self.speak()?;
            // The swarm needs no stop then, and is fastest in one go.
            let cycles = if self.is_steady() { until - self.swarm.cycle() } else { 1 };
            self.step(cycles, &mut since, &mut go_on)?;
        }
        self.record(&since).map(Some)
    }

    /// Whether nothing but drift happens from now on.
    fn is_steady(&self) -> bool {
        let stands = self.attacker.as_ref().is_none_or(|attacker| attacker.sight() == Sight::Stands);
        stands && self.churn.is_none()
    }

    fn step(&mut self, cycles: u64, since: &mut Since, go_on: &mut impl FnMut(u64) -> bool) -> Result<()> {
        let began = Instant::now();
        let before = self.swarm.cycle();
        let stopped = &mut self.stopped;
        self.swarm.step_while(cycles, |done| {
            *stopped = !go_on(before + done);
            !*stopped
        })?;
        // Some devices work on after the call; what they did is read here.
        since.summary.merge(&self.swarm.stats()?);
        since.seconds += began.elapsed().as_secs_f64();
        self.is_read = false;
        Ok(())
    }

    fn churn(&mut self) -> Result<usize> {
        if self.churn.is_none() {
            return Ok(0);
        }
        self.read()?;
        let churn = self.churn.as_mut().expect("there is churn");
        let replaced = churn.replace(&mut self.swarm, &self.population, &self.values)?;
        // The copy is as good as before unless rows were overwritten.
        self.is_read &= replaced == 0;
        Ok(replaced)
    }

    fn speak(&mut self) -> Result<()> {
        let Some(sight) = self.attacker.as_ref().map(Attacker::sight) else { return Ok(()) };
        let extremes = if sight == Sight::Extremes { self.swarm.extremes()? } else { Vec::new() };
        if sight >= Sight::Values {
            self.read()?;
        }
        let trust = if sight == Sight::Trust { self.swarm.trust()? } else { Vec::new() };
        let attacker = self.attacker.as_mut().expect("there is an attacker");
        if sight != Sight::Stands {
            let values = &self.values[..self.population.rows() * self.options.cells];
            let view = View { cycle: self.swarm.cycle(), values, extremes: &extremes, trust: &trust };
            let faces: Vec<usize> = (self.population.rows()..self.swarm.rows()).collect();
            self.swarm.set_rows(&faces, attacker.speak(&self.population, view))?;
        }
        Ok(())
    }

    fn read(&mut self) -> Result<()> {
        if !self.is_read {
            self.swarm.read_values(&mut self.values)?;
            self.is_read = true;
        }
        Ok(())
    }

    fn record(&mut self, since: &Since) -> Result<Record> {
        self.read()?;
        let honest = &self.values[..self.population.rows() * self.options.cells];
        // Before the first cycle nobody has spoken.
        let claims = self.attacker.as_ref().map(Attacker::claims).filter(|_| self.swarm.cycle() > 0);
        let seen = self.observer.observe(honest, claims.unwrap_or_default());
        let trust = self.observer.trust(&self.population, &self.swarm)?;
        Ok(Record {
            cycle: self.swarm.cycle(),
            spread: seen.spread,
            mean_spread: seen.mean_spread,
            hostile_deviation: claims.map(|_| seen.hostile_deviation),
            trust_in_honest: trust.0,
            trust_in_hostile: trust.1,
            rate_limited: since.summary.rate_limited,
            floored: since.summary.floored,
            max_correction: since.summary.max_correction,
            mean_error: seen.mean_error,
            range_violation: seen.range_violation,
            replaced: since.replaced,
            seconds: since.seconds,
        })
    }
}

impl Iterator for Simulation {
    type Item = Result<Record>;

    fn next(&mut self) -> Option<Self::Item> {
        self.advance(|_| true).transpose()
    }
}

/// The rows that a swarm starts with, and the swarm.
fn start(
    options: &Options,
    population: &Population,
    engine: Engine,
    values: &[i64],
) -> Result<(Vec<i64>, Swarm)> {
    let cells = options.cells;
    let entries = population.graph().rows().saturating_mul(cells);
    let mut rows = filled("the values of a simulation", 0, entries)?;
    for (row, &node) in rows.chunks_exact_mut(cells).zip(population.nodes()) {
        row.copy_from_slice(&values[node as usize * cells..][..cells]);
    }
    let loss = (options.loss > 0.0)
        .then(|| Loss { share: (options.loss * 65_536.0).min(65_535.0) as u16, seed: options.seed });
    let swarm_options = SwarmOptions {
        trust: None,
        learn_trust: options.learn_trust,
        frozen: Some(population.frozen()),
        trim: options.trim,
        hold: options.hold,
        seed: options.seed,
        loss,
    };
    let swarm = Swarm::new(engine, population.graph().clone(), &rows, cells, swarm_options)?;
    Ok((rows, swarm))
}
