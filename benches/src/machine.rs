//! The machine that figures come from.

use std::fs::read_to_string;

use lvs_kernels::Level;
use serde::Serialize;

/// What a reader needs to judge a figure by.
#[derive(Clone, Debug, Serialize)]
pub struct Machine {
    /// The processor's name.
    pub processor: String,
    /// Its architecture.
    pub architecture: &'static str,
    /// Logical processors that may be used.
    pub processors: usize,
    /// The best vector level.
    pub level: &'static str,
    /// The system's setting for transparent huge pages.
    pub huge_pages: String,
    /// Whether this is a build with optimisations.
    pub optimised: bool,
}

impl Machine {
    /// This machine.
    pub fn here() -> Self {
        Self {
            processor: processor().unwrap_or_else(|| "unknown".into()),
            architecture: std::env::consts::ARCH,
            processors: std::thread::available_parallelism().map_or(1, |n| n.get()),
            level: Level::best().name(),
            huge_pages: huge_pages().unwrap_or_else(|| "unknown".into()),
            optimised: !cfg!(debug_assertions),
        }
    }

    /// The machine in one line.
    pub fn line(&self) -> String {
        let Self { processor, architecture, processors, level, huge_pages, optimised } = self;
        let build = if *optimised { "" } else { "; NOT an optimised build" };
        format!(
            "{processor} ({architecture}), {processors} processors, best level {level}, huge pages: {huge_pages}{build}"
        )
    }
}

fn processor() -> Option<String> {
    let text = read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().into())
}

fn huge_pages() -> Option<String> {
    let text = read_to_string("/sys/kernel/mm/transparent_hugepage/enabled").ok()?;
    Some(text.split_once('[')?.1.split_once(']')?.0.into())
}
