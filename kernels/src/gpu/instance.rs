//! The connection to the drivers of this machine. Nothing is ever shown, so no window system is asked for.
#![allow(unsafe_code)]

use wgpu::{Backends, Instance, InstanceDescriptor};

/// The interfaces that kernels run on.
pub(super) const INTERFACES: Backends = Backends::VULKAN.union(Backends::METAL).union(Backends::DX12);

/// The connection. Loads drivers.
pub(super) fn instance() -> Instance {
    #[cfg(all(unix, not(target_vendor = "apple")))]
    if let Some(instance) = without_wayland() {
        return instance;
    }
    let usual = InstanceDescriptor::new_without_display_handle();
    Instance::new(InstanceDescriptor { backends: INTERFACES, ..usual })
}

/// Vulkan without Wayland. Told of Wayland, Mesa looks for its server whenever adapters are listed, and where there is
/// none says so on standard error of programs that never wanted a window.
///
/// `None` if no Vulkan answers.
#[cfg(all(unix, not(target_vendor = "apple")))]
fn without_wayland() -> Option<Instance> {
    use wgpu::hal::{InstanceDescriptor as Descriptor, api::Vulkan, vulkan};

    let usual = InstanceDescriptor::new_without_display_handle();
    let descriptor = Descriptor {
        name: "lvs",
        flags: usual.flags,
        memory_budget_thresholds: usual.memory_budget_thresholds,
        backend_options: usual.backend_options,
        telemetry: None,
        display: None,
    };
    let leave_out = |asked: vulkan::CreateInstanceCallbackArgs<'_, '_, '_>| {
        asked.extensions.retain(|name| *name != c"VK_KHR_wayland_surface");
    };
    // SAFETY: nothing is added, and no other extension depends on the one left out. wgpu-hal looks for it in one place,
    // where it makes a Wayland surface: it asks there whether it is enabled, and nobody here makes one.
    let raw = unsafe { vulkan::Instance::init_with_callback(&descriptor, Some(Box::new(leave_out))) };
    // SAFETY: it was just made, and nothing else holds it.
    raw.ok().map(|raw| unsafe { Instance::from_hal::<Vulkan>(raw) })
}
