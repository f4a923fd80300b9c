//! The swarm that is timed: its state stays on the device.

use std::error::Error;
use std::time::Instant;

use lvs_kernels::{Engine, Swarm, SwarmOptions};
use serde_json::{Value, json};

use crate::case::Case;
use crate::name_of;

/// Cycles that are compared before anything is timed, one of either parity.
const CHECKED_CYCLES: u64 = 2;

/// A swarm on the GPU.
pub struct Contender(Swarm);

impl Contender {
    /// The swarm, after its first cycles gave the same as the scalar backend's.
    pub fn checked(
        engine: &Engine,
        scalar: &Engine,
        case: &Case,
        trim: bool,
    ) -> Result<Self, Box<dyn Error>> {
        let (mut swarm, mut oracle) = (swarm(engine, case, trim)?, swarm(scalar, case, trim)?);
        swarm.step(CHECKED_CYCLES)?;
        oracle.step(CHECKED_CYCLES)?;
        if swarm.values()? != oracle.values()? || swarm.stats()? != oracle.stats()? {
            let kind = name_of(trim);
            return Err(format!("{kind}: the swarm on the GPU differs from the scalar backend's").into());
        }
        Ok(Self(swarm))
    }

    /// Runs some cycles: seconds of one by the device's clock, if it tells, and by this machine's.
    pub fn run(&mut self, cycles: u64) -> lvs_kernels::Result<Value> {
        let start = Instant::now();
        self.0.step(cycles)?;
        // Reading anything waits for the device.
        self.0.stats()?;
        let wall = start.elapsed().as_secs_f64() / cycles as f64;
        let device = self.0.device_seconds()?.map(|seconds| seconds / cycles as f64);
        Ok(json!({ "device": device, "wall": wall }))
    }
}

fn swarm(engine: &Engine, case: &Case, trim: bool) -> lvs_kernels::Result<Swarm> {
    let options = SwarmOptions {
        trust: Some(case.trust.clone()),
        learn_trust: false,
        frozen: Some(case.frozen.clone()),
        trim,
        ..Default::default()
    };
    Swarm::new(engine.clone(), case.graph.clone(), &case.values, case.cells, options)
}
