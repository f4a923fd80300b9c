//! `lvs swarm`: a swarm of processes on this machine, fed and attacked, and compared with its input.

use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use clap::Args;
use lvs_kernels::{Backend, Engine};
use lvs_protocol::REPLICAS_MIN;
use lvs_testbed::{Failure, Ledger, Lie, Options, SHIPPED, run, table};
use serde_json::json;

use super::{End, on_interrupt, whole};
use crate::output;
use crate::text::printable;

/// The most nodes on one machine.
const NODES_MAX: usize = 2_000;

/// The most holders of a fragment.
const REPLICAS_MAX: usize = 256;

/// Run a swarm of nodes on this machine and compare every honest replica with the input.
///
/// Each node is a process with its own UDP socket on loopback. Contributions are fed in at random honest nodes while
/// datagrams are lost and hostile nodes lie. Half-way, cells of honest replicas are overwritten. A node that ends or
/// falls silent is named, and the swarm goes on without it. Exits with 0 only if every honest replica ends exact. If no
/// group has few enough hostile nodes for that, it ends once everything is fed in.
#[derive(Args)]
#[command(allow_negative_numbers = true)]
pub(super) struct Arguments {
    /// Nodes, each a process.
    #[arg(long, default_value_t = 100, value_parser = whole::<usize>)]
    nodes: usize,
    /// Contributions as CSV, `account,amount[,time]`; - for standard input. Without it, a small data set that comes with
    /// the program.
    #[arg(long, value_name = "FILE")]
    input: Option<PathBuf>,
    /// The fraction of all datagrams that is lost.
    #[arg(long, default_value_t = 0.2)]
    loss: f64,
    /// The fraction of the nodes that lie about values.
    #[arg(long, default_value_t = 0.2)]
    hostile: f64,
    /// How they lie: huge, zero, split, drain, skew, creep or turncoat. Without it, each draws its own way.
    #[arg(long)]
    attack: Option<Lie>,
    /// Cells of honest replicas that are overwritten half-way, by two to ten times either way. Of each cell, hostile and
    /// overwritten copies stay below a third.
    #[arg(long, default_value_t = 50, value_parser = whole::<usize>)]
    corrupt: usize,
    /// Holders of each fragment of 256 accounts, 8 to 256.
    #[arg(long, default_value_t = 16, value_parser = whole::<usize>)]
    replicas: usize,
    /// The time from cycle to cycle.
    #[arg(long, default_value = "100ms", value_parser = humantime::parse_duration)]
    cycle: Duration,
    /// How long contributions are fed in.
    #[arg(long, default_value = "5s", value_parser = humantime::parse_duration)]
    feed: Duration,
    /// When to give up, counted from the first contribution.
    #[arg(long, default_value = "55s", value_parser = humantime::parse_duration)]
    timeout: Duration,
    /// Decides everything that is drawn at random.
    #[arg(long, default_value_t = 1, value_parser = whole::<u64>)]
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
    Engine::with_threads(Backend::Auto, Some(1)).map_err(End::library)?;
    let nodes = options.nodes;
    if nodes < REPLICAS_MIN {
        tracing::warn!(nodes, "a fragment should have at least {REPLICAS_MIN} holders to survive faults");
    }
    let interrupted = Arc::new(AtomicBool::new(false));
    let flag = interrupted.clone();
    on_interrupt(move || flag.store(true, Ordering::Relaxed))?;
    let verdict = match run(&options, &ledger, interrupted) {
        Ok(verdict) => verdict,
        Err(failure) => return Err(arguments.failed(&failure)),
    };
    if arguments.json {
        output::print(&serde_json::to_string(&verdict).map_err(End::failed)?)?;
    } else {
        output::print(&printable(&table(&verdict)))?;
    }
    if verdict.exact { Ok(()) } else { Err(End::Failed(String::new())) }
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    if path != Path::new("-") {
        return std::fs::read(path);
    }
    let mut bytes = Vec::new();
    io::stdin().lock().read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn refuse(name: &str, got: impl ToString, expected: &str) -> Result<Options, End> {
    Err(End::Usage(format!("{name}: got {}, expected {expected}", got.to_string())))
}

impl Arguments {
    fn options(&self) -> Result<Options, End> {
        if self.nodes == 0 || self.nodes > NODES_MAX {
            return refuse("--nodes", self.nodes, "1 to 2,000");
        }
        for (name, fraction) in [("--loss", self.loss), ("--hostile", self.hostile)] {
            if !(0.0..=1.0).contains(&fraction) {
                return refuse(name, fraction, "0 to 1");
            }
        }
        if !(REPLICAS_MIN..=REPLICAS_MAX).contains(&self.replicas) {
            return refuse("--replicas", self.replicas, "8 to 256");
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
            lie: self.attack,
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
        let bytes = read(path).map_err(|error| input_refused(path, &error))?;
        Ledger::read(&bytes).map_err(|error| input_refused(path, &error))
    }

    /// The end of a swarm that could not be run. Scripts that read JSON get some.
    fn failed(&self, failure: &Failure) -> End {
        if self.json {
            let told = json!({ "exact": false, "error": failure.to_string(), "nodes": self.nodes, "seed": self.seed });
            if let Err(end) = output::print(&told.to_string()) {
                return end;
            }
        }
        match failure {
            Failure::Files { .. } => End::usage(failure),
            failure => End::failed(failure),
        }
    }
}

fn input_refused(path: &Path, error: &dyn std::fmt::Display) -> End {
    End::Usage(format!("--input: {}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use lvs_simulation::Attack;

    use super::*;

    /// docs/protocol.md lists the lies, and says which of them `lvs sim` knows by the same name.
    #[test]
    fn the_list_of_lies_is_complete() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/protocol.md");
        let text = std::fs::read_to_string(path).expect("the page is there");
        for lie in Lie::ALL {
            let start = format!("| `{lie}` |");
            let row = text.lines().find(|line| line.starts_with(&start));
            let row = row.unwrap_or_else(|| panic!("there is no row for {lie}"));
            let is_attack = lie.name().parse::<Attack>().is_ok();
            assert_eq!(row.ends_with("| yes |"), is_attack, "{row}");
        }
    }
}
