//! The backends: their names, and what is said about one.

use std::fmt;
use std::str::FromStr;

use crate::error::{Argument, Error, Result};

/// The environment variable that decides what [`Backend::Auto`] means.
pub const BACKEND_VARIABLE: &str = "LVS_BACKEND";

/// An instruction set level of the vector backend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Level {
    /// What every processor of the target has: SSE2 on x86-64, NEON on aarch64, simd128 on wasm if compiled in.
    Portable,
    /// x86-64-v3: AVX2 and its companions.
    Avx2,
    /// AVX-512 as of Ice Lake.
    Avx512,
    /// NEON on aarch64.
    Neon,
}

impl Level {
    /// Every level, weakest first.
    pub const ALL: [Self; 4] = [Self::Portable, Self::Avx2, Self::Avx512, Self::Neon];

    /// The level's full backend name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Portable => "simd:portable",
            Self::Avx2 => "simd:avx2",
            Self::Avx512 => "simd:avx512",
            Self::Neon => "simd:neon",
        }
    }

    /// Whether this build has code for the level.
    pub fn compiled(self) -> bool {
        match self {
            Self::Portable => true,
            Self::Avx2 | Self::Avx512 => cfg!(any(target_arch = "x86", target_arch = "x86_64")),
            Self::Neon => cfg!(target_arch = "aarch64"),
        }
    }

    /// The lane type's own level, if this machine has it.
    pub(crate) fn lanes(self) -> Option<fearless_simd::Level> {
        let best = fearless_simd::Level::new();
        match self {
            Self::Portable => Some(fearless_simd::Level::baseline()),
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Self::Avx2 => best.as_avx2().map(fearless_simd::Level::Avx2),
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Self::Avx512 => best.as_avx512().map(fearless_simd::Level::Avx512),
            #[cfg(target_arch = "aarch64")]
            Self::Neon => best.as_neon().map(fearless_simd::Level::Neon),
            #[allow(unreachable_patterns)]
            _ => {
                let _ = best;
                None
            }
        }
    }

    /// The strongest level that this machine has.
    pub fn best() -> Self {
        let available = |level: &&Self| level.lanes().is_some();
        // They are listed from the weakest to the strongest.
        *Self::ALL.iter().rev().find(available).unwrap_or(&Self::Portable)
    }
}

/// A backend as one asks for it. `parse` takes the names that [`crate::backends`] lists.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Backend {
    /// `auto`: what `LVS_BACKEND` says, else the fastest here.
    #[default]
    Auto,
    /// `scalar`: the specification in code, the oracle.
    Scalar,
    /// `simd`: the best vector level of this machine.
    Simd,
    /// `simd:<level>`: that level or an error.
    SimdLevel(Level),
    /// `gpu`, or `gpu:<part of an adapter's name>`.
    Gpu(Option<String>),
}

impl Backend {
    /// What `LVS_BACKEND` asks for; [`Backend::Auto`] where it is unset or empty.
    ///
    /// # Errors
    /// If it names no backend.
    pub fn from_environment() -> Result<Self> {
        match std::env::var(BACKEND_VARIABLE) {
            Ok(name) if !name.is_empty() => name
                .parse()
                .map_err(|_| Error::argument(Argument::BackendVariable, format!("'{name}'"), EXPECTED)),
            _ => Ok(Self::Auto),
        }
    }
}

const EXPECTED: &str =
    "auto, scalar, simd, simd:portable, simd:avx2, simd:avx512, simd:neon, gpu or gpu:<adapter>";

impl FromStr for Backend {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        if let Some(level) = Level::ALL.iter().find(|level| level.name() == name) {
            return Ok(Self::SimdLevel(*level));
        }
        match name {
            "auto" => Ok(Self::Auto),
            "scalar" => Ok(Self::Scalar),
            "simd" => Ok(Self::Simd),
            "gpu" => Ok(Self::Gpu(None)),
            _ => match name.strip_prefix("gpu:") {
                Some(adapter) if !adapter.is_empty() => Ok(Self::Gpu(Some(adapter.into()))),
                _ => Err(Error::argument(Argument::Backend, format!("'{name}'"), EXPECTED)),
            },
        }
    }
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Scalar => f.write_str("scalar"),
            Self::Simd => f.write_str("simd"),
            Self::SimdLevel(level) => f.write_str(level.name()),
            Self::Gpu(None) => f.write_str("gpu"),
            Self::Gpu(Some(adapter)) => write!(f, "gpu:{adapter}"),
        }
    }
}

/// One backend that can be asked for, and whether it can run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackendInfo {
    /// The name to ask for it by.
    pub name: String,
    /// `scalar`, `simd` or `gpu`.
    pub kind: &'static str,
    /// What it runs on.
    pub device: String,
    /// This build has code for it.
    pub compiled: bool,
    /// This machine has what it needs.
    pub detected: bool,
    /// Both: an engine can be made of it.
    pub available: bool,
    /// Why it is not available, or what stands behind the name; never empty.
    pub reason: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_names_are_refused() {
        for name in ["", "Auto", "simd:", "simd:sse9", "gpu:", "cuda"] {
            let message = name.parse::<Backend>().unwrap_err().to_string();
            assert!(message.starts_with(&format!("backend: got '{name}'")), "{message}");
        }
    }

    #[test]
    fn the_best_level_is_available() {
        assert!(Level::best().lanes().is_some());
    }
}
