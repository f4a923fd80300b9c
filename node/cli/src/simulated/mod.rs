//! Simulated swarms of up to millions of nodes: run with progress, reported as a table, JSON, CSV and a picture.
//!
//! What is simulated is in `lvs-simulation`; here is what the `lvs sim` command adds.

mod outcome;
mod plot;
mod report;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use lvs_kernels::vaultguard::MICRO_VU;
use lvs_simulation::{Options, Record, Result, Simulation};
pub use outcome::{Bandwidth, Outcome};
pub use plot::Picture;
pub use report::{table, write_csv};

/// From one look of the progress bar to the next.
const SHOWN_EVERY: Duration = Duration::from_millis(100);

/// Runs a simulation to its end, or until `interrupted`, and then measures this machine's memory for comparison.
///
/// # Errors
/// If an option is out of range, the backend cannot run here or its device was lost.
pub fn run(options: &Options, quiet: bool, interrupted: &Arc<AtomicBool>) -> Result<Outcome> {
    let progress = progress_bar(options.cycles, quiet);
    progress.set_message("drawing the graph");
    let began = Instant::now();
    let mut simulation = Simulation::new(options)?;
    let mut records = vec![simulation.first()?];
    let mut shown = began;
    loop {
        show(&progress, records.last().expect("the first is there"));
        let step = simulation.advance(|done| {
            if shown.elapsed() > SHOWN_EVERY {
                progress.set_position(done);
                shown = Instant::now();
            }
            !interrupted.load(Ordering::Relaxed)
        })?;
        match step {
            Some(record) => records.push(record),
            None => break,
        }
    }
    progress.set_message("measuring this machine's memory");
    let outcome = Outcome::new(options, simulation, records, began.elapsed())?;
    progress.finish_and_clear();
    Ok(outcome)
}

fn progress_bar(cycles: u64, quiet: bool) -> ProgressBar {
    if quiet {
        return ProgressBar::hidden();
    }
    let template = "{elapsed} {bar:30} cycle {pos} of {len}, {eta} to go; {msg}";
    let style = ProgressStyle::with_template(template).expect("the template is sound");
    // Hidden by itself where standard error is no terminal.
    ProgressBar::new(cycles).with_style(style)
}

fn show(progress: &ProgressBar, record: &Record) {
    progress.set_position(record.cycle);
    progress.set_message(format!("spread {}", vu(record.spread as f64)));
}

/// An amount of micro-VU in VU, for people to read.
pub(crate) fn vu(micro: f64) -> String {
    let vu = micro / MICRO_VU as f64;
    match vu.abs() {
        0.0 => "0".into(),
        size if !(1e-3..1e6).contains(&size) => format!("{vu:.2e} VU"),
        _ => format!("{vu:.3} VU"),
    }
}

/// A number with commas between thousands, for people to read.
pub(crate) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_shown_for_people() {
        assert_eq!([7, 123, 1_000, 1_234_567].map(grouped), ["7", "123", "1,000", "1,234,567"]);
        assert_eq!([0.0, 1.0, 2_500_000.0, 9e18].map(vu), ["0", "1.00e-6 VU", "2.500 VU", "9.00e12 VU"]);
    }
}
