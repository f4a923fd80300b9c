//! The outcome for people to read.

use comfy_table::{Table, presets};

use super::{Outcome, Spread};

/// The outcome as a table.
pub fn table(outcome: &Outcome) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    let compared = format!(
        "{} honest replicas of {} fragments, {} wrong",
        outcome.honest_replicas,
        outcome.fragments - outcome.groups_beyond_bound as u32,
        outcome.mismatched_replicas
    );
    let rows = [
        ("result", verdict(outcome).to_owned()),
        ("compared", compared),
        ("nodes", nodes(outcome)),
        ("contributions", outcome.contributions.to_string()),
        ("cells overwritten", overwritten(outcome)),
        ("lost nodes", lost(outcome)),
        ("time", format!("{:.1} s, {}", outcome.seconds, cycles_of(outcome))),
        ("datagrams", datagrams(outcome)),
        ("memory per node", memory(outcome)),
        ("credit of honest nodes", spread(outcome.credit_of_honest)),
        ("credit of hostile nodes", spread(outcome.credit_of_hostile)),
        ("VaultGuard", vaultguard(outcome)),
        ("beyond the bound", beyond(outcome)),
        ("seed", outcome.seed.to_string()),
    ];
    for (name, text) in rows {
        table.add_row([name, &text]);
    }
    table.trim_fmt()
}

fn verdict(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome { exact: true, .. } => "exact",
        Outcome { interrupted: true, .. } => "NOT EXACT: interrupted",
        Outcome { honest_replicas: 0, .. } => {
            "NOT EXACT: every group is beyond the bound, so nothing was compared"
        }
        _ => "NOT EXACT",
    }
}

fn overwritten(outcome: &Outcome) -> String {
    let Outcome { corrupted, corrupted_asked, .. } = outcome;
    match corrupted == corrupted_asked {
        true => corrupted.to_string(),
        false => format!("{corrupted} of {corrupted_asked}: the rest would leave a cell beyond the bound"),
    }
}

fn lost(outcome: &Outcome) -> String {
    let lost = outcome.nodes_lost.iter().map(|lost| format!("node {} {}", lost.node, lost.reason));
    let lost = lost.collect::<Vec<_>>().join(", ");
    match (lost.is_empty(), outcome.cells_uncertain) {
        (true, _) => "none".into(),
        (false, 0) => lost,
        (false, cells) => {
            format!(
                "{lost}; in {cells} cells it may have kept contributions, so their replicas are compared with each other"
            )
        }
    }
}

fn nodes(outcome: &Outcome) -> String {
    format!(
        "{}, {} of them hostile, {} hold a replica",
        outcome.nodes, outcome.hostile, outcome.nodes_holding
    )
}

fn cycles_of(outcome: &Outcome) -> String {
    match outcome.cycles_min == outcome.cycles {
        true => format!("{} cycles", outcome.cycles),
        false => format!("{} to {} cycles", outcome.cycles_min, outcome.cycles),
    }
}

fn datagrams(outcome: &Outcome) -> String {
    let megabytes = outcome.bytes_sent as f64 / 1e6;
    format!("{} sent ({megabytes:.1} MB), {} refused", outcome.datagrams_sent, outcome.datagrams_refused)
}

fn memory(outcome: &Outcome) -> String {
    match outcome.rss_bytes_median.zip(outcome.rss_bytes_max) {
        Some((median, max)) => {
            format!("{:.1} MB resident (median), {:.1} MB at most", median as f64 / 1e6, max as f64 / 1e6)
        }
        None => "not told by this system".into(),
    }
}

fn spread(spread: Option<Spread>) -> String {
    match spread {
        Some(Spread { median, min, max }) => format!("{median} of 4095 (median; {min} to {max})"),
        None => "there are none".into(),
    }
}

fn vaultguard(outcome: &Outcome) -> String {
    format!(
        "{} corrections rate-limited, {} held by the drain floor, {} alarms",
        outcome.rate_limited, outcome.floored, outcome.alarms
    )
}

fn beyond(outcome: &Outcome) -> String {
    match &outcome.damage_beyond_bound {
        None => "no group: hostile, lost and overwritten copies are less than a third of each".into(),
        Some(damage) => format!(
            "{} group(s), {} cells wrong there, largest loss {:.1} % (limit {:.0} % in a window), \
             largest gain {:.1} % (limit {:.2} % in a cycle)",
            outcome.groups_beyond_bound,
            damage.cells,
            100.0 * damage.largest_loss,
            100.0 * damage.loss_limit,
            100.0 * damage.largest_gain,
            100.0 * damage.gain_limit_per_cycle
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::swarm::{Damage, Lost};

    #[test]
    fn the_verdict_and_what_is_not_known_are_said() {
        let table = |exact| table(&Outcome { exact, ..Outcome::default() });
        assert!(table(true).contains("exact") && !table(true).contains("NOT"));
        let wrong = table(false);
        for text in ["NOT EXACT: every group", "not told by this system", "there are none", "no group"] {
            assert!(wrong.contains(text), "{text} in\n{wrong}");
        }
    }

    #[test]
    fn lost_nodes_are_named_with_what_happened() {
        let ended = Lost { node: 7, reason: "ended: signal: 9 (SIGKILL)".into() };
        let outcome = Outcome { nodes_lost: vec![ended], cells_uncertain: 3, ..Outcome::default() };
        let table = table(&outcome);
        assert!(table.contains("node 7 ended: signal: 9 (SIGKILL); in 3 cells"), "{table}");
    }

    #[test]
    fn fewer_overwritten_cells_than_asked_for_are_explained() {
        let outcome = Outcome { corrupted: 20, corrupted_asked: 50, ..Outcome::default() };
        assert!(overwritten(&outcome).starts_with("20 of 50: "));
    }

    #[test]
    fn cycles_are_a_range_where_they_differ() {
        let cycles = |cycles_min, cycles| cycles_of(&Outcome { cycles_min, cycles, ..Outcome::default() });
        assert_eq!((cycles(7, 7), cycles(7, 9)), ("7 cycles".into(), "7 to 9 cycles".into()));
    }

    #[test]
    fn damage_stands_beside_its_limits() {
        let damage = Damage {
            cells: 3,
            largest_loss: 0.125,
            loss_limit: 0.25,
            largest_gain: 0.5,
            gain_limit_per_cycle: 1.0 / 64.0,
        };
        let outcome = Outcome {
            fragments: 2,
            groups_beyond_bound: 1,
            damage_beyond_bound: Some(damage),
            ..Outcome::default()
        };
        let text = beyond(&outcome);
        assert!(text.contains("1 group(s), 3 cells wrong there, largest loss 12.5 % (limit 25 %"), "{text}");
        assert!(text.contains("largest gain 50.0 % (limit 1.56 %"), "{text}");
    }
}
