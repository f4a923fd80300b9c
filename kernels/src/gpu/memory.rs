//! Memory on the device: making it, filling it, and reading it through one staging buffer.

use std::sync::{Mutex, PoisonError};

use bytemuck::{AnyBitPattern, NoUninit};
use wgpu::{Buffer, BufferDescriptor, BufferUsages, ErrorFilter, MapMode};

use super::Gpu;
use crate::error::Result;

/// The buffer that all reading goes through, kept as large as was ever needed, up to a limit.
pub(super) type Staging = Mutex<Option<Buffer>>;

/// Bytes that are written at once.
const UPLOAD_BYTES: usize = 64 << 20;

/// Bytes that are read at once.
const STAGING_BYTES: usize = 256 << 20;

/// What a buffer is for, and what is in it at first.
pub(crate) enum Contents<'a, T> {
    /// Constants of a shader.
    Uniform(&'a [T]),
    /// These entries.
    Of(&'a [T]),
    /// So many entries of zeros.
    Zeros(usize),
}

/// A part of a buffer to be read.
pub(crate) struct Read<'a> {
    buffer: &'a Buffer,
    /// The first byte.
    start: u64,
    out: &'a mut [u8],
}

impl<'a> Read<'a> {
    /// Entries from `first` on, as many as `out` takes, of 4 bytes or a multiple.
    pub(crate) fn new<T: NoUninit + AnyBitPattern>(
        buffer: &'a Buffer,
        first: usize,
        out: &'a mut [T],
    ) -> Self {
        Self { buffer, start: (first * size_of::<T>()) as u64, out: bytemuck::cast_slice_mut(out) }
    }
}

impl Gpu {
    /// Makes a buffer.
    ///
    /// # Errors
    /// If the device has no room for it; how much was needed is said.
    pub(crate) fn buffer<T: NoUninit>(&self, label: &str, contents: Contents<'_, T>) -> Result<Buffer> {
        let usage = BufferUsages::COPY_DST | BufferUsages::COPY_SRC;
        let entry = size_of::<T>() as u64;
        let (usage, filled, size) = match contents {
            Contents::Uniform(data) => (usage | BufferUsages::UNIFORM, Some(data), data.len() as u64 * entry),
            Contents::Of(data) => (usage | BufferUsages::STORAGE, Some(data), data.len() as u64 * entry),
            Contents::Zeros(count) => (usage | BufferUsages::STORAGE, None, count as u64 * entry),
        };
        let most = if usage.contains(BufferUsages::UNIFORM) {
            self.limits.max_buffer_size
        } else {
            self.binding_bytes
        };
        if size > most {
            return Err(self.too_large(format!("{size} bytes of {label}"), format!("{most} in one buffer")));
        }
        // A binding is never empty.
        let buffer = self.allocate(label, size.max(32).next_multiple_of(4), usage)?;
        self.fill(&buffer, bytemuck::cast_slice(filled.unwrap_or_default()))?;
        self.check().map(|()| buffer)
    }

    fn allocate(&self, label: &str, size: u64, usage: BufferUsages) -> Result<Buffer> {
        self.check()?;
        let scope = self.device.push_error_scope(ErrorFilter::OutOfMemory);
        let descriptor = BufferDescriptor { label: Some(label), size, usage, mapped_at_creation: false };
        let buffer = self.guarded(|| self.device.create_buffer(&descriptor))?;
        match pollster::block_on(scope.pop()) {
            Some(error) => {
                Err(self.too_large(format!("{size} bytes of {label}"), format!("no such room ({error})")))
            }
            None => self.check().map(|()| buffer),
        }
    }

    /// Fills a new buffer, of whole words. Large pieces are handed over one by one, as the host keeps a copy of what is
    /// not handed over yet.
    fn fill(&self, buffer: &Buffer, bytes: &[u8]) -> Result<()> {
        for (number, piece) in bytes.chunks(UPLOAD_BYTES).enumerate() {
            self.write(buffer, number * UPLOAD_BYTES, piece)?;
            if piece.len() == UPLOAD_BYTES {
                self.submit(self.encoder())?;
            }
        }
        Ok(())
    }

    /// Overwrites entries of a buffer from `first` on, before whatever is submitted next.
    ///
    /// # Errors
    /// If the device was lost.
    pub(crate) fn write<T: NoUninit>(&self, buffer: &Buffer, first: usize, data: &[T]) -> Result<()> {
        let at = (first * size_of::<T>()) as u64;
        let bytes = bytemuck::cast_slice(data);
        self.guarded(|| self.queue.write_buffer(buffer, at, bytes))
    }

    /// Reads parts of buffers with one wait, or one for each 256 MiB of them.
    pub(crate) fn read(&self, parts: Vec<Read<'_>>) -> Result<()> {
        let mut batch = Vec::new();
        let mut taken = 0;
        for part in parts {
            let mut start = part.start;
            for out in part.out.chunks_mut(STAGING_BYTES) {
                if taken + out.len() > STAGING_BYTES {
                    self.read_batch(std::mem::take(&mut batch), taken)?;
                    taken = 0;
                }
                taken += out.len();
                let next = start + out.len() as u64;
                batch.push(Read { buffer: part.buffer, start, out });
                start = next;
            }
        }
        self.read_batch(batch, taken)
    }

    fn read_batch(&self, batch: Vec<Read<'_>>, bytes: usize) -> Result<()> {
        if bytes == 0 {
            return self.check();
        }
        // Held to the end: two readers would otherwise map one buffer.
        let mut kept = self.staging.lock().unwrap_or_else(PoisonError::into_inner);
        // Taken out, so that a buffer whose mapping failed is not used again.
        let staging = match kept.take().filter(|buffer| buffer.size() >= bytes as u64) {
            Some(buffer) => buffer,
            None => self.staging_buffer(bytes as u64)?,
        };
        let mut encoder = self.encoder();
        let mut at = 0;
        for part in &batch {
            let size = part.out.len() as u64;
            encoder.copy_buffer_to_buffer(part.buffer, part.start, &staging, at, size);
            at += size;
        }
        self.submit(encoder)?;
        let slice = staging.slice(..bytes as u64);
        slice.map_async(MapMode::Read, |_| ());
        self.wait()?;
        let mapped = slice.get_mapped_range().map_err(|error| self.error(error.to_string()))?;
        let mut at = 0;
        for part in batch {
            let size = part.out.len();
            part.out.copy_from_slice(&mapped[at..at + size]);
            at += size;
        }
        drop(mapped);
        staging.unmap();
        *kept = Some(staging);
        Ok(())
    }

    fn staging_buffer(&self, bytes: u64) -> Result<Buffer> {
        let usage = BufferUsages::COPY_DST | BufferUsages::MAP_READ;
        // Rounded up, so that sizes that grow little by little do not make a new one each time.
        self.allocate("staging", bytes.next_power_of_two(), usage)
    }
}
