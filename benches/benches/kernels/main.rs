//! Every kernel on every backend of this machine: `cargo bench -p lvs-benches`, with `-- --test` for a single pass.
//!
//! The cases are data (`cases.rs`). Before a case is timed its answer is compared with the scalar backend's.
#![forbid(unsafe_code)]

mod cases;
mod jobs;

use std::time::Duration;

use criterion::{Criterion, Throughput};
use lvs_benches::engines::{engine, engines, skipped_lines};
use lvs_benches::machine::Machine;
use lvs_kernels::{Engine, Level};

use cases::{CASES, Case};

fn main() {
    let (mut engines, skipped) = engines(1);
    println!("{}", Machine::here().line());
    skipped_lines(&skipped).iter().for_each(|line| println!("{line}"));
    engines.push(engine(Level::best().name(), 2));
    let measured = Duration::from_millis(600);
    let criterion = Criterion::default().sample_size(20).measurement_time(measured);
    let mut criterion = criterion.warm_up_time(Duration::from_millis(200)).configure_from_args();
    CASES.iter().for_each(|case| bench(&mut criterion, case, &engines));
    criterion.final_summary();
}

/// Times one case on every engine that it makes a difference to.
fn bench(criterion: &mut Criterion, case: &Case, engines: &[Engine]) {
    let expected = jobs::first_answer(case, &engines[0]);
    let mut group = criterion.benchmark_group(case.name());
    for engine in engines.iter().filter(|engine| case.differs_on(engine)) {
        let mut job = jobs::job(case, engine);
        job.run();
        assert!(job.answer() == expected, "{}: {} differs from scalar", case.name(), engine.choice());
        group.throughput(Throughput::Elements(job.elements()));
        group.bench_function(format!("{} x{}", engine.backend(), engine.threads()), |bencher| {
            bencher.iter(|| job.run());
        });
    }
    group.finish();
}
