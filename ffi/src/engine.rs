//! Engines: a backend and its threads.

use std::ffi::{CString, c_char};

use lvs_kernels::{Backend, Engine, Task};

use crate::error::{Failure, Result};
use crate::guard::guard;
use crate::handle::{c_string, create, destroy, shared, store, text};
use crate::status::lvs_status;

/// The most threads that an engine may have.
pub const LVS_THREADS_MAX: usize = 1024;

/// For lvs_engine_for_work: the cycles of a swarm; terms are the cells times the neighbours of all rows.
pub const LVS_TASK_SWARM: u32 = 0;

/// For lvs_engine_for_work: pairwise residuals; terms are the cells of all pairs of rows.
pub const LVS_TASK_PAIRWISE: u32 = 1;

// cbindgen takes only plain numbers; the kernels decide.
const _: () = assert!(LVS_THREADS_MAX == lvs_kernels::THREADS_MAX);

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
/// LVS_STATUS_UNAVAILABLE if the backend cannot run here; nothing falls back in silence. An engine made for "auto" takes
/// a GPU for swarms and pairwise residuals of a size at which it won when both were timed, once per machine.
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

/// Makes an engine of what `engine` takes for so much work of a kind: for one made for "auto" perhaps a GPU, for others
/// the same. Its lvs_engine_choice says why. Large work may load drivers and time them.
///
/// `task` is LVS_TASK_SWARM or LVS_TASK_PAIRWISE, `terms` the amount. `out` receives the engine, to be freed with
/// lvs_engine_destroy; the two may be freed in any order.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvs_engine_for_work(
    engine: *const lvs_engine,
    task: u32,
    terms: u64,
    out: *mut *mut lvs_engine,
) -> lvs_status {
    let make = || {
        let task = match task {
            LVS_TASK_SWARM => Task::Swarm,
            LVS_TASK_PAIRWISE => Task::Pairwise,
            other => return Err(Failure::argument("task", other, "LVS_TASK_SWARM or LVS_TASK_PAIRWISE")),
        };
        // SAFETY: lvs.h asks the caller for a live handle.
        let engine = unsafe { shared("engine", engine) }?;
        Ok(lvs_engine::from(engine.engine.for_work(task, terms)))
    };
    // SAFETY: lvs.h asks the caller for a place of this type.
    guard(|| unsafe { create(out, make) })
}

/// Frees an engine; NULL is ignored. Swarms made with it go on. Its threads have ended when the last of these is freed.
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
        let threads = if threads == 0 { None } else { Some(threads) };
        Ok(Engine::with_threads(backend, threads)?.into())
    }
}

impl From<Engine> for lvs_engine {
    fn from(engine: Engine) -> Self {
        let backend = c_string(&engine.backend().to_string());
        let choice = c_string(engine.choice());
        Self { engine, backend, choice }
    }
}
