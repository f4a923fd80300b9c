//! The targets that single-machine figures are held against: out of cache, as ratios within the run.

use lvs_benches::report::Check;
use lvs_kernels::Level;

use crate::scene::{Outcome, Scene, Work};

/// Level, work, and the most times the stream sum that one thread may take out of cache.
const AT_MOST: [(Level, Work, f64); 3] =
    [(Level::Avx512, Work::Trim, 1.6), (Level::Avx512, Work::Average, 1.15), (Level::Avx2, Work::Trim, 4.0)];

/// How many times as fast two threads of the best level should be, out of cache and while memory allows.
const SPEED_UP: f64 = 1.7;

/// The checks that a scene's outcomes allow; none in cache, nor for levels that did not run.
pub fn checks(scene: &Scene, outcomes: &[Outcome]) -> Vec<Check> {
    if !scene.name.starts_with("out of cache") {
        return Vec::new();
    }
    let ratios = AT_MOST.iter().filter_map(|&(level, work, bound)| {
        let outcome = find(outcomes, work, level.name(), 1)?;
        let what = format!("{}: {} on {}, × stream sum", scene.name, outcome.measurement.what, level.name());
        Some(Check::at_most(what, outcome.measurement.ratio?, bound))
    });
    ratios
        .chain(speed_up(scene, outcomes, Work::Trim))
        .chain(speed_up(scene, outcomes, Work::Average))
        .collect()
}

/// Two threads against one; beside it what the plain stream sum gains, which is what memory allows.
fn speed_up(scene: &Scene, outcomes: &[Outcome], work: Work) -> Option<Check> {
    let best = Level::best().name();
    let gain = |work| {
        let (one, two) = (find(outcomes, work, best, 1)?, find(outcomes, work, best, 2)?);
        Some(one.timing.ratio_to(&two.timing))
    };
    let sums = [lvs_benches::stream::Order::SideBySide, lvs_benches::stream::Order::RowByRow];
    let memory = sums.into_iter().filter_map(|order| gain(Work::Sum(order))).fold(0.0, f64::max);
    let name = &find(outcomes, work, best, 2)?.measurement.what;
    let what = format!("{}: {name} on {best}, two threads over one (stream sum: {memory:.2})", scene.name);
    Some(Check::at_least(what, gain(work)?, SPEED_UP))
}

fn find<'a>(outcomes: &'a [Outcome], work: Work, with: &str, threads: usize) -> Option<&'a Outcome> {
    let wanted = |outcome: &&Outcome| {
        let entry = &outcome.entry;
        entry.work == work && entry.with == with && entry.threads == threads
    };
    outcomes.iter().find(wanted)
}
