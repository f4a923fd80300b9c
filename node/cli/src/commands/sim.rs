//! `lvs sim`: a simulated swarm of up to millions of nodes.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::Args;
use lvs_kernels::vaultguard::MICRO_VU;
use lvs_simulation::{Argument, Attack, Error, Hostile, Options, Topology};

use super::{End, on_interrupt, whole};
use crate::output::{self, Target};
use crate::simulated::{Picture, run, table, write_csv};
use crate::text::printable;

/// Nodes where neither the command nor a file says how many.
const NODES: usize = 1_000;

/// The exit code after Ctrl-C, as shells have it.
const INTERRUPTED: i32 = 130;

/// Simulate a swarm of up to millions of nodes on a chosen graph, under attack, churn and loss.
///
/// Every node holds cells drawn around 1,000 VU and drifts towards its neighbours, cycle by cycle; no packets are sent.
/// The table ends with the time per cycle next to the time that this machine takes to read as much memory. Ctrl-C ends
/// the run early: what there is by then is written, and the exit code is 1. A second Ctrl-C ends it at once.
#[derive(Args)]
#[command(allow_negative_numbers = true)]
pub(super) struct Arguments {
    /// Nodes; 1,000 if absent. A file of edges says itself how many.
    #[arg(long, value_parser = whole::<usize>)]
    nodes: Option<usize>,
    /// Cells of each node.
    #[arg(long, default_value_t = 16, value_parser = whole::<usize>)]
    cells: usize,
    /// Cycles to run.
    #[arg(long, default_value_t = 100, value_parser = whole::<u64>)]
    cycles: u64,
    /// groups, ring, regular, watts-strogatz, barabasi-albert, erdos-renyi, two-worlds, or a file of edges with one
    /// `from to` on each line; - for standard input.
    #[arg(long, default_value = "regular", value_name = "NAME|FILE")]
    topology: String,
    /// Neighbours of each node, or of a node on average; 16 if absent.
    #[arg(long, value_parser = whole::<usize>)]
    degree: Option<usize>,
    /// Nodes of a group, for groups; 16 if absent.
    #[arg(long, value_name = "NODES", value_parser = whole::<usize>)]
    group_size: Option<usize>,
    /// The probability that an edge is moved, for watts-strogatz; 0.1 if absent.
    #[arg(long, value_name = "SHARE")]
    rewire: Option<f64>,
    /// Neighbours of each node on the other side, for two-worlds; 8 if absent.
    #[arg(long, value_name = "NEIGHBOURS", value_parser = whole::<usize>)]
    bridges: Option<usize>,
    /// Take a file's edges as one-way: the first node compares with the second.
    #[arg(long)]
    directed: bool,
    /// How hostile nodes lie: huge, zero, split, edge, drain, sleeper, pendulum, noise, alie, inner-product, dissensus,
    /// spectral, pull, echo, half-edge, half-mean, half-other, nudge, random, seesaw, cross or shuttle.
    #[arg(long)]
    attack: Option<Attack>,
    /// The attack's strength, if it has one; its own if absent.
    #[arg(long)]
    strength: Option<f64>,
    /// The share of the nodes that is hostile; 0.2 if an attack is named, otherwise none.
    #[arg(long, value_name = "SHARE")]
    hostile: Option<f64>,
    /// In place of a share: this many hostile nodes outside the graph, each a neighbour of every node.
    #[arg(long, value_name = "COUNT", conflicts_with = "hostile", value_parser = whole::<usize>)]
    hostile_neighbours: Option<usize>,
    /// The share of the honest nodes that newcomers replace in every cycle.
    #[arg(long, default_value_t = 0.0, value_name = "SHARE")]
    churn: f64,
    /// The share of the samples that is lost.
    #[arg(long, default_value_t = 0.0, value_name = "SHARE")]
    loss: f64,
    /// The middle of the values at the start, in VU.
    #[arg(long, default_value_t = 1_000.0, value_name = "VU")]
    center: f64,
    /// The width of the range of values at the start, in VU.
    #[arg(long, default_value_t = 10.0, value_name = "VU")]
    width: f64,
    /// Use plain averaging, without trimming.
    #[arg(long)]
    no_trim: bool,
    /// Let nodes leave their anchors only for more than half of their neighbours' weight.
    #[arg(long)]
    hold: bool,
    /// Trust everybody fully, and do not learn trust.
    #[arg(long)]
    fixed_trust: bool,
    /// The backend, as `lvs backends` lists them.
    #[arg(long, default_value = "auto")]
    backend: String,
    /// Threads, up to 1,024; one for each processor if absent.
    #[arg(long, value_parser = whole::<usize>)]
    threads: Option<usize>,
    /// Decides everything that is drawn at random.
    #[arg(long, default_value_t = 1, value_parser = whole::<u64>)]
    seed: u64,
    /// Cycles from record to record.
    #[arg(long, default_value_t = 1, value_name = "CYCLES", value_parser = whole::<u64>)]
    record_every: u64,
    /// Write the outcome as JSON to a file. Without a file, or with -, it is printed in place of the table.
    #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = "-")]
    json: Option<PathBuf>,
    /// Write the records as comma-separated values; with -, they are printed in place of the table.
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Draw the spread over the cycles, as SVG or PNG by the file's name.
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,
    /// Show neither progress nor the table.
    #[arg(long)]
    quiet: bool,
}

pub(super) fn main(arguments: &Arguments) -> Result<(), End> {
    let options = arguments.options()?;
    let picture = arguments.plot.as_deref().map(Picture::new).transpose();
    let picture = picture.map_err(|error| End::Usage(format!("--plot: {error}")))?;
    let interrupted = interruption()?;
    // Better refused before the run than after it.
    options.validate().map_err(refusal)?;
    let targets = Targets::new(arguments)?;
    let outcome = run(&options, arguments.quiet, &interrupted).map_err(refusal)?;
    if !arguments.quiet && !targets.take_standard_output() {
        output::print(&printable(&table(&outcome)))?;
    }
    if let Some(target) = targets.json {
        let mut bytes = serde_json::to_vec(&outcome).map_err(End::failed)?;
        bytes.push(b'\n');
        target.write(&bytes)?;
    }
    if let Some(target) = targets.csv {
        let mut bytes = Vec::new();
        write_csv(&outcome, &mut bytes).map_err(End::failed)?;
        target.write(&bytes)?;
    }
    if let Some((target, picture)) = targets.plot.zip(picture) {
        let bytes = picture.draw(&outcome).map_err(|error| End::Failed(format!("--plot: {error}")))?;
        target.write(&bytes)?;
    }
    if !outcome.summary.interrupted {
        return Ok(());
    }
    let done = outcome.summary.cycles;
    let asked = options.cycles;
    Err(End::Failed(format!("ended early, after {done} of {asked} cycles; what there is was written")))
}

/// Where the results go.
struct Targets {
    json: Option<Target>,
    csv: Option<Target>,
    plot: Option<Target>,
}

impl Targets {
    fn new(arguments: &Arguments) -> Result<Self, End> {
        let json = arguments.json.as_deref().map(|path| Target::new("--json", path)).transpose()?;
        let csv = arguments.csv.as_deref().map(|path| Target::new("--csv", path)).transpose()?;
        let plot = arguments.plot.as_deref().map(|path| Target::new("--plot", path)).transpose()?;
        let targets = Self { json, csv, plot };
        let all: Vec<&Target> = targets.all().collect();
        for (number, target) in all.iter().enumerate() {
            for other in &all[number + 1..] {
                target.expect_other(other)?;
            }
        }
        Ok(targets)
    }

    fn all(&self) -> impl Iterator<Item = &Target> {
        self.json.iter().chain(&self.csv).chain(&self.plot)
    }

    /// Whether a result is printed, so that the table would be in its way.
    fn take_standard_output(&self) -> bool {
        self.all().any(Target::is_standard_output)
    }
}

/// Set by the first Ctrl-C; the second ends the process.
fn interruption() -> Result<Arc<AtomicBool>, End> {
    let interrupted = Arc::new(AtomicBool::new(false));
    let flag = interrupted.clone();
    on_interrupt(move || {
        if flag.swap(true, Ordering::Relaxed) {
            std::process::exit(INTERRUPTED);
        }
    })?;
    Ok(interrupted)
}

/// An error of the library by the name that the argument has here.
fn refusal(error: Error) -> End {
    match error {
        Error::Argument(invalid) => match option_for(invalid.argument) {
            Some(option) => End::Usage(invalid.named(option).to_string()),
            None => End::failed(invalid),
        },
        // The environment variable names itself.
        Error::Kernels(error @ lvs_kernels::Error::Argument(_)) => End::Usage(error.to_string()),
        Error::Kernels(error @ lvs_kernels::Error::Unavailable { .. }) => {
            End::Usage(format!("--backend: {error}"))
        }
        error => End::failed(error),
    }
}

/// The option for every argument that simulations can refuse; nothing for what this command fills in by itself.
fn option_for(argument: Argument) -> Option<&'static str> {
    Some(match argument {
        Argument::Apart | Argument::Rule | Argument::Values => return None,
        Argument::Attack => "--attack",
        Argument::Backend => "--backend",
        Argument::Bridges => "--bridges",
        Argument::Cells => "--cells",
        Argument::Center => "--center",
        Argument::Churn => "--churn",
        Argument::Degree => "--degree",
        Argument::GroupSize => "--group-size",
        Argument::Hostile => "--hostile",
        Argument::HostileNeighbours => "--hostile-neighbours",
        Argument::Loss => "--loss",
        Argument::Nodes => "--nodes",
        Argument::RecordEvery => "--record-every",
        Argument::Rewire => "--rewire",
        Argument::Strength => "--strength",
        Argument::Threads => "--threads",
        Argument::Edges | Argument::Graph | Argument::Topology => "--topology",
        Argument::Width => "--width",
    })
}

impl Arguments {
    fn options(&self) -> Result<Options, End> {
        let hostile = match (self.hostile, self.hostile_neighbours) {
            (_, Some(count)) => Hostile::Neighbours(count),
            (share, None) => Hostile::Share(share.unwrap_or(if self.attack.is_some() { 0.2 } else { 0.0 })),
        };
        if self.attack.is_none() && !matches!(hostile, Hostile::Share(0.0) | Hostile::Neighbours(0)) {
            let names = Attack::ALL.map(Attack::name).join(", ");
            return Err(End::Usage(format!("--attack: got none, expected one of {names} for hostile nodes")));
        }
        Ok(Options {
            nodes: self.nodes.unwrap_or(NODES),
            cells: self.cells,
            cycles: self.cycles,
            topology: self.topology()?,
            attack: self.attack,
            strength: self.strength,
            hostile,
            churn: self.churn,
            loss: self.loss,
            trim: !self.no_trim,
            hold: self.hold,
            learn_trust: !self.fixed_trust,
            center: micro("--center", self.center)?,
            width: micro("--width", self.width)?,
            backend: self.backend.clone(),
            threads: self.threads,
            record_every: self.record_every,
            seed: self.seed,
        })
    }

    fn topology(&self) -> Result<Topology, End> {
        let topology = self.named_topology()?;
        let given = [
            ("--degree", self.degree.is_some()),
            ("--group-size", self.group_size.is_some()),
            ("--rewire", self.rewire.is_some()),
            ("--bridges", self.bridges.is_some()),
            ("--directed", self.directed),
        ];
        let used: &[&str] = match topology {
            Topology::Groups { .. } => &["--group-size"],
            Topology::WattsStrogatz { .. } => &["--degree", "--rewire"],
            Topology::TwoWorlds { .. } => &["--bridges"],
            Topology::File { .. } => &["--directed"],
            _ => &["--degree"],
        };
        match given.iter().find(|(name, given)| *given && !used.contains(name)) {
            Some((name, _)) => {
                Err(End::Usage(format!("{name}: got one, expected none with --topology {}", self.topology)))
            }
            None => Ok(topology),
        }
    }

    fn named_topology(&self) -> Result<Topology, End> {
        let degree = self.degree.unwrap_or(16);
        Ok(match self.topology.as_str() {
            "groups" => Topology::Groups { size: self.group_size.unwrap_or(16) },
            "ring" => Topology::Ring { degree },
            "regular" => Topology::Regular { degree },
            "watts-strogatz" => Topology::WattsStrogatz { degree, rewire: self.rewire.unwrap_or(0.1) },
            "barabasi-albert" => Topology::BarabasiAlbert { degree },
            "erdos-renyi" => Topology::ErdosRenyi { degree },
            "two-worlds" => Topology::TwoWorlds { bridges: self.bridges.unwrap_or(8) },
            path if is_readable(Path::new(path)) => self.file(path)?,
            other => {
                let names = Topology::NAMES.join(", ");
                return Err(End::Usage(format!("--topology: got '{other}', expected {names} or a file")));
            }
        })
    }

    fn file(&self, path: &str) -> Result<Topology, End> {
        match self.nodes {
            None => Ok(Topology::File { path: path.into(), directed: self.directed }),
            Some(nodes) => {
                Err(End::Usage(format!("--nodes: got {nodes}, expected none, as --topology is a file")))
            }
        }
    }
}

/// Whether a path names a file, a pipe or, as `-`, standard input.
fn is_readable(path: &Path) -> bool {
    path == Path::new("-") || path.exists() && !path.is_dir()
}

fn micro(argument: &str, vu: f64) -> Result<i64, End> {
    let micro = vu * MICRO_VU as f64;
    if micro.is_finite() && micro.abs() < i64::MAX as f64 {
        return Ok(micro.round() as i64);
    }
    Err(End::Usage(format!("{argument}: got {vu}, expected an amount of VU")))
}
