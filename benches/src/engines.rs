//! The engines of this machine, and the levels that it could not run.

use lvs_kernels::{Backend, BackendInfo, Engine, Level, backends};

/// An engine for each backend that runs here, `scalar` first, each with `threads` threads; and what could not run.
/// Names that only stand for another backend (`auto`, `simd`) are left out.
pub fn engines(threads: usize) -> (Vec<Engine>, Vec<BackendInfo>) {
    let listed = backends().into_iter().filter(|info| !["auto", "simd"].contains(&info.name.as_str()));
    let (available, skipped): (Vec<_>, Vec<_>) = listed.partition(|info| info.available);
    (available.iter().map(|info| engine(&info.name, threads)).collect(), skipped)
}

/// The engine of the backend `name`.
///
/// # Panics
/// If it cannot run here; ask only for what is listed as available.
pub fn engine(name: &str, threads: usize) -> Engine {
    let backend: Backend = name.parse().expect("a listed name");
    Engine::with_threads(backend, Some(threads)).expect("a backend listed as available")
}

/// One line for each backend that could not run, with the reason.
pub fn skipped_lines(skipped: &[BackendInfo]) -> Vec<String> {
    skipped.iter().map(|info| format!("not run: {} ({})", info.name, info.reason)).collect()
}

/// The vector level to sum streams with beside this backend: its own, or the portable one for `scalar`.
pub fn lanes(backend: &Backend) -> fearless_simd::Level {
    let best = fearless_simd::Level::new();
    match backend {
        #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
        Backend::SimdLevel(Level::Avx512) => best.as_avx512().map(fearless_simd::Level::Avx512),
        #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
        Backend::SimdLevel(Level::Avx2) => best.as_avx2().map(fearless_simd::Level::Avx2),
        Backend::SimdLevel(Level::Neon) | Backend::Simd | Backend::Auto => Some(best),
        _ => None,
    }
    .unwrap_or(fearless_simd::Level::baseline())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_backend_is_either_run_or_named() {
        let (run, skipped) = engines(1);
        assert_eq!(run[0].backend(), &Backend::Scalar);
        assert_eq!(run.len() + skipped.len(), backends().len() - 2);
        assert!(skipped_lines(&skipped).iter().all(|line| line.starts_with("not run: ")));
    }
}
