//! What computes: this machine's processor, or a device.

use std::sync::Arc;

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
    ) -> Result<()> {
        if out.is_empty() {
            return Ok(());
        }
        match self {
            Self::Host(processor) => {
                pairwise_on(*processor, threads, values, out);
                Ok(())
            }
            Self::Gpu(gpu) => gpu.pairwise_residuals(values, out),
        }
    }
}

fn pairwise_on(processor: Processor, threads: &Threads, values: &Rows<'_>, out: &mut [u64]) {
    let rows = values.rows();
    match processor {
        Processor::Scalar => {
            threads.for_each_chunk(out, rows, |first, row| pairwise::scalar::row(values, first / rows, row));
        }
        Processor::Simd(level) => pairwise::near::upper_triangle(level, threads, values, out),
    }
    pairwise::mirror(out, rows);
}
