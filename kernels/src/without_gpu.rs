//! The kernels' calls on a GPU in a build that has none. No such GPU exists, so none of them is ever reached.

use std::sync::Arc;

use crate::cancel::GoOn;
use crate::drift::{DriftInput, DriftOutput, DriftSummary};
use crate::error::Result;
use crate::gpu::Gpu;
use crate::pool::{PoolInput, PoolOutput};
use crate::reputation::{Convergence, Incoming, Iteration, Pretrust};
use crate::rows::Rows;
use crate::state::{Rules, State};

impl Gpu {
    pub(crate) fn drift_row(
        self: &Arc<Self>,
        _: &DriftInput<'_>,
        _: &mut DriftOutput<'_>,
    ) -> Result<DriftSummary> {
        match **self {}
    }

    pub(crate) fn drift_pool(
        self: &Arc<Self>,
        _: &PoolInput<'_>,
        _: &mut PoolOutput<'_>,
    ) -> Result<DriftSummary> {
        match **self {}
    }

    pub(crate) fn pairwise_residuals(&self, _: &Rows<'_>, _: &mut [u64], _: &mut GoOn<'_>) -> Result<()> {
        match *self {}
    }

    pub(crate) fn update_trust(&self, _: &mut [u16], _: &[u64], _: u64) -> Result<()> {
        match *self {}
    }

    pub(crate) fn iterate(
        &self,
        _: &Incoming,
        _: &Pretrust,
        _: Iteration,
        _: &mut [u64],
        _: &mut GoOn<'_>,
    ) -> Result<Convergence> {
        match *self {}
    }

    pub(crate) fn swarm(
        self: &Arc<Self>,
        _: &Rules,
        _: &[i64],
        _: usize,
        _: &[u16],
    ) -> Result<Box<dyn State>> {
        match **self {}
    }
}
