//! The verdict for people to read.

use comfy_table::{Table, presets};

use crate::{Spread, Verdict};

/// The verdict as a table.
pub fn table(verdict: &Verdict) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    let compared = format!(
        "{} honest replicas of {} fragments, {} wrong",
        verdict.honest_replicas,
        verdict.fragments - verdict.groups_beyond_bound as u32,
        verdict.mismatched_replicas
    );
    let rows = [
        ("result", result(verdict).to_owned()),
        ("compared", compared),
        ("nodes", nodes(verdict)),
        ("contributions", verdict.contributions.to_string()),
        ("cells overwritten", overwritten(verdict)),
        ("lost nodes", lost(verdict)),
        ("time", format!("{:.1} s, {}", verdict.seconds, cycles_of(verdict))),
        ("datagrams", datagrams(verdict)),
        ("memory per node", memory(verdict)),
        ("credit of honest nodes", spread(verdict.credit_of_honest)),
        ("credit of hostile nodes", spread(verdict.credit_of_hostile)),
        ("VaultGuard", vaultguard(verdict)),
        ("beyond the bound", beyond(verdict)),
        ("seed", verdict.seed.to_string()),
    ];
    for (name, text) in rows {
        table.add_row([name, &text]);
    }
    table.trim_fmt()
}

fn result(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict { exact: true, .. } => "exact",
        Verdict { interrupted: true, .. } => "NOT EXACT: interrupted",
        Verdict { honest_replicas: 0, .. } => {
            "NOT EXACT: every group is beyond the bound, so nothing was compared"
        }
        _ => "NOT EXACT",
    }
}

fn overwritten(verdict: &Verdict) -> String {
    let Verdict { corrupted, corrupted_asked, .. } = verdict;
    match corrupted == corrupted_asked {
        true => corrupted.to_string(),
        false => format!("{corrupted} of {corrupted_asked}: the rest would leave a cell beyond the bound"),
    }
}

fn lost(verdict: &Verdict) -> String {
    let lost = verdict.nodes_lost.iter().map(|lost| format!("node {} {}", lost.node, lost.reason));
    let lost = lost.collect::<Vec<_>>().join(", ");
    match (lost.is_empty(), verdict.cells_uncertain) {
        (true, _) => "none".into(),
        (false, 0) => lost,
        (false, cells) => {
            format!(
                "{lost}; in {cells} cells it may have kept contributions, so their replicas are compared with each other"
            )
        }
    }
}

fn nodes(verdict: &Verdict) -> String {
    format!(
        "{}, {} of them hostile, {} hold a replica",
        verdict.nodes, verdict.hostile, verdict.nodes_holding
    )
}

fn cycles_of(verdict: &Verdict) -> String {
    match verdict.cycles_min == verdict.cycles {
        true => format!("{} cycles", verdict.cycles),
        false => format!("{} to {} cycles", verdict.cycles_min, verdict.cycles),
    }
}

fn datagrams(verdict: &Verdict) -> String {
    let megabytes = verdict.bytes_sent as f64 / 1e6;
    format!("{} sent ({megabytes:.1} MB), {} refused", verdict.datagrams_sent, verdict.datagrams_refused)
}

fn memory(verdict: &Verdict) -> String {
    match verdict.rss_bytes_median.zip(verdict.rss_bytes_max) {
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

fn vaultguard(verdict: &Verdict) -> String {
    format!(
        "{} corrections rate-limited, {} held by the drain floor, {} alarms",
        verdict.rate_limited, verdict.floored, verdict.alarms
    )
}

fn beyond(verdict: &Verdict) -> String {
    match &verdict.damage_beyond_bound {
        None => "no group: hostile, lost and overwritten copies are less than a third of each".into(),
        Some(damage) => format!(
            "{} group(s), {} cells wrong there, largest loss {:.1} % (limit {:.0} % in a window), \
             largest gain {:.1} % (limit {:.2} % in a cycle)",
            verdict.groups_beyond_bound,
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
    use crate::{Damage, Lost};

    #[test]
    fn the_verdict_and_what_is_not_known_are_said() {
        let table = |exact| table(&Verdict { exact, ..Verdict::default() });
        assert!(table(true).contains("exact") && !table(true).contains("NOT"));
        let wrong = table(false);
        for text in ["NOT EXACT: every group", "not told by this system", "there are none", "no group"] {
            assert!(wrong.contains(text), "{text} in\n{wrong}");
        }
    }

    #[test]
    fn lost_nodes_are_named_with_what_happened() {
        let ended = Lost { node: 7, reason: "ended: signal: 9 (SIGKILL)".into() };
        let verdict = Verdict { nodes_lost: vec![ended], cells_uncertain: 3, ..Verdict::default() };
        let table = table(&verdict);
        assert!(table.contains("node 7 ended: signal: 9 (SIGKILL); in 3 cells"), "{table}");
    }

    #[test]
    fn fewer_overwritten_cells_than_asked_for_are_explained() {
        let verdict = Verdict { corrupted: 20, corrupted_asked: 50, ..Verdict::default() };
        assert!(overwritten(&verdict).starts_with("20 of 50: "));
    }

    #[test]
    fn cycles_are_a_range_where_they_differ() {
        let cycles = |cycles_min, cycles| cycles_of(&Verdict { cycles_min, cycles, ..Verdict::default() });
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
        let verdict = Verdict {
            fragments: 2,
            groups_beyond_bound: 1,
            damage_beyond_bound: Some(damage),
            ..Verdict::default()
        };
        let text = beyond(&verdict);
        assert!(text.contains("1 group(s), 3 cells wrong there, largest loss 12.5 % (limit 25 %"), "{text}");
        assert!(text.contains("largest gain 50.0 % (limit 1.56 %"), "{text}");
    }
}
