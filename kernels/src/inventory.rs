//! What can be asked for: every backend by name, and whether this build and this machine can run it.

use crate::backend::{BackendInfo, Level};
use crate::gpu;

/// Every backend that can be asked for by name, available or not. Looks for adapters, which loads their drivers.
pub fn backends() -> Vec<BackendInfo> {
    let best = Level::best();
    let mut list = vec![
        cpu("auto", "simd", true, true, format!("takes simd ({})", best.name())),
        cpu("scalar", "scalar", true, true, "the reference".into()),
        cpu("simd", "simd", true, true, format!("takes {}", best.name())),
    ];
    list.extend(Level::ALL.map(level_info));
    list.extend(gpu::list());
    list
}

fn level_info(level: Level) -> BackendInfo {
    let compiled = level.compiled();
    let detected = level.lanes().is_some();
    let reason = match (compiled, detected) {
        (false, _) => format!("not compiled for {}", std::env::consts::ARCH),
        (true, false) => "this processor does not have it".into(),
        (true, true) => "detected".into(),
    };
    cpu(level.name(), "simd", compiled, detected, reason)
}

fn cpu(name: &str, kind: &'static str, compiled: bool, detected: bool, reason: String) -> BackendInfo {
    BackendInfo {
        name: name.into(),
        kind,
        device: format!("cpu ({})", std::env::consts::ARCH),
        compiled,
        detected,
        available: compiled && detected,
        reason,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::Backend;

    #[test]
    fn every_listed_name_parses_and_prints_back() {
        for info in backends() {
            let backend: Backend = info.name.parse().unwrap();
            assert_eq!(backend.to_string(), info.name);
            assert!(!info.reason.is_empty());
        }
    }
}
