//! The time that passes take on the device, by timestamp queries where the adapter has them.

use std::sync::atomic::{AtomicU32, Ordering};

use wgpu::{
    Buffer, BufferDescriptor, BufferUsages, CommandEncoder, ComputePassTimestampWrites, Features, QuerySet,
    QuerySetDescriptor, QueryType,
};

use super::{Gpu, Read};
use crate::error::Result;

/// Passes that can be timed between two readings.
const PASSES: u32 = 1 << 10;

/// Takes the time at the beginning and the end of passes.
#[derive(Debug)]
pub(crate) struct Stopwatch {
    queries: QuerySet,
    resolved: Buffer,
    /// Nanoseconds of one tick.
    tick: f64,
    started: AtomicU32,
}

impl Stopwatch {
    /// One for this device, if it can tell the time.
    pub(crate) fn new(gpu: &Gpu) -> Option<Self> {
        if !gpu.device.features().contains(Features::TIMESTAMP_QUERY) {
            return None;
        }
        let count = 2 * PASSES;
        let queries =
            gpu.device.create_query_set(&QuerySetDescriptor { label: None, ty: QueryType::Timestamp, count });
        let resolved = gpu.device.create_buffer(&BufferDescriptor {
            label: Some("timestamps"),
            size: u64::from(count) * 8,
            usage: BufferUsages::QUERY_RESOLVE | BufferUsages::COPY_SRC,
            mapped_at_creation: false,
        });
        let tick = f64::from(gpu.queue.get_timestamp_period());
        Some(Self { queries, resolved, tick, started: AtomicU32::new(0) })
    }

    /// Starts again at nothing.
    pub(crate) fn reset(&self) {
        self.started.store(0, Ordering::Relaxed);
    }

    /// What a pass needs to take its time, if there is room left.
    pub(crate) fn next(&self) -> Option<ComputePassTimestampWrites<'_>> {
        let number = self.started.fetch_add(1, Ordering::Relaxed);
        (number < PASSES).then_some(ComputePassTimestampWrites {
            query_set: &self.queries,
            beginning_of_pass_write_index: Some(2 * number),
            end_of_pass_write_index: Some(2 * number + 1),
        })
    }

    /// Seconds inside the passes since the last reset; nothing if there were more than can be timed.
    pub(crate) fn seconds(&self, gpu: &Gpu) -> Result<Option<f64>> {
        let passes = self.started.load(Ordering::Relaxed);
        if passes == 0 || passes > PASSES {
            return Ok((passes == 0).then_some(0.0));
        }
        let mut encoder: CommandEncoder = gpu.encoder();
        encoder.resolve_query_set(&self.queries, 0..2 * passes, &self.resolved, 0);
        gpu.submit(encoder)?;
        let mut ticks = vec![0_u64; 2 * passes as usize];
        gpu.read(vec![Read::new(&self.resolved, 0, &mut ticks)])?;
        let spent: u64 = ticks.chunks(2).map(|pair| pair[1].saturating_sub(pair[0])).sum();
        Ok(Some(spent as f64 * self.tick * 1e-9))
    }
}
