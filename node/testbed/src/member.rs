//! A node's side of a swarm: a process that takes orders on its standard input.

use std::io::{self, BufRead, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use lvs_kernels::{Backend, Engine};
use lvs_protocol::{Config, Input, Keys, Node, Peer};
use lvs_runtime::{Commander, Driver, Links, Udp};
use lvs_simulator::{Liar, Lie};
use rand_core::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::loss::Lossy;
use crate::lying::Lying;
use crate::message::{Answer, Order, Report, Start};

/// Runs a node of a swarm until its standard input ends.
///
/// # Errors
/// If the socket fails or the first order is not to start.
pub fn run_member() -> io::Result<()> {
    let socket = Udp::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
    say(&Answer::Listening(socket.local_address()?))?;
    let Some(Order::Start(start)) = next_order()? else {
        return Err(invalid("the first order is not the order to start"));
    };
    let liar = match &start.lie {
        Some(name) => Some(Liar::new(name.parse::<Lie>().map_err(invalid)?, start.seeds.0)),
        None => None,
    };
    let transport = Lying::new(Lossy::new(socket, start.loss, start.seeds.1), liar);
    let mut links = Links::default();
    let node = node(&start, &mut links)?;
    let (driver, commander) = Driver::new(node, transport, links, Instant::now())?;
    // A thread that cannot be started is an error like any other, not a panic.
    std::thread::Builder::new().spawn(move || {
        let result = obey(&commander);
        // The orders have ended: the swarm is over, or its process is gone.
        std::process::exit(i32::from(result.is_err()));
    })?;
    driver.run()
}

fn node(start: &Start, links: &mut Links) -> io::Result<Node> {
    let Some(&(own, _)) = start.peers.get(start.own) else {
        return Err(invalid("a node that is none of the peers"));
    };
    let others = start.peers.iter().enumerate().filter(|(i, _)| *i != start.own);
    let peers = others.map(|(_, &(session, address))| Peer {
        id: Keys::of_session(session).id(),
        link: links.keep(address),
    });
    let mut config = Config::new(Keys::of_session(own), peers.collect(), start.fragments);
    config.replicas = start.replicas;
    config.cycle = start.cycle;
    // They found the swarm together.
    config.initial_trust = u16::MAX;
    let engine = Engine::with_threads(Backend::Auto, Some(1)).map_err(invalid)?;
    let mut seed = [0; 32];
    Xoshiro256PlusPlus::seed_from_u64(start.seeds.0).fill_bytes(&mut seed);
    Node::new(config, engine, seed, Duration::ZERO).map_err(invalid)
}

fn obey(commander: &Commander) -> io::Result<()> {
    while let Some(order) = next_order()? {
        let there = match order {
            Order::Start(_) => return Err(invalid("a second order to start")),
            Order::Contribute(list) => {
                commander.send(Box::new(move |node, now| contribute(node, now, &list)))
            }
            Order::Corrupt(fragment, cell, value) => {
                commander.send(Box::new(move |node, _| _ = node.corrupt(fragment, cell, value)))
            }
            Order::Report => commander.send(Box::new(|node, _| {
                if let Err(error) = say(&Answer::Report(report(node))) {
                    tracing::error!(%error, "no report");
                }
            })),
        };
        if !there {
            break;
        }
    }
    Ok(())
}

fn contribute(node: &mut Node, now: Duration, list: &[(u64, i64)]) {
    for &(cell, amount) in list {
        if let Err(error) = node.handle(now, Input::Contribute { cell, amount }) {
            tracing::error!(%error, "contribution refused");
        }
    }
}

fn report(node: &Node) -> Report {
    let counters = node.counters();
    let mut fragments = Vec::new();
    let mut trusts = Vec::new();
    for fragment in node.fragments() {
        fragments.push((fragment.index(), fragment.values().to_vec()));
        let trust = node.trust(fragment.index());
        trusts.extend(trust.map(|(node, trust)| (fragment.index(), node.to_bytes(), trust)));
    }
    Report {
        cycle: node.cycle(),
        fragments,
        trust: trusts,
        sent: counters.sent,
        bytes_sent: counters.bytes_sent,
        refused: counters.refused_total(),
        rate_limited: counters.rate_limited,
        floored: counters.floored,
        alarms: counters.alarms_raised,
        unacknowledged: node.unacknowledged(),
    }
}

fn next_order() -> io::Result<Option<Order>> {
    let mut line = String::new();
    if io::stdin().lock().read_line(&mut line)? == 0 {
        return Ok(None);
    }
    serde_json::from_str(&line).map(Some).map_err(invalid)
}

fn say(answer: &Answer) -> io::Result<()> {
    let mut line = serde_json::to_vec(answer)?;
    line.push(b'\n');
    let mut out = io::stdout().lock();
    out.write_all(&line)?;
    out.flush()
}

fn invalid(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}
