//! What there is to run on.

use std::ffi::{CString, c_char};

use lvs_kernels::{BackendInfo, backends};

use crate::error::Failure;
use crate::guard::guard;
use crate::handle::{c_string, create, destroy, shared, store};
use crate::status::lvs_status;

/// A list of backends; see lvs_backends_create.
pub struct lvs_backends {
    entries: Vec<Entry>,
}

/// A backend with its strings as C wants them.
struct Entry {
    name: CString,
    kind: CString,
    device: CString,
    reason: CString,
    info: BackendInfo,
}

/// One backend that can be asked for. The strings are NUL-terminated UTF-8, never NULL, and live as long as the list
/// they came from.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct lvs_backend_info {
    /// The name that lvs_engine_create takes.
    pub name: *const c_char,
    /// "scalar", "simd" or "gpu".
    pub kind: *const c_char,
    /// What it runs on.
    pub device: *const c_char,
    /// Why it is not available, or what stands behind the name; never empty.
    pub reason: *const c_char,
    /// 1: this build has code for it.
    pub compiled: u8,
    /// 1: this machine has what it needs.
    pub detected: u8,
    /// 1: both, so that an engine can be made of it.
    pub available: u8,
    /// 0; room for later versions.
    pub reserved: [u64; 4],
}

/// Lists every backend that can be asked for by name, available or not; where there is GPU support this looks for
/// adapters and loads their drivers.
///
/// `out` receives the list, to be freed with lvs_backends_destroy.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvs_backends_create(out: *mut *mut lvs_backends) -> lvs_status {
    let list = || Ok(lvs_backends { entries: backends().into_iter().map(Entry::new).collect() });
    // SAFETY: lvs.h asks the caller for a place of this type.
    guard(|| unsafe { create(out, list) })
}

/// Frees a list and the strings that came from it; NULL is ignored.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvs_backends_destroy(backends: *mut lvs_backends) -> lvs_status {
    // SAFETY: lvs.h asks the caller for a handle that nobody uses any more.
    guard(|| unsafe { destroy("backends", backends) })
}

/// Writes the number of backends in a list to `out`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvs_backends_count(backends: *const lvs_backends, out: *mut usize) -> lvs_status {
    // SAFETY: lvs.h asks the caller for a live handle and a place of this type.
    guard(|| unsafe { store("out", out, shared("backends", backends)?.entries.len()) })
}

/// Writes backend `index` (below the count) of a list to `out`; its strings stay the list's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvs_backends_get(
    backends: *const lvs_backends,
    index: usize,
    out: *mut lvs_backend_info,
) -> lvs_status {
    guard(|| {
        // SAFETY: lvs.h asks the caller for a live handle.
        let entries = &unsafe { shared("backends", backends) }?.entries;
        let below = || Failure::argument("index", index, format!("below {}", entries.len()));
        let entry = entries.get(index).ok_or_else(below)?;
        // SAFETY: lvs.h asks the caller for a place of this type.
        unsafe { store("out", out, entry.as_c()) }
    })
}

impl Entry {
    fn new(info: BackendInfo) -> Self {
        Self {
            name: c_string(&info.name),
            kind: c_string(info.kind),
            device: c_string(&info.device),
            reason: c_string(&info.reason),
            info,
        }
    }

    fn as_c(&self) -> lvs_backend_info {
        lvs_backend_info {
            name: self.name.as_ptr(),
            kind: self.kind.as_ptr(),
            device: self.device.as_ptr(),
            reason: self.reason.as_ptr(),
            compiled: self.info.compiled.into(),
            detected: self.info.detected.into(),
            available: self.info.available.into(),
            reserved: [0; 4],
        }
    }
}
