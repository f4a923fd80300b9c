//! `lvs swarm`: a swarm of processes on this machine, fed and attacked, and compared with its input.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use clap::Args;
use lvs_kernels::{Backend, Engine};
use lvs_node::hostile::Attack;
use lvs_node::swarm::{Failure, Ledger, Options, SHIPPED, run, table};

use super::End;

/// The most nodes on one machine.
const NODES_MAX: usize = 2_000;

/// Run a swarm of nodes on this machine and compare every honest replica with the input.
///
/// Each node is a process with its own UDP socket on loopback. Contributions are fed in at random honest nodes while
/// datagrams are lost and hostile nodes lie; half-way, cells of honest replicas are overwritten. Exits with 0 only if
/// every honest replica ends exact.
#[derive(Args)]
pub(super) struct Arguments {
    /// Nodes, each a process.
    #[arg(long, default_value_t = 100)]
    nodes: usize,
    /// Contributions as CSV: `account,amount[,time]`. Without it, a small data set that comes with the program.
    #[arg(long, value_name = "FILE")]
    input: Option<PathBuf>,
    /// The fraction of all datagrams that is lost.
    #[arg(long, default_value_t = 0.2)]
    loss: f64,
    /// The fraction of the nodes that lie about values.
    #[arg(long, default_value_t = 0.2)]
    hostile: f64,
    /// How they lie: huge, zero, split, edge, drain or sleeper. Without it, each draws its own way.
    #[arg(long)]
    attack: Option<Attack>,
    /// Cells of honest replicas that are overwritten half-way, by two to ten times either way.
    #[arg(long, default_value_t = 50)]
    corrupt: usize,
    /// Holders of each fragment of 256 accounts.
    #[arg(long, default_value_t = 16)]
    replicas: usize,
    /// The time from cycle to cycle.
    #[arg(long, default_value = "100ms", value_parser = humantime::parse_duration)]
    cycle: Duration,
    /// How long contributions are fed in.
    #[arg(long, default_value = "5s", value_parser = humantime::parse_duration)]
    feed: Duration,
    /// When to give up.
    #[arg(long, default_value = "55s", value_parser = humantime::parse_duration)]
    timeout: Duration,
    /// Decides everything that is drawn at random.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// Show no progress.
    #[arg(long)]
    quiet: bool,
}

pub(super) fn main(arguments: &Arguments) -> Result<(), End> {
    let options = arguments.options()?;
    let ledger = arguments.ledger()?;
    // Every node asks for the same: better refused once, before there are any.
    Engine::with_threads(Backend::Auto, Some(1)).map_err(End::usage)?;
    let interrupted = Arc::new(AtomicBool::new(false));
    let flag = interrupted.clone();
    ctrlc::set_handler(move || flag.store(true, Ordering::Relaxed)).map_err(End::failed)?;
    let outcome = run(&options, &ledger, interrupted).map_err(|failure: Failure| End::failed(failure))?;
    if arguments.json {
        println!("{}", serde_json::to_string(&outcome).map_err(End::failed)?);
    } else {
        println!("{}", table(&outcome));
    }
    if outcome.exact { Ok(()) } else { Err(End::Failed(String::new())) }
}

impl Arguments {
    fn options(&self) -> Result<Options, End> {
        let refuse =
            |name, got: String, expected| Err(End::Usage(format!("{name}: got {got}, expected {expected}")));
        if self.nodes == 0 || self.nodes > NODES_MAX {
            return refuse("--nodes", self.nodes.to_string(), "1 to 2,000");
        }
        for (name, fraction) in [("--loss", self.loss), ("--hostile", self.hostile)] {
            if !(0.0..=1.0).contains(&fraction) {
                return refuse(name, fraction.to_string(), "0 to 1");
            }
        }
        if self.replicas == 0 || self.replicas > 256 {
            return refuse("--replicas", self.replicas.to_string(), "1 to 256");
        }
        if self.cycle < Duration::from_millis(1) || self.cycle > Duration::from_secs(30) {
            return refuse("--cycle", format!("{:?}", self.cycle), "1ms to 30s");
        }
        if self.timeout <= self.feed {
            return refuse("--timeout", format!("{:?}", self.timeout), "more than --feed");
        }
        Ok(Options {
            nodes: self.nodes,
            loss: self.loss,
            hostile: self.hostile,
            attack: self.attack,
            corrupt: self.corrupt,
            replicas: self.replicas,
            cycle: self.cycle,
            feed: self.feed,
            timeout: self.timeout,
            seed: self.seed,
            quiet: self.quiet,
        })
    }

    fn ledger(&self) -> Result<Ledger, End> {
        let Some(path) = &self.input else {
            return Ledger::read(SHIPPED).map_err(End::usage);
        };
        let bytes = std::fs::read(path)
            .map_err(|error| End::Usage(format!("--input: {}: {error}", path.display())))?;
        Ledger::read(&bytes).map_err(|error| End::Usage(format!("--input: {}: {error}", path.display())))
    }
}
