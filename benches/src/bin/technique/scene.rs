//! Rows of one size: all techniques are checked on them, then take turns with the stream sum.

use std::cell::RefCell;
use std::hint::black_box;

use lvs_benches::engines::engine;
use lvs_benches::stream::{Order, Streams};
use lvs_benches::timing::{Contender, Timing, take_turns};
use lvs_benches::workload::{Layout, Weights, Workload};
use lvs_kernels::vaultguard::{RATE_FLOOR, RATE_SHIFT};
use lvs_kernels::{DriftInput, DriftOutput};

use crate::Options;
use crate::loops::{CELLS_STEP, Input, NEIGHBOURS, Output};
use crate::techniques::{Loop, Technique, techniques};

/// Times every technique on rows of `cells` cells; a table row for each.
///
/// # Errors
/// If the cells are not a multiple of 32.
pub fn run(name: &str, cells: usize, options: &Options) -> Result<Vec<Vec<String>>, String> {
    if cells == 0 || !cells.is_multiple_of(CELLS_STEP) {
        return Err(format!("cells: got {cells}, expected a multiple of {CELLS_STEP} above 0"));
    }
    let Options { stagger_lines, pages, seed, .. } = *options;
    let data =
        Workload::new(Layout { neighbours: NEIGHBOURS, cells, stagger_lines, pages, seed }, Weights::Random);
    let input = input(&data);
    let techniques = techniques().0;
    verify(&techniques, &data, &input);
    let timings = time(&techniques, &input, &data.rows(), options);
    Ok(table_rows(name, cells, &techniques, &timings))
}

fn input(data: &Workload) -> Input<'_> {
    let neighbours = data.neighbours().try_into().expect("15 neighbours");
    let weights = std::array::from_fn(|j| i64::from(data.weights()[j]));
    Input { own: data.values(), neighbours, weights }
}

/// Every technique must give what the scalar kernel gives, but for the rate limit, which is applied here; the drain
/// floor is out of reach of a single step.
fn verify(techniques: &[Technique], data: &Workload, input: &Input<'_>) {
    for kind in Loop::ALL {
        let (corrections, residuals) = expected(kind, data);
        for technique in techniques.iter().filter(|technique| technique.kind == kind) {
            let mut answer = answer(technique, input);
            for (correction, &own) in answer.corrections.iter_mut().zip(input.own) {
                let limit = RATE_FLOOR.max(own >> RATE_SHIFT);
                *correction = (*correction).clamp(-limit, limit);
            }
            let same =
                answer.corrections == corrections && (kind == Loop::Trim || answer.residuals == residuals);
            assert!(same, "{} at {} differs from the scalar kernel", technique.name, technique.level);
        }
    }
}

fn expected(kind: Loop, data: &Workload) -> (Vec<i64>, [u64; NEIGHBOURS]) {
    let neighbours = data.neighbours();
    let input = DriftInput { cycle: 0, ..data.input(&neighbours, kind == Loop::Trim) };
    let (mut values, mut correction) = (vec![0; input.values.len()], vec![0; input.values.len()]);
    let mut residuals = [0; NEIGHBOURS];
    let mut out =
        DriftOutput { values: &mut values, correction: Some(&mut correction), residuals: &mut residuals };
    engine("scalar", 1).drift(&input, &mut out).expect("valid data");
    (correction, residuals)
}

fn answer(technique: &Technique, input: &Input<'_>) -> Output {
    let mut out = empty(input.own.len());
    (technique.run)(input, &mut out);
    out
}

fn empty(cells: usize) -> Output {
    Output { corrections: vec![0; cells], residuals: [0; NEIGHBOURS] }
}

/// A timing for each technique, and last the stream sum's.
fn time(techniques: &[Technique], input: &Input<'_>, rows: &[&[i64]], options: &Options) -> Vec<Timing> {
    let out = RefCell::new(empty(input.own.len()));
    let mut contenders: Vec<_> = techniques
        .iter()
        .map(|t| Contender::new((), || (t.run)(black_box(input), black_box(&mut out.borrow_mut()))))
        .collect();
    let streams = Streams::new(fearless_simd::Level::new(), 1);
    contenders.push(Contender::new((), move || {
        black_box(streams.sum(black_box(rows), Order::RowByRow));
    }));
    take_turns(&mut contenders, &options.plan())
}

fn table_rows(name: &str, cells: usize, techniques: &[Technique], timings: &[Timing]) -> Vec<Vec<String>> {
    let (sum, timings) = timings.split_last().expect("the stream sum");
    let row = |technique: &Technique, timing: &Timing| {
        let intrinsics = techniques.iter().zip(timings).find(|(other, _)| {
            (other.kind, other.name, other.level) == (technique.kind, "intrinsics", technique.level)
        });
        let share = intrinsics.map(|(_, base)| base.ratio_to(timing));
        line([name, technique.kind.name(), technique.name, technique.level], cells, timing, sum, share)
    };
    let mut rows: Vec<_> =
        techniques.iter().zip(timings).map(|(technique, timing)| row(technique, timing)).collect();
    rows.push(line([name, "stream sum", "fearless_simd", "best"], cells, sum, sum, None));
    rows
}

fn line(names: [&str; 4], cells: usize, timing: &Timing, sum: &Timing, share: Option<f64>) -> Vec<String> {
    let nanoseconds = |seconds: f64| seconds / cells as f64 * 1e9;
    let median = nanoseconds(timing.median());
    let written = usize::from(names[1] != "stream sum");
    let bytes = ((NEIGHBOURS + 1 + written) * size_of::<i64>()) as f64;
    let figures = [median, nanoseconds(timing.minimum()), bytes / median, timing.ratio_to(sum)];
    let share = share.map_or("–".into(), |share| format!("{share:.2}"));
    let figures = figures.map(|figure| format!("{figure:.2}"));
    names.map(String::from).into_iter().chain(figures).chain([share]).collect()
}
