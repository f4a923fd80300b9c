//! The GPU: one open device, its shaders, and memory on it.
//!
//! Kernels are in the `gpu.rs` beside their other forms (`drift/gpu.rs`, ...), their shaders in `shaders/`; what several
//! of them share is here. Errors of the device, and its loss, are caught and given back as [`Error::Device`]; a wait for it is bounded.

mod adapters;
mod fault;
mod instance;
mod memory;
mod pipelines;
mod rows;
mod shader;
mod tiles;
mod time;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use wgpu::{
    Adapter, AdapterInfo, CommandEncoder, DeviceDescriptor, Features, Limits, PollType, SubmissionIndex,
};

pub use adapters::ADAPTER_VARIABLE;
use adapters::describe;
pub(crate) use adapters::list;
use fault::Fault;
pub(crate) use memory::{Contents, Read};
pub(crate) use pipelines::{Binding, Pass};
pub(crate) use rows::{CycleConstants, ListedRow, ROUND_BY_ROW, ROUND_DOWN, ROUND_UP, Shape};
pub(crate) use shader::{FUSED_NEIGHBOURS, Shader};
pub(crate) use tiles::{TURNS, groups, lane_bits, single_cells, tiles_of};
pub(crate) use time::Stopwatch;

use crate::error::{Error, Result};

/// After so long without an answer a device counts as lost. One submission is at most some seconds of work.
const PATIENCE: Duration = Duration::from_secs(180);

/// The most bytes of a buffer: shaders count entries with 32 bits, and 2 GiB is what most drivers take.
const INDEXED_BYTES: u64 = (1 << 31) - 4_096;

/// Cells times neighbours, or pairs, of a dispatch: well below a second on a slow device, as systems end what takes two.
const LOAD_AT_ONCE: usize = 1 << 30;

/// An open device.
#[derive(Debug)]
pub(crate) struct Gpu {
    device: wgpu::Device,
    queue: wgpu::Queue,
    info: AdapterInfo,
    limits: Limits,
    /// The most bytes of one buffer that a shader sees.
    binding_bytes: u64,
    /// The most work of one dispatch, in cells times neighbours.
    pub load_at_once: usize,
    fault: Fault,
    pipelines: pipelines::Cache,
    staging: memory::Staging,
    /// The last submission, which the next one but one waits for.
    last: Mutex<Option<SubmissionIndex>>,
}

impl Gpu {
    /// Opens the adapter whose name holds `part`, or the best real one.
    pub(crate) fn open(part: Option<&str>) -> Result<Arc<Self>> {
        Self::open_limited(part, u64::MAX, LOAD_AT_ONCE)
    }

    /// Opens the best real adapter, whatever `LVS_ADAPTER` says.
    pub(crate) fn open_best() -> std::result::Result<Arc<Self>, String> {
        let adapter = adapters::choose_real()?;
        Self::with(adapter, u64::MAX, LOAD_AT_ONCE)
    }

    /// The same, with buffers of at most so many bytes in a shader and so much work at once: tests force tiles with it.
    pub(crate) fn open_limited(
        part: Option<&str>,
        binding_bytes: u64,
        load_at_once: usize,
    ) -> Result<Arc<Self>> {
        let unavailable = |reason| Error::Unavailable { name: name_of(part), reason };
        let adapter = adapters::choose(part).map_err(unavailable)?;
        Self::with(adapter, binding_bytes, load_at_once).map_err(unavailable)
    }

    fn with(
        adapter: Adapter,
        binding_bytes: u64,
        load_at_once: usize,
    ) -> std::result::Result<Arc<Self>, String> {
        let info = adapter.get_info();
        let limits = adapter.limits();
        let descriptor = DeviceDescriptor {
            label: Some("lvs"),
            // Taken where it is there, but never asked of a device that lacks it.
            required_features: adapter.features() & Features::TIMESTAMP_QUERY,
            // All that the adapter has: the default is what the weakest phone has.
            required_limits: limits.clone(),
            ..Default::default()
        };
        let opened = pollster::block_on(adapter.request_device(&descriptor));
        let (device, queue) = opened.map_err(|error| format!("{}: {error}", info.name))?;
        let binding_bytes = binding_bytes
            .min(limits.max_storage_buffer_binding_size)
            .min(limits.max_buffer_size)
            .min(INDEXED_BYTES);
        let fault = Fault::watch(&device);
        Ok(Arc::new(Self {
            device,
            queue,
            info,
            limits,
            binding_bytes,
            load_at_once,
            fault,
            pipelines: Default::default(),
            staging: Default::default(),
            last: Default::default(),
        }))
    }

    /// The adapter's name.
    pub(crate) fn name(&self) -> &str {
        &self.info.name
    }

    /// Device, driver and interface, for people to read.
    pub(crate) fn description(&self) -> String {
        describe(&self.info)
    }

    /// Whether the adapter only imitates a GPU.
    #[cfg(test)]
    pub(crate) fn is_software(&self) -> bool {
        adapters::is_software(&self.info)
    }

    /// The most entries of `bytes` bytes that a shader sees in one buffer.
    pub(crate) fn entries_of(&self, bytes: u64) -> usize {
        usize::try_from(self.binding_bytes / bytes).unwrap_or(usize::MAX)
    }

    /// Workgroups along x and y that are at least `groups`, and few more.
    pub(crate) fn grid(&self, groups: usize) -> Result<(u32, u32)> {
        let most = self.limits.max_compute_workgroups_per_dimension as usize;
        let y = groups.div_ceil(most).max(1);
        let x = groups.div_ceil(y).max(1);
        if y > most {
            return Err(self.too_large(format!("{groups} workgroups"), format!("{most} x {most}")));
        }
        Ok((x as u32, y as u32))
    }

    pub(crate) fn encoder(&self) -> CommandEncoder {
        self.device.create_command_encoder(&Default::default())
    }

    /// Hands work to the device, and waits until only this and the one before are under way.
    pub(crate) fn submit(&self, encoder: CommandEncoder) -> Result<()> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        // One submission computes while the next is prepared; more would only fill the driver's memory.
        let before = last.replace(self.guarded(|| self.queue.submit([encoder.finish()]))?);
        self.check()?;
        match before {
            Some(index) => {
                self.poll(PollType::Wait { submission_index: Some(index), timeout: Some(PATIENCE) })
            }
            None => Ok(()),
        }
    }

    /// Waits until all that was submitted is done.
    pub(crate) fn wait(&self) -> Result<()> {
        self.poll(PollType::Wait { submission_index: None, timeout: Some(PATIENCE) })?;
        self.check()
    }

    fn poll(&self, how: PollType) -> Result<()> {
        let polled = self.guarded(|| self.device.poll(how))?;
        polled.map(drop).map_err(|error| self.error(error.to_string()))
    }

    /// Whether passes can be timed. Metal can, but gives only 32 sets of times to a whole process and loses the device
    /// over the next.
    pub(crate) fn tells_time(&self) -> bool {
        self.info.backend != wgpu::Backend::Metal
            && self.device.features().contains(Features::TIMESTAMP_QUERY)
    }

    /// Ends the device as if it had been pulled out.
    #[cfg(test)]
    pub(crate) fn lose(&self) {
        self.device.destroy();
    }
}

fn name_of(part: Option<&str>) -> String {
    part.map_or("gpu".into(), |part| format!("gpu:{part}"))
}

#[cfg(test)]
mod tests;
