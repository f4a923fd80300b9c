//! `lvs backends`: what can compute here.

use clap::Args;
use comfy_table::{Table, presets};
use lvs_kernels::{Backend, BackendInfo, Engine, backends};
use serde_json::json;

use super::End;

/// List the backends, whether they can run here, and what `auto` takes.
#[derive(Args)]
pub(super) struct Arguments {
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn main(arguments: &Arguments) -> Result<(), End> {
    let list = backends();
    let engine = Engine::new(Backend::Auto).map_err(End::usage)?;
    if arguments.json {
        let list: Vec<_> = list.iter().map(as_json).collect();
        println!("{}", json!({ "backends": list, "auto": engine.choice() }));
        return Ok(());
    }
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(["backend", "kind", "device", "available", "why"]);
    for info in &list {
        let available = if info.available { "yes" } else { "no" };
        table.add_row([info.name.as_str(), info.kind, info.device.as_str(), available, info.reason.as_str()]);
    }
    println!("{}\n\nin use: {}", table.trim_fmt(), engine.choice());
    Ok(())
}

fn as_json(info: &BackendInfo) -> serde_json::Value {
    json!({
        "name": info.name,
        "kind": info.kind,
        "device": info.device,
        "compiled": info.compiled,
        "detected": info.detected,
        "available": info.available,
        "reason": info.reason,
    })
}
