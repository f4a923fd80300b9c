//! The adapters of this machine: which there are, and the choice of one by name.

use wgpu::{Adapter, AdapterInfo, DeviceType};

use super::instance::{INTERFACES, instance};
use crate::backend::BackendInfo;

/// The environment variable that says which adapter `gpu` means.
pub const ADAPTER_VARIABLE: &str = "LVS_ADAPTER";

/// Every adapter of this machine, real ones first and discrete ones before integrated ones. Loads drivers.
fn all() -> Vec<Adapter> {
    if is_static() {
        return Vec::new();
    }
    let mut adapters = pollster::block_on(instance().enumerate_adapters(INTERFACES));
    adapters.sort_by_key(|adapter| rank(&adapter.get_info()));
    adapters
}

/// Whether this program has no dynamic linker. It cannot load drivers then, and glibc ends it when it tries.
#[cfg(target_os = "linux")]
fn is_static() -> bool {
    // What the kernel hands to a program, in pairs; this key is the address of its dynamic linker (getauxval(3)).
    const AT_BASE: usize = 7;
    const WORD: usize = size_of::<usize>();
    let Ok(handed_over) = std::fs::read("/proc/self/auxv") else { return false };
    let (words, _) = handed_over.as_chunks::<WORD>();
    let (pairs, _) = words.as_chunks::<2>();
    pairs.iter().any(|[key, value]| *key == AT_BASE.to_ne_bytes() && *value == [0; WORD])
}

#[cfg(not(target_os = "linux"))]
fn is_static() -> bool {
    false
}

fn rank(info: &AdapterInfo) -> u8 {
    match info.device_type {
        DeviceType::DiscreteGpu => 0,
        DeviceType::IntegratedGpu => 1,
        // A share of a real one, on a rented machine for example.
        DeviceType::VirtualGpu => 2,
        DeviceType::Other => 3,
        DeviceType::Cpu => 4,
    }
}

/// Whether an adapter only imitates a GPU on the processor.
pub(super) fn is_software(info: &AdapterInfo) -> bool {
    info.device_type == DeviceType::Cpu
}

/// The adapter whose name or bus number holds `part`; without it the one that `LVS_ADAPTER` names, else the best
/// real one.
///
/// # Errors
/// Why there is none.
pub(super) fn choose(part: Option<&str>) -> Result<Adapter, String> {
    let variable = std::env::var(ADAPTER_VARIABLE).ok().filter(|name| !name.is_empty());
    pick(part.or(variable.as_deref()))
}

/// The best real adapter.
///
/// # Errors
/// Why there is none.
pub(super) fn choose_real() -> Result<Adapter, String> {
    pick(None)
}

fn pick(asked: Option<&str>) -> Result<Adapter, String> {
    if is_static() {
        return Err("this program is linked statically and cannot load drivers".into());
    }
    let adapters = all();
    let infos: Vec<AdapterInfo> = adapters.iter().map(Adapter::get_info).collect();
    let position = match asked {
        Some(part) => infos.iter().position(|info| answers_to(info, part)),
        // The list is sorted by rank, so the first is the best.
        None => infos.iter().position(|info| !is_software(info)),
    };
    match position.and_then(|position| adapters.into_iter().nth(position)) {
        Some(adapter) => Ok(adapter),
        None => Err(why_none(asked, &infos)),
    }
}

fn answers_to(info: &AdapterInfo, part: &str) -> bool {
    let part = part.to_lowercase();
    // Two equal cards differ in nothing but the bus number.
    info.name.to_lowercase().contains(&part) || info.device_pci_bus_id.to_lowercase() == part
}

fn why_none(asked: Option<&str>, infos: &[AdapterInfo]) -> String {
    if infos.is_empty() {
        return "no driver for a GPU is installed here, or none found a device".into();
    }
    let names: Vec<&str> = infos.iter().map(|info| info.name.as_str()).collect();
    match asked {
        Some(part) => format!("no adapter is named like '{part}'; there are: {}", names.join(", ")),
        None => {
            format!("the only adapters imitate a GPU and must be asked for by name: {}", names.join(", "))
        }
    }
}

/// Device, driver and interface, for people to read.
pub(super) fn describe(info: &AdapterInfo) -> String {
    format!("{} ({:?}, {} {})", info.name, info.backend, info.driver, info.driver_info)
}

/// What can be asked for: `gpu`, and each adapter by a name of its own.
pub(crate) fn list() -> Vec<BackendInfo> {
    let infos: Vec<AdapterInfo> = all().iter().map(Adapter::get_info).collect();
    let mut list = vec![best(&infos)];
    list.extend(infos.iter().map(|info| {
        let reason = if is_software(info) { "imitates a GPU; only taken by name" } else { "detected" };
        entry(format!("gpu:{}", own_name(info, &infos)), describe(info), true, reason.into())
    }));
    list
}

/// What the bare name `gpu` stands for.
fn best(infos: &[AdapterInfo]) -> BackendInfo {
    match choose(None) {
        Ok(adapter) => {
            let info = adapter.get_info();
            entry("gpu".into(), describe(&info), true, format!("takes gpu:{}", own_name(&info, infos)))
        }
        Err(reason) => entry("gpu".into(), String::new(), false, reason),
    }
}

/// The adapter's name, or its bus number where several have the same.
fn own_name<'a>(info: &'a AdapterInfo, infos: &[AdapterInfo]) -> &'a str {
    let shared = infos.iter().filter(|other| answers_to(other, &info.name)).count() > 1;
    if shared && !info.device_pci_bus_id.is_empty() { &info.device_pci_bus_id } else { &info.name }
}

fn entry(name: String, device: String, detected: bool, reason: String) -> BackendInfo {
    BackendInfo { name, kind: "gpu", device, compiled: true, detected, available: detected, reason }
}
