//! What computes: this machine's processor, or a device.

use std::sync::Arc;

use crate::cancel::GoOn;
use crate::error::Result;
use crate::gpu::Gpu;
use crate::pairwise;
use crate::processor::Processor;
use crate::rows::Rows;
use crate::threads::Threads;

/// Where kernels run.
#[derive(Clone, Debug)]
pub(crate) enum Compute {
    /// On this machine's processor.
    Host(Processor),
    /// On a device.
    Gpu(Arc<Gpu>),
}

impl Compute {
    /// The N × N residuals in `out`, whose length was checked.
    pub(crate) fn pairwise_residuals(
        &self,
        threads: &Threads,
        values: &Rows<'_>,
        out: &mut [u64],
        go_on: &mut GoOn<'_>,
    ) -> Result<()> {
        if out.is_empty() {
            return Ok(());
        }
        match self {
            Self::Host(processor) => pairwise_on(*processor, threads, values, out, go_on),
            Self::Gpu(gpu) => gpu.pairwise_residuals(values, out, go_on),
        }
    }
}

fn pairwise_on(
    processor: Processor,
    threads: &Threads,
    values: &Rows<'_>,
    out: &mut [u64],
    go_on: &mut GoOn<'_>,
) -> Result<()> {
    let rows = values.rows();
    match processor {
        Processor::Scalar => threads.for_each_chunk(out, rows, go_on, |first, row, stop| {
            pairwise::scalar::row(values, first / rows, row, stop)
        })?,
        Processor::Simd(level) => pairwise::near::upper_triangle(level, threads, values, out, go_on)?,
    }
    pairwise::mirror(out, rows, go_on)
}
