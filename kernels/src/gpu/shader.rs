//! Puts shaders together: the files of a kernel in order, VaultGuard's constants, and what is written out for a number
//! of neighbours.

use crate::network::comparators;
use crate::vaultguard::{DRAIN_SHIFT, RATE_FLOOR, RATE_SHIFT, TRIM, TRUST_FLOOR};

const INT64: &str = include_str!("../../../shaders/int64.wgsl");
const ROWS: &str = include_str!("../../../shaders/rows.wgsl");
const DRIFT: &str = include_str!("../../../shaders/drift.wgsl");
const NETWORK: &str = include_str!("../../../shaders/drift_network.wgsl");
const AVERAGING: &str = include_str!("../../../shaders/drift_averaging.wgsl");
const BISECTION: &str = include_str!("../../../shaders/drift_bisection.wgsl");
const RESIDUALS: &str = include_str!("../../../shaders/residuals.wgsl");
const TRUST: &str = include_str!("../../../shaders/trust.wgsl");
const PAIRWISE: &str = include_str!("../../../shaders/pairwise.wgsl");
const REPUTATION: &str = include_str!("../../../shaders/reputation.wgsl");
const SWARM: &str = include_str!("../../../shaders/swarm.wgsl");

/// The most neighbours whose residuals are kept in registers beside their keys.
pub(crate) const FUSED_NEIGHBOURS: usize = 16;

/// A shader, each with the bindings of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Shader {
    /// Trimming drift of rows with up to so many neighbours, by a sorting network.
    Network(usize),
    /// Averaging drift of rows with up to so many neighbours, at most [`FUSED_NEIGHBOURS`].
    Averaging(usize),
    /// Drift of any rows, trimming or not.
    Bisection { trim: bool },
    /// The residual of every edge, and their sums over partial ones.
    Residuals,
    /// The update of trust.
    Trust,
    /// Pairwise residuals.
    Pairwise,
    /// The passes of reputation.
    Reputation,
    /// Extremes and counters of a swarm.
    Swarm,
}

impl Shader {
    /// The whole text.
    pub(super) fn source(self) -> String {
        match self {
            Self::Network(keys) => drift(written_out(NETWORK, keys)),
            Self::Averaging(keys) => drift(written_out(AVERAGING, keys)),
            Self::Bisection { trim } => drift(format!("const TRIMMED = {trim};\n{BISECTION}")),
            Self::Residuals => drift(RESIDUALS.into()),
            Self::Trust => [INT64, ROWS, &trust_constants(), TRUST].join("\n"),
            Self::Pairwise => [INT64, PAIRWISE].join("\n"),
            Self::Reputation => [INT64, REPUTATION].join("\n"),
            Self::Swarm => [INT64, SWARM].join("\n"),
        }
    }
}

/// A shader of drift: what all have in common, and its body.
fn drift(body: String) -> String {
    [INT64, &guard_constants(), ROWS, DRIFT, &body].join("\n")
}

fn guard_constants() -> String {
    format!(
        "const TRIM = {TRIM}u;\nconst RATE_SHIFT = {RATE_SHIFT}u;\nconst RATE_FLOOR = {RATE_FLOOR}u;\n\
         const DRAIN_SHIFT = {DRAIN_SHIFT}u;\n"
    )
}

fn trust_constants() -> String {
    format!("const TRUST_FLOOR = {TRUST_FLOOR}u;\n")
}

/// Writes out the lines of a template for `keys` neighbours (drift_network.wgsl says how they are marked).
fn written_out(template: &str, keys: usize) -> String {
    let mut text = String::new();
    for line in template.replace("{n}", &keys.to_string()).lines() {
        let (small, line) = match line.trim_start().strip_prefix("$small ") {
            Some(rest) => (true, rest),
            None => (false, line),
        };
        if !small || keys <= FUSED_NEIGHBOURS {
            write_out(line, keys, &mut text);
        }
    }
    text
}

fn write_out(line: &str, keys: usize, text: &mut String) {
    let (marker, body) = line.trim_start().split_once(' ').unwrap_or((line, ""));
    match marker {
        "$each" | "$up" => text.extend((0..keys).map(|j| numbered(body, j))),
        "$down" => text.extend((0..keys).rev().map(|j| numbered(body, j))),
        "$network" => text.extend(
            comparators(keys)
                .into_iter()
                .map(|(a, b)| body.replace("{a}", &a.to_string()).replace("{b}", &b.to_string()) + "\n"),
        ),
        _ => text.push_str(&format!("{line}\n")),
    }
}

fn numbered(body: &str, neighbour: usize) -> String {
    body.replace("{j}", &neighbour.to_string()) + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_written_out() {
        let text = written_out("a{n}\n  $each b{j};\n$small $down c{j}\n$network x{a}y{b}", 4);
        let network = "x0y1\nx2y3\nx0y2\nx1y3\nx1y2\n";
        assert_eq!(text, format!("a4\nb0;\nb1;\nb2;\nb3;\nc3\nc2\nc1\nc0\n{network}"));
        assert!(!written_out("$small $each c{j}", 32).contains('c'));
    }

    #[test]
    fn no_marker_is_left() {
        for shader in [Shader::Network(15), Shader::Network(64), Shader::Averaging(8)] {
            let left = shader.source().lines().any(|line| !line.starts_with("//") && line.contains('$'));
            assert!(!left, "{shader:?}");
        }
    }
}
