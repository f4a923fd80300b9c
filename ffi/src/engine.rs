//! Engines: a backend and its threads.

use std::ffi::{CString, c_char};

use lvs_kernels::{Backend, Engine};

use crate::error::{Failure, Result};
use crate::guard::guard;
use crate::handle::{c_string, create, destroy, shared, store, text};
use crate::memory::Need;
use crate::status::lvs_status;

/// The most threads that an engine may have.
pub const LVS_THREADS_MAX: usize = 1024;

/// The stack that a thread is started with, in bytes.
const STACK: usize = 2 << 20;

/// A backend and its threads: what computes. See lvs_engine_create.
pub struct lvs_engine {
    pub(crate) engine: Engine,
    backend: CString,
    choice: CString,
}

/// Makes an engine.
///
/// `backend` is a name from lvs_backends_get (NUL-terminated, UTF-8), or NULL for "auto": what the environment variable
/// LVS_BACKEND names, else the fastest here. `threads` is how many it may use, up to LVS_THREADS_MAX; 0 stands for one
/// per processor. With 1 it starts none and computes on the caller's. `out` receives the engine, to be freed with
/// lvs_engine_destroy.
///
/// LVS_STATUS_UNAVAILABLE if the backend cannot run here; nothing falls back in silence.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvs_engine_create(
    backend: *const c_char,
    threads: usize,
    out: *mut *mut lvs_engine,
) -> lvs_status {
    let make = || {
        // SAFETY: lvs.h asks the caller for a NUL-terminated string or NULL.
        let name = if backend.is_null() { "auto" } else { unsafe { text("backend", backend) }? };
        lvs_engine::new(name, threads)
    };
    // SAFETY: lvs.h asks the caller for a place of this type.
    guard(|| unsafe { create(out, make) })
}

/// Frees an engine; NULL is ignored. Swarms made with it go on.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvs_engine_destroy(engine: *mut lvs_engine) -> lvs_status {
    // SAFETY: lvs.h asks the caller for a handle that nobody uses any more.
    guard(|| unsafe { destroy("engine", engine) })
}

/// Writes the full name of the backend in use to `out`, never "auto" or a bare "simd". The string lives as long as the
/// engine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvs_engine_backend(
    engine: *const lvs_engine,
    out: *mut *const c_char,
) -> lvs_status {
    // SAFETY: lvs.h asks the caller for a live handle and a place of this type.
    guard(|| unsafe { store("out", out, shared("engine", engine)?.backend.as_ptr()) })
}

/// Writes what was picked and why, for people to read, to `out`. The string lives as long as the engine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvs_engine_choice(engine: *const lvs_engine, out: *mut *const c_char) -> lvs_status {
    // SAFETY: lvs.h asks the caller for a live handle and a place of this type.
    guard(|| unsafe { store("out", out, shared("engine", engine)?.choice.as_ptr()) })
}

/// Writes the number of threads in use to `out`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvs_engine_threads(engine: *const lvs_engine, out: *mut usize) -> lvs_status {
    // SAFETY: lvs.h asks the caller for a live handle and a place of this type.
    guard(|| unsafe { store("out", out, shared("engine", engine)?.engine.threads()) })
}

impl lvs_engine {
    fn new(backend: &str, threads: usize) -> Result<Self> {
        let backend: Backend = backend.parse()?;
        let threads = match threads {
            0 => std::thread::available_parallelism().map_or(1, |count| count.get()).min(LVS_THREADS_MAX),
            1..=LVS_THREADS_MAX => threads,
            more => return Err(Failure::argument("threads", more, format!("at most {LVS_THREADS_MAX}"))),
        };
        Need::new("threads").and(threads - 1, STACK).expect()?;
        let engine = Engine::with_threads(backend, Some(threads))?;
        let (backend, choice) = (c_string(&engine.backend().to_string()), c_string(engine.choice()));
        Ok(Self { engine, backend, choice })
    }
}
