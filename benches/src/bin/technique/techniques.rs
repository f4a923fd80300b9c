//! The list of techniques: each loop, in each technique, at each level that this processor has.
#![allow(unsafe_code)]

use fearless_simd::{Level, dispatch};

use crate::loops::{Input, Output, average, trim};
use crate::safe::{Array, Fearless, Wide};

/// Which loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loop {
    /// Plain averaging and residuals.
    Average,
    /// The network and the trimmed sum.
    Trim,
}

impl Loop {
    /// Both loops.
    pub const ALL: [Self; 2] = [Self::Average, Self::Trim];

    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Average => "averaging + residuals",
            Self::Trim => "network + trimming",
        }
    }
}

/// Runs a loop over an input.
pub type Run = Box<dyn Fn(&Input<'_>, &mut Output)>;

/// One way to run one loop.
pub struct Technique {
    /// The loop.
    pub kind: Loop,
    /// `plain array`, `wide`, `fearless_simd` or `intrinsics`.
    pub name: &'static str,
    /// The level that it is compiled for.
    pub level: &'static str,
    /// Runs it.
    pub run: Run,
}

/// Every technique that runs here, and a line for each level that does not.
pub fn techniques() -> (Vec<Technique>, Vec<String>) {
    let mut list = portable();
    list.extend(fearless("portable", Some(Level::baseline())));
    #[cfg(target_arch = "x86_64")]
    x86::add(&mut list);
    let missing = ["avx2", "avx512"].into_iter().filter(|level| list.iter().all(|t| t.level != *level));
    let missing =
        missing.map(|level| format!("not run: {level} (this processor does not have it)")).collect();
    (list, missing)
}

fn technique(
    kind: Loop,
    name: &'static str,
    level: &'static str,
    run: impl Fn(&Input<'_>, &mut Output) + 'static,
) -> Technique {
    Technique { kind, name, level, run: Box::new(run) }
}

fn portable() -> Vec<Technique> {
    vec![
        technique(Loop::Average, "plain array", "portable", |i, o| average::<_, 1>(Array::<32>, i, o)),
        technique(Loop::Trim, "plain array", "portable", |i, o| trim(Array::<8>, i, o)),
        technique(Loop::Average, "wide", "portable", |i, o| average::<_, 4>(Wide, i, o)),
        technique(Loop::Trim, "wide", "portable", |i, o| trim(Wide, i, o)),
    ]
}

fn fearless(name: &'static str, level: Option<Level>) -> Vec<Technique> {
    let Some(level) = level else { return Vec::new() };
    let averaging = move |i: &Input<'_>, o: &mut Output| {
        dispatch!(level, simd => average::<_, 4>(Fearless(simd), i, o));
    };
    let trimming = move |i: &Input<'_>, o: &mut Output| dispatch!(level, simd => trim(Fearless(simd), i, o));
    vec![
        technique(Loop::Average, "fearless_simd", name, averaging),
        technique(Loop::Trim, "fearless_simd", name, trimming),
    ]
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::*;
    use crate::intrinsics::{Avx2, Avx512};

    /// Both loops in `$array` and `$intrinsics`, in functions for `$features`; `list` is to be called only where
    /// the processor has them.
    macro_rules! level {
        ($module:ident, $features:literal, $intrinsics:ident) => {
            mod $module {
                use super::*;

                #[target_feature(enable = $features)]
                fn average_array(input: &Input<'_>, out: &mut Output) {
                    average::<_, 1>(Array::<32>, input, out);
                }

                #[target_feature(enable = $features)]
                fn trim_array(input: &Input<'_>, out: &mut Output) {
                    trim(Array::<8>, input, out);
                }

                #[target_feature(enable = $features)]
                fn average_intrinsics(input: &Input<'_>, out: &mut Output) {
                    // SAFETY: this function has the features.
                    average::<_, 4>(unsafe { $intrinsics::new() }, input, out);
                }

                #[target_feature(enable = $features)]
                fn trim_intrinsics(input: &Input<'_>, out: &mut Output) {
                    // SAFETY: this function has the features.
                    trim(unsafe { $intrinsics::new() }, input, out);
                }

                /// # Safety
                /// The processor has the features.
                pub unsafe fn list() -> Vec<Technique> {
                    let level = stringify!($module);
                    // SAFETY (all four): as the caller promised, and processors do not lose features.
                    vec![
                        technique(Loop::Average, "plain array", level, |i, o| unsafe { average_array(i, o) }),
                        technique(Loop::Trim, "plain array", level, |i, o| unsafe { trim_array(i, o) }),
                        technique(Loop::Average, "intrinsics", level, |i, o| unsafe {
                            average_intrinsics(i, o)
                        }),
                        technique(Loop::Trim, "intrinsics", level, |i, o| unsafe { trim_intrinsics(i, o) }),
                    ]
                }
            }
        };
    }

    level!(avx2, "avx2,bmi1,bmi2,fma,lzcnt,popcnt", Avx2);
    level!(avx512, "avx512f,avx512bw,avx512cd,avx512dq,avx512vl,avx2,bmi1,bmi2,fma,lzcnt,popcnt", Avx512);

    /// Adds what needs more than the baseline, level by level.
    pub fn add(list: &mut Vec<Technique>) {
        let best = Level::new();
        if let Some(level) = best.as_avx2() {
            // SAFETY: the level's token exists only where the processor has these features.
            list.extend(unsafe { avx2::list() });
            list.extend(fearless("avx2", Some(Level::Avx2(level))));
        }
        if let Some(level) = best.as_avx512() {
            // SAFETY: the level's token exists only where the processor has these features.
            list.extend(unsafe { avx512::list() });
            list.extend(fearless("avx512", Some(Level::Avx512(level))));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loops::{CELLS_STEP, NEIGHBOURS};

    /// T is 21,001 of 63,000: from above i64::MAX goes, from below i64::MIN, 0 and a third of 5.
    #[test]
    fn every_technique_trims_by_weight() {
        let (x, cells) = (1 << 20, [9, i64::MAX, i64::MIN, 5, 77, 60_000, 0]);
        let own = vec![x; CELLS_STEP];
        let row = |j: usize| vec![cells.get(j).copied().unwrap_or(x); CELLS_STEP];
        let rows: Vec<Vec<i64>> = (0..NEIGHBOURS).map(row).collect();
        let weights = std::array::from_fn(|j| if j < cells.len() { 9_000 } else { 0 });
        let input = Input { own: &own, neighbours: std::array::from_fn(|j| &rows[j][..]), weights };
        let left = 5_999 * (5 - x) + 9_000 * (9 - x + 77 - x + 60_000 - x);
        for technique in techniques().0.into_iter().filter(|technique| technique.kind == Loop::Trim) {
            let mut out = Output { corrections: vec![0; CELLS_STEP], residuals: [0; NEIGHBOURS] };
            (technique.run)(&input, &mut out);
            assert_eq!(out.corrections, [left >> 16; CELLS_STEP], "{} {}", technique.name, technique.level);
        }
    }
}
