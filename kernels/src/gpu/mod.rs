//! The GPU: one open device, its shaders, and memory on it.
//!
//! Kernels are in the `gpu.rs` beside their other forms (`drift/gpu.rs`, ...), their shaders in `shaders/`. Errors of the
//! device, and its loss, are caught and given back as [`Error::Device`]; a wait for it is bounded.

mod adapters;
mod memory;
mod pipelines;
mod shader;
mod time;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use wgpu::{
    Adapter, AdapterInfo, CommandEncoder, DeviceDescriptor, Features, Limits, PollType, SubmissionIndex,
};

pub use adapters::ADAPTER_VARIABLE;
use adapters::describe;
pub(crate) use adapters::list;
pub(crate) use memory::{Contents, Read};
pub(crate) use pipelines::{Binding, Pass};
pub(crate) use shader::{FUSED_NEIGHBOURS, Shader};
pub(crate) use time::Stopwatch;

use crate::error::{Error, Result};

/// After so long without an answer a device counts as lost. One submission is at most some seconds of work.
const PATIENCE: Duration = Duration::from_secs(180);

/// The most bytes of a buffer: shaders count entries with 32 bits, and 2 GiB is what most drivers take.
const INDEXED_BYTES: u64 = (1 << 31) - 4_096;

/// An open device.
#[derive(Debug)]
pub(crate) struct Gpu {
    device: wgpu::Device,
    queue: wgpu::Queue,
    info: AdapterInfo,
    limits: Limits,
    /// The most bytes of one buffer that a shader sees.
    binding_bytes: u64,
    /// What the device reported: it is of no more use.
    fault: Arc<Mutex<Option<String>>>,
    pipelines: pipelines::Cache,
    staging: memory::Staging,
    /// The last submission, which the next one but one waits for.
    last: Mutex<Option<SubmissionIndex>>,
}

impl Gpu {
    /// Opens the adapter whose name holds `part`, or the best real one.
    pub(crate) fn open(part: Option<&str>) -> Result<Arc<Self>> {
        Self::open_limited(part, u64::MAX)
    }

    /// Opens the best real adapter, whatever `LVS_ADAPTER` says.
    pub(crate) fn open_best() -> std::result::Result<Arc<Self>, String> {
        let adapter = adapters::choose_real()?;
        Self::with(adapter, u64::MAX)
    }

    /// The same, with buffers of at most so many bytes in a shader: tests force tiles with it.
    pub(crate) fn open_limited(part: Option<&str>, binding_bytes: u64) -> Result<Arc<Self>> {
        let unavailable = |reason| Error::Unavailable { name: name_of(part), reason };
        let adapter = adapters::choose(part).map_err(unavailable)?;
        Self::with(adapter, binding_bytes).map_err(unavailable)
    }

    fn with(adapter: Adapter, binding_bytes: u64) -> std::result::Result<Arc<Self>, String> {
        let (info, limits) = (adapter.get_info(), adapter.limits());
        let descriptor = DeviceDescriptor {
            label: Some("lvs"),
            required_features: adapter.features() & Features::TIMESTAMP_QUERY,
            required_limits: limits.clone(),
            ..Default::default()
        };
        let opened = pollster::block_on(adapter.request_device(&descriptor));
        let (device, queue) = opened.map_err(|error| format!("{}: {error}", info.name))?;
        let binding_bytes = binding_bytes
            .min(limits.max_storage_buffer_binding_size)
            .min(limits.max_buffer_size)
            .min(INDEXED_BYTES);
        let fault = watch(&device);
        let (pipelines, staging, last) = Default::default();
        Ok(Arc::new(Self { device, queue, info, limits, binding_bytes, fault, pipelines, staging, last }))
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

    /// Workgroups along x and y that are at least `groups`, in as few columns as the device takes.
    pub(crate) fn grid(&self, groups: usize) -> Result<(u32, u32)> {
        let most = self.limits.max_compute_workgroups_per_dimension as usize;
        let x = groups.clamp(1, most);
        let y = groups.div_ceil(x);
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
        let before = last.replace(self.queue.submit([encoder.finish()]));
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
        self.device.poll(how).map_err(|error| self.fault(error.to_string()))?;
        Ok(())
    }

    /// Whether the device is still of use.
    pub(crate) fn check(&self) -> Result<()> {
        match &*self.fault.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(fault) => Err(self.fault(fault.clone())),
            None => Ok(()),
        }
    }

    fn fault(&self, reason: String) -> Error {
        Error::Device { device: self.name().into(), reason }
    }

    /// Something does not fit this device.
    pub(crate) fn too_large(&self, needed: String, most: String) -> Error {
        self.fault(format!("does not fit: needs {needed}, has {most}"))
    }

    /// Whether passes can be timed.
    #[cfg(test)]
    pub(crate) fn tells_time(&self) -> bool {
        self.device.features().contains(Features::TIMESTAMP_QUERY)
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

/// Takes down what a device reports instead of ending the program.
fn watch(device: &wgpu::Device) -> Arc<Mutex<Option<String>>> {
    let fault = Arc::new(Mutex::new(None));
    let note = |fault: &Mutex<Option<String>>, message: String| {
        fault.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(message);
    };
    let (lost, failed) = (fault.clone(), fault.clone());
    device.set_device_lost_callback(move |reason, message| {
        note(&lost, format!("was lost ({reason:?}): {message}"));
    });
    device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| note(&failed, error.to_string())));
    fault
}

#[cfg(test)]
mod tests;
