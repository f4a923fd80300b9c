//! `lvs backends`: what can compute here, how fast, and what `auto` chooses for how much work.

use clap::Args;
use comfy_table::{Table, presets};
use indicatif::ProgressBar;
use lvs_kernels::{Backend, BackendInfo, Engine, Task, backends};
use serde_json::json;

use super::End;
use crate::output;
use crate::text::printable;

/// Swarms to time, by their cells times neighbours: one that fits a cache, one that fills it, one far beyond.
const SIZES: [(&str, u64); 3] = [("small", 1 << 14), ("medium", 1 << 19), ("large", 1 << 24)];

/// List the backends, whether they can run here, how fast each is, and what `auto` chooses for three sizes of swarm.
#[derive(Args)]
pub(super) struct Arguments {
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// List without timing.
    #[arg(long)]
    no_timing: bool,
}

/// A backend with the seconds that a cycle of each of the [`SIZES`] took.
struct Timed {
    info: BackendInfo,
    seconds: Option<[f64; 3]>,
}

pub(super) fn main(arguments: &Arguments) -> Result<(), End> {
    let engine = Engine::new(Backend::Auto).map_err(End::library)?;
    let list = backends();
    let progress = ProgressBar::new(list.len() as u64).with_message("timing the backends");
    let mut timed = Vec::with_capacity(list.len());
    for info in list {
        let seconds = if arguments.no_timing { None } else { seconds(&info)? };
        timed.push(Timed { info, seconds });
        progress.inc(1);
    }
    let choices = SIZES.map(|(_, terms)| engine.for_work(Task::Swarm, terms).choice().to_string());
    progress.finish_and_clear();
    if arguments.json {
        let list: Vec<_> = timed.iter().map(as_json).collect();
        let all = json!({ "backends": list, "auto": engine.choice(), "auto_by_size": by_size(&choices) });
        return output::print(&all.to_string());
    }
    output::print(&printable(&report(&timed, &engine, &choices)))
}

/// Times a backend that can run. `auto`, `simd` and `gpu` are only other names for one of the rest.
fn seconds(info: &BackendInfo) -> Result<Option<[f64; 3]>, End> {
    if !info.available || ["auto", "simd", "gpu"].contains(&info.name.as_str()) {
        return Ok(None);
    }
    let backend: Backend = info.name.parse().map_err(End::failed)?;
    let engine = Engine::new(backend).map_err(End::failed)?;
    let mut seconds = [0.0; 3];
    for (seconds, (_, terms)) in seconds.iter_mut().zip(SIZES) {
        *seconds = engine.seconds_for(Task::Swarm, terms).map_err(End::failed)?;
    }
    Ok(Some(seconds))
}

fn report(timed: &[Timed], engine: &Engine, choices: &[String; 3]) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(["backend", "device", "available", "small", "medium", "large", "why"]);
    for Timed { info, seconds } in timed {
        let available = if info.available { "yes" } else { "no" };
        let [small, medium, large] = seconds.map_or_else(Default::default, |seconds| seconds.map(per_cycle));
        table.add_row([&info.name, &info.device, available, &small, &medium, &large, &info.reason]);
    }
    let mut lines = vec![
        table.trim_fmt(),
        String::new(),
        "Times are for one cycle of a swarm in which rows of 64 cells compare with 16 others.".into(),
    ];
    for ((name, terms), choice) in SIZES.iter().zip(choices) {
        lines.push(format!("auto, {name:6} ({terms} cells x neighbours): {choice}"));
    }
    lines.push(format!("in use: {}", engine.choice()));
    lines.join("\n")
}

fn per_cycle(seconds: f64) -> String {
    match seconds {
        s if s < 1e-3 => format!("{:.0} us", s * 1e6),
        s if s < 1.0 => format!("{:.1} ms", s * 1e3),
        s => format!("{s:.1} s"),
    }
}

fn as_json(Timed { info, seconds }: &Timed) -> serde_json::Value {
    json!({
        "name": info.name,
        "kind": info.kind,
        "device": info.device,
        "compiled": info.compiled,
        "detected": info.detected,
        "available": info.available,
        "reason": info.reason,
        "seconds_per_cycle": seconds.map(|seconds| by_size(&seconds)),
    })
}

/// An object with a value for each size.
fn by_size<T: Into<serde_json::Value> + Clone>(values: &[T; 3]) -> serde_json::Value {
    SIZES.iter().zip(values).map(|((name, _), value)| (name.to_string(), value.clone().into())).collect()
}
