//! Measurements and the targets they are held against, as a table to read or as JSON.

use serde::Serialize;

use crate::machine::Machine;

/// One contender's figures.
#[derive(Clone, Debug, Serialize)]
pub struct Measurement {
    /// What was measured on: `in cache`, `out of cache`.
    pub scene: String,
    /// What was computed.
    pub what: String,
    /// With what.
    pub with: String,
    /// Threads used.
    pub threads: usize,
    /// Median over the rounds, in nanoseconds for each cell.
    pub median: f64,
    /// The best round, likewise.
    pub best: f64,
    /// Bytes read and written in 10^9 a second, from the median.
    pub gigabytes: f64,
    /// Times the stream sum's time, the median of the rounds' own ratios.
    pub ratio: Option<f64>,
}

/// A figure beside the bound that it is held against.
#[derive(Clone, Debug, Serialize)]
pub struct Check {
    /// What the figure is.
    pub what: String,
    /// The figure.
    pub figure: f64,
    /// The bound as people write it, such as `at most 1.6`.
    pub target: String,
    /// Whether it is kept.
    pub met: bool,
}

impl Check {
    /// A figure that should be at most `bound`.
    pub fn at_most(what: String, figure: f64, bound: f64) -> Self {
        Self { what, figure, target: format!("at most {bound}"), met: figure <= bound }
    }

    /// A figure that should be at least `bound`.
    pub fn at_least(what: String, figure: f64, bound: f64) -> Self {
        Self { what, figure, target: format!("at least {bound}"), met: figure >= bound }
    }
}

/// Everything that one run found.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Where it ran.
    pub machine: Machine,
    /// How: sizes, seeds, layout.
    pub notes: Vec<String>,
    /// The figures.
    pub measurements: Vec<Measurement>,
    /// The targets.
    pub checks: Vec<Check>,
}

impl Report {
    /// The report as Markdown.
    pub fn markdown(&self) -> String {
        let mut lines = vec![self.machine.line(), String::new()];
        lines.extend(self.notes.iter().map(|note| format!("- {note}")));
        lines.push(String::new());
        lines.extend(table(&MEASUREMENT_HEADINGS, self.measurements.iter().map(measurement_row)));
        if !self.checks.is_empty() {
            lines.push(String::new());
            lines.extend(table(&["target", "figure", "wanted", "met"], self.checks.iter().map(check_row)));
        }
        lines.join("\n")
    }
}

const MEASUREMENT_HEADINGS: [&str; 8] =
    ["scene", "what", "with", "threads", "ns/cell", "best", "GB/s", "× stream sum"];

fn measurement_row(m: &Measurement) -> Vec<String> {
    let ratio = m.ratio.map_or("–".into(), |ratio| format!("{ratio:.2}"));
    let figures = [m.median, m.best, m.gigabytes].map(|figure| format!("{figure:.2}"));
    let names = [m.scene.clone(), m.what.clone(), m.with.clone(), m.threads.to_string()];
    names.into_iter().chain(figures).chain([ratio]).collect()
}

fn check_row(check: &Check) -> Vec<String> {
    let met = if check.met { "yes" } else { "no" };
    vec![check.what.clone(), format!("{:.2}", check.figure), check.target.clone(), met.into()]
}

/// The lines of a Markdown table.
pub fn table(headings: &[&str], rows: impl Iterator<Item = Vec<String>>) -> Vec<String> {
    let line = |cells: &[String]| format!("| {} |", cells.join(" | "));
    let headings: Vec<String> = headings.iter().map(|&heading| heading.into()).collect();
    let rule = vec!["---".into(); headings.len()];
    [headings, rule].into_iter().chain(rows).map(|cells| line(&cells)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_say_whether_they_are_met() {
        assert!(Check::at_most("a".into(), 1.6, 1.6).met);
        assert!(!Check::at_most("a".into(), 1.61, 1.6).met);
        assert!(!Check::at_least("a".into(), 1.69, 1.7).met);
    }

    #[test]
    fn tables_are_markdown() {
        let lines = table(&["a", "b"], [vec!["1".into(), "2".into()]].into_iter());
        assert_eq!(lines, ["| a | b |", "| --- | --- |", "| 1 | 2 |"]);
    }
}
