//! What becomes of a device that fails: everything asked of it afterwards is an [`Error::Device`].

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use super::Gpu;
use crate::error::{Error, Result};

/// What a device reported first, if it did: it is of no more use then.
#[derive(Clone, Debug, Default)]
pub(super) struct Fault(Arc<Mutex<Option<String>>>);

impl Fault {
    /// Takes down what a device reports instead of ending the program.
    pub(super) fn watch(device: &wgpu::Device) -> Self {
        let fault = Self::default();
        let lost = fault.clone();
        let failed = fault.clone();
        device.set_device_lost_callback(move |reason, message| {
            lost.note(format!("was lost ({reason:?}): {message}"));
        });
        device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| failed.note(error.to_string())));
        fault
    }

    fn note(&self, message: String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(message);
    }
}

impl Gpu {
    /// Whether the device is still of use.
    pub(crate) fn check(&self) -> Result<()> {
        match &*self.fault.0.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(reason) => Err(self.error(reason.clone())),
            None => Ok(()),
        }
    }

    /// Does what wgpu answers with a panic when a driver says half-way that its device is gone.
    pub(super) fn guarded<T>(&self, work: impl FnOnce() -> T) -> Result<T> {
        // What a panic may leave half done is the device's, and that is not used any more.
        catch_unwind(AssertUnwindSafe(work)).map_err(|panic| {
            self.fault.note(format!("failed: {}", message_of(&*panic)));
            self.check().expect_err("it was just noted")
        })
    }

    pub(super) fn error(&self, reason: String) -> Error {
        Error::Device { device: self.name().into(), reason }
    }

    /// Something does not fit this device.
    pub(crate) fn too_large(&self, needed: String, most: String) -> Error {
        self.error(format!("does not fit: needs {needed}, has {most}"))
    }
}

fn message_of(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic without a message")
}
