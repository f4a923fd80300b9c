//! The outcome for people and for spreadsheets.

use std::io;

use comfy_table::{Table, presets};

use lvs_simulation::Topology;

use super::{Bandwidth, Outcome, grouped, vu};

/// The outcome as a table.
pub fn table(outcome: &Outcome) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    let rows = [
        ("swarm", swarm(outcome)),
        ("attack", attack(outcome)),
        ("spread", spread(outcome)),
        ("outside the honest range", outside(outcome)),
        ("credit", trust(outcome)),
        ("VaultGuard", vaultguard(outcome)),
        ("time", time(outcome)),
        ("backend", outcome.setup.backend.clone()),
        ("memory", memory(outcome)),
        ("seed", outcome.options.seed.to_string()),
    ];
    for (name, text) in rows {
        table.add_row([name, &text]);
    }
    table.trim_fmt()
}

/// The records as comma-separated values, one a line, under their names.
///
/// # Errors
/// If they cannot be written.
pub fn write_csv(outcome: &Outcome, to: impl io::Write) -> Result<(), csv::Error> {
    let mut writer = csv::Writer::from_writer(to);
    outcome.records.iter().try_for_each(|record| writer.serialize(record))?;
    Ok(writer.flush()?)
}

fn swarm(outcome: &Outcome) -> String {
    let setup = &outcome.setup;
    let one_way = matches!(outcome.options.topology, Topology::File { directed: true, .. });
    let edges = if one_way { setup.honest_edges } else { setup.honest_edges / 2 };
    let parts = if setup.parts == 1 { "connected".into() } else { format!("{} parts", setup.parts) };
    format!(
        "{} nodes of {} cells, {} ({} edges between honest nodes, {parts}{})",
        grouped(setup.nodes),
        outcome.options.cells,
        outcome.options.topology.name(),
        grouped(edges),
        dropped(outcome)
    )
}

/// What was not taken over from a file of edges.
fn dropped(outcome: &Outcome) -> String {
    let setup = &outcome.setup;
    match (setup.self_loops_dropped, setup.duplicates_dropped) {
        (0, 0) => String::new(),
        (loops, duplicates) => {
            format!("; dropped {} self-loops and {} duplicates", grouped(loops), grouped(duplicates))
        }
    }
}

fn attack(outcome: &Outcome) -> String {
    let setup = &outcome.setup;
    let Some(attack) = outcome.options.attack.filter(|_| setup.hostile > 0) else { return "none".into() };
    let strength = setup
        .strength
        .map_or(String::new(), |strength| format!(" at strength {}", (strength * 1e3).round() / 1e3));
    let beyond = match setup.beyond_bound {
        0 => "no honest node beyond the bound".into(),
        count => format!("{} honest nodes have more hostile neighbours than drift trims", grouped(count)),
    };
    format!("{attack}{strength} by {} nodes; {beyond}", grouped(setup.hostile))
}

fn spread(outcome: &Outcome) -> String {
    let summary = &outcome.summary;
    let end = match summary.exact_from {
        Some(cycle) => format!("exact from cycle {cycle}"),
        None => "not exact".into(),
    };
    let early = if summary.interrupted {
        format!(" (ended early, of {})", outcome.options.cycles)
    } else {
        String::new()
    };
    let first = vu(summary.spread_first as f64);
    let last = vu(summary.spread_last as f64);
    format!("{first} at the start, {last} after {} cycles{early}: {end}", summary.cycles)
}

fn outside(outcome: &Outcome) -> String {
    let seen = if outcome.options.record_every > 1 { ", at the cycles recorded" } else { "" };
    match outcome.summary.range_violation {
        0 => format!("no honest value{seen}"),
        violation => format!("an honest value by {}{seen}", vu(violation as f64)),
    }
}

fn trust(outcome: &Outcome) -> String {
    let Some(last) = outcome.records.last() else { return String::new() };
    format!(
        "in honest nodes {}, in hostile nodes {}",
        percent(last.trust_in_honest),
        percent(last.trust_in_hostile)
    )
}

fn percent(trust: Option<f64>) -> String {
    trust.map_or("nobody".into(), |trust| format!("{:.1} %", 100.0 * trust))
}

fn vaultguard(outcome: &Outcome) -> String {
    let limited: u64 = outcome.records.iter().map(|record| record.rate_limited).sum();
    let floored: u64 = outcome.records.iter().map(|record| record.floored).sum();
    format!("{limited} corrections rate-limited, {floored} held by the drain floor")
}

fn time(outcome: &Outcome) -> String {
    let summary = &outcome.summary;
    let setup = &outcome.setup;
    let each =
        summary.seconds_per_cycle.map_or(String::new(), |seconds| format!(", {} a cycle", short(seconds)));
    format!(
        "{} in all: graph {}, start {}, drift {}{each}",
        short(summary.seconds),
        short(setup.graph_seconds),
        short(setup.start_seconds),
        short(summary.drift_seconds)
    )
}

fn short(seconds: f64) -> String {
    match seconds {
        s if s < 1e-3 => format!("{:.1} µs", 1e6 * s),
        s if s < 1.0 => format!("{:.1} ms", 1e3 * s),
        s => format!("{s:.2} s"),
    }
}

fn memory(outcome: &Outcome) -> String {
    let Some(Bandwidth { stream_bytes_per_second, traffic, touched_part, gathered_part }) = outcome.bandwidth
    else {
        return "not compared: no cycle was run on a CPU".into();
    };
    format!(
        "a cycle reads {:.0} % as fast as a stream sum ({:.1} GB/s), counting the {} it cannot do without;\n\
         {:.0} %, counting the {} with each neighbour's row read anew",
        100.0 * touched_part,
        stream_bytes_per_second / 1e9,
        megabytes(traffic.touched),
        100.0 * gathered_part,
        megabytes(traffic.gathered)
    )
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}
