//! The table of figures.

use lvs_benches::report;
use lvs_benches::timing::Timing;

use crate::rounds::Build;
use crate::scenes::{Subject, Work};

const HEADINGS: [&str; 8] =
    ["scene", "level", "drift", "ns/cell", "best", "× stream sum", "baseline × stream sum", "÷ baseline"];

/// A line for each kind of drift on each level; the second build, if there is one, is the baseline.
pub fn table(builds: &[Build]) -> String {
    let here = &builds[0];
    let drifts = (0..here.subjects.len()).filter(|&i| is_drift(&here.subjects[i]));
    let lines = drifts.map(|i| line(here, builds.get(1), i));
    report::table(&HEADINGS, lines).join("\n")
}

fn is_drift(subject: &Subject) -> bool {
    matches!(subject.work, Work::Trim | Work::Average)
}

fn line(here: &Build, baseline: Option<&Build>, i: usize) -> Vec<String> {
    let subject = &here.subjects[i];
    let timing = &here.timings[i];
    let per_cell = |seconds: f64| format!("{:.2}", seconds / subject.cells as f64 * 1e9);
    let work = if subject.work == Work::Trim { "trimming" } else { "averaging" };
    let old = baseline.map(|baseline| over_sum(baseline, i));
    let gain = baseline.map(|baseline| timing.ratio_to(&baseline.timings[i]));
    let ratio = |ratio: Option<f64>| ratio.map_or("–".into(), |ratio| format!("{ratio:.2}"));
    vec![
        subject.scene.clone(),
        subject.level.clone(),
        work.into(),
        per_cell(timing.median()),
        per_cell(timing.minimum()),
        ratio(Some(over_sum(here, i))),
        ratio(old),
        ratio(gain),
    ]
}

/// How many times as long as the faster sum of the same rows on the same level.
fn over_sum(build: &Build, i: usize) -> f64 {
    build.timings[i].ratio_to(stream_sum(build, &build.subjects[i]))
}

fn stream_sum<'a>(build: &'a Build, subject: &Subject) -> &'a Timing {
    let of_same =
        |other: &Subject| !is_drift(other) && other.scene == subject.scene && other.level == subject.level;
    let sums = build.subjects.iter().zip(&build.timings).filter(|(other, _)| of_same(other));
    sums.map(|(_, timing)| timing)
        .min_by(|a, b| a.median().total_cmp(&b.median()))
        .expect("each level has its sums")
}
