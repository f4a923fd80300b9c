//! The time that passes take on the device, by timestamp queries where the adapter has them.

use wgpu::{
    Buffer, BufferDescriptor, BufferUsages, ComputePassTimestampWrites, QuerySet, QuerySetDescriptor,
    QueryType,
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
    /// Passes that were timed and not read yet.
    passes: u32,
    /// Ticks of those that were.
    ticks: u64,
}

impl Stopwatch {
    /// One for this device, if it can tell the time.
    pub(crate) fn new(gpu: &Gpu) -> Option<Self> {
        if !gpu.tells_time() {
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
        Some(Self { queries, resolved, tick, passes: 0, ticks: 0 })
    }

    /// Starts again at nothing.
    pub(crate) fn reset(&mut self) {
        self.passes = 0;
        self.ticks = 0;
    }

    /// Makes room for a pass, which waits for those before if there is none.
    pub(crate) fn make_room(&mut self, gpu: &Gpu) -> Result<()> {
        // A query set holds a limited number of times.
        if self.passes == PASSES {
            self.ticks += self.unread(gpu)?;
            self.passes = 0;
        }
        Ok(())
    }

    /// What a pass needs to take its time; there must be room.
    pub(crate) fn next(&mut self) -> ComputePassTimestampWrites<'_> {
        let number = self.passes;
        self.passes += 1;
        ComputePassTimestampWrites {
            query_set: &self.queries,
            beginning_of_pass_write_index: Some(2 * number),
            end_of_pass_write_index: Some(2 * number + 1),
        }
    }

    /// Seconds inside the passes since the last reset.
    pub(crate) fn seconds(&self, gpu: &Gpu) -> Result<f64> {
        Ok((self.ticks + self.unread(gpu)?) as f64 * self.tick * 1e-9)
    }

    fn unread(&self, gpu: &Gpu) -> Result<u64> {
        if self.passes == 0 {
            return Ok(0);
        }
        let mut encoder = gpu.encoder();
        // What has not been resolved cannot be copied.
        encoder.resolve_query_set(&self.queries, 0..2 * self.passes, &self.resolved, 0);
        gpu.submit(encoder)?;
        let mut ticks = vec![0_u64; 2 * self.passes as usize];
        gpu.read(vec![Read::new(&self.resolved, 0, &mut ticks)])?;
        Ok(ticks.chunks(2).map(|pair| pair[1].saturating_sub(pair[0])).sum())
    }
}
