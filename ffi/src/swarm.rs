//! Swarms: pools that step through cycles by themselves. What is read of them is in [`crate::swarm_read`].

use std::ffi::{CString, c_int, c_void};
use std::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard, TryLockError};

use lvs_kernels::{Graph, Loss, Swarm, SwarmOptions};

use crate::array::{Input, expect_unused, flag, flags};
use crate::engine::lvs_engine;
use crate::error::{Failure, Result, expect_length, expect_matrix};
use crate::graph::lvs_graph;
use crate::guard::guard;
use crate::handle::{c_string, create, destroy, shared, store_if_wanted};
use crate::memory::Need;
use crate::status::lvs_status;

/// N rows of B cells that drift in step: every row reads the values of the cycle before. See lvs_swarm_create.
pub struct lvs_swarm {
    swarm: RwLock<Swarm>,
    /// What it runs on; fixed when it was made.
    pub(crate) backend: CString,
    pub(crate) choice: CString,
}

/// What a swarm starts with besides its graph and values. A zeroed struct holds the defaults.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct lvs_swarm_options {
    /// A trust per edge, Q0.16; NULL for all of it (65,535) everywhere.
    pub trust: *const u16,
    /// E; 0 if `trust` is NULL.
    pub trust_length: usize,
    /// 1 for rows that never move (stubborn or hostile ones), 0 for others; NULL if all move.
    pub frozen: *const u8,
    /// N; 0 if `frozen` is NULL.
    pub frozen_length: usize,
    /// 0: trust is updated after every cycle. 1: it stays as it is.
    pub fixed_trust: u8,
    /// 0: trim a third of the neighbours, by weight and by heads, from either side. 1: plain weighted averaging, which
    /// any neighbour can lead.
    pub plain_average: u8,
    /// How likely a sample is lost on its way, in 65,536ths. A lost sample counts with a difference of 0 and its full
    /// weight, and its trust stays.
    pub loss_share: u16,
    /// Which samples are lost.
    pub loss_seed: u64,
    /// From it, the cycle and its number every row draws whether it rounds up.
    pub seed: u64,
    /// 1: rows leave their anchors only for more than half of their neighbours' weight. 0: they drift freely.
    pub hold: u8,
    /// Must be 0; later versions may take fields from it, whose 0 will mean what is done now.
    pub reserved: [u64; 4],
}

/// A function that is asked whether to go on: it returns 0 to end the call and anything else to go on. It is called on
/// the thread that made the call. lvs_swarm_step_while asks it every few milliseconds between two cycles, and some twenty
/// times a second within a longer one; `done` is the number of cycles done. The other calls that end in _while ask it some
/// twenty times a second, and `done` is 0. It must not throw, unwind or longjmp. If it calls a function on the swarm,
/// lvs_swarm_destroy too, that gives LVS_STATUS_BUSY.
pub type lvs_go_on = Option<unsafe extern "C" fn(done: u64, context: *mut c_void) -> c_int>;

/// Makes a swarm of the rows of `graph`, at cycle 0; the anchors are the values at the start of each window.
///
/// `values` is N x B without gaps (B is `cells`), micro-VU, 0 to 2^62 in rows that are not frozen, any int64_t in
/// those that are; `values_length` is N * B. `options` may be NULL for the defaults. Everything is copied: engine,
/// graph and arrays may be freed. `out` receives the swarm, to be freed with lvs_swarm_destroy.
///
/// LVS_STATUS_DEVICE if it does not fit the engine's device, LVS_STATUS_OUT_OF_MEMORY if it does not fit this machine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvs_swarm_create(
    engine: *const lvs_engine,
    graph: *const lvs_graph,
    values: *const i64,
    values_length: usize,
    cells: usize,
    options: *const lvs_swarm_options,
    out: *mut *mut lvs_swarm,
) -> lvs_status {
    let make = || {
        // SAFETY: lvs.h asks the caller for a live handle.
        let engine = unsafe { shared("engine", engine) }?;
        // SAFETY: lvs.h asks the caller for a live handle.
        let graph = &unsafe { shared("graph", graph) }?.graph;
        let values = Input::new("values", values, values_length)?;
        expect_matrix("values", values.len(), graph.rows(), cells)?;
        expect_memory(graph, cells)?;
        // SAFETY: lvs.h asks the caller for a filled struct or NULL, and for arrays of the lengths in it.
        let options = unsafe { read_options(options, graph) }?;
        // SAFETY: lvs.h asks the caller for an array of this length.
        let values = unsafe { values.slice() };
        let swarm = Swarm::new(engine.engine.clone(), graph.clone(), values, cells, options)?;
        Ok(lvs_swarm::from(swarm))
    };
    // SAFETY: lvs.h asks the caller for a place of this type.
    guard(|| unsafe { create(out, make) })
}

/// Frees a swarm; NULL is ignored. LVS_STATUS_BUSY, and nothing is freed, while a call runs on it: from within its own
/// callback, too.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvs_swarm_destroy(swarm: *mut lvs_swarm) -> lvs_status {
    guard(|| {
        if !swarm.is_null() {
            // SAFETY: lvs.h asks the caller for a live handle.
            let running = unsafe { shared("swarm", swarm) }?.change().err();
            // A callback that frees its own swarm would let the call that runs go on in freed memory.
            if let Some(busy @ Failure::Busy(_)) = running {
                return Err(busy);
            }
        }
        // SAFETY: lvs.h asks the caller for a handle that nobody uses any more.
        unsafe { destroy("swarm", swarm) }
    })
}

/// Runs `cycles` cycles.
///
/// LVS_STATUS_DEVICE if the device was lost; the swarm can then only be destroyed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvs_swarm_step(swarm: *mut lvs_swarm, cycles: u64) -> lvs_status {
    // SAFETY: lvs.h asks the caller for a live handle.
    guard(|| Ok(unsafe { shared("swarm", swarm) }?.change()?.step(cycles)?))
}

/// Runs up to `cycles` cycles, for as long as `go_on` does not return 0; `context` is handed to it as it is. A cycle that
/// it ends counts as not begun, and LVS_STATUS_OK is returned.
///
/// `done` receives the number of cycles run; NULL if not wanted. Errors as for lvs_swarm_step.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvs_swarm_step_while(
    swarm: *mut lvs_swarm,
    cycles: u64,
    go_on: lvs_go_on,
    context: *mut c_void,
    done: *mut u64,
) -> lvs_status {
    guard(|| {
        // SAFETY: lvs.h asks the caller for a live handle.
        let mut swarm = unsafe { shared("swarm", swarm) }?.change()?;
        let go_on = go_on.ok_or(Failure::Null("go_on"))?;
        // SAFETY: lvs.h asks the caller for a function of this type that does not unwind.
        let run = swarm.step_while(cycles, |done| unsafe { go_on(done, context) } != 0)?;
        // SAFETY: lvs.h asks the caller for a place of this type or NULL.
        unsafe { store_if_wanted("done", done, run) }
    })
}

/// Overwrites the values of row `row` (below N), as an attack or a fault would; its anchors stay until the next window.
///
/// `values` is micro-VU, B entries, each 0 to 2^62 unless the row is frozen.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvs_swarm_set_row(
    swarm: *mut lvs_swarm,
    row: usize,
    values: *const i64,
    values_length: usize,
) -> lvs_status {
    guard(|| {
        let values = Input::new("values", values, values_length)?;
        // SAFETY: lvs.h asks the caller for a live handle and an array of this length.
        unsafe { Ok(shared("swarm", swarm)?.change()?.set_row(row, values.slice())?) }
    })
}

/// Overwrites several rows at once; if one is refused, none has changed.
///
/// `rows` holds M row numbers, each below N; one that comes twice keeps the later values. `values` is M x B without
/// gaps, as for lvs_swarm_set_row.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvs_swarm_set_rows(
    swarm: *mut lvs_swarm,
    rows: *const usize,
    rows_length: usize,
    values: *const i64,
    values_length: usize,
) -> lvs_status {
    guard(|| {
        let rows = Input::new("rows", rows, rows_length)?;
        let values = Input::new("values", values, values_length)?;
        // SAFETY: lvs.h asks the caller for a live handle and arrays of these lengths.
        unsafe { Ok(shared("swarm", swarm)?.change()?.set_rows(rows.slice(), values.slice())?) }
    })
}

/// Overwrites the trust along every edge: Q0.16, E entries.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvs_swarm_set_trust(
    swarm: *mut lvs_swarm,
    trust: *const u16,
    trust_length: usize,
) -> lvs_status {
    guard(|| {
        let trust = Input::new("trust", trust, trust_length)?;
        // SAFETY: lvs.h asks the caller for a live handle and an array of this length.
        unsafe { Ok(shared("swarm", swarm)?.change()?.set_trust(trust.slice())?) }
    })
}

impl From<Swarm> for lvs_swarm {
    fn from(swarm: Swarm) -> Self {
        let engine = swarm.engine();
        let backend = c_string(&engine.backend().to_string());
        let choice = c_string(engine.choice());
        Self { swarm: RwLock::new(swarm), backend, choice }
    }
}

impl lvs_swarm {
    /// The swarm to change. Nobody waits, so that a call from within a callback cannot wait for itself.
    fn change(&self) -> Result<RwLockWriteGuard<'_, Swarm>> {
        self.swarm.try_write().map_err(refused)
    }

    /// The swarm to read, with others who read.
    pub(crate) fn read(&self) -> Result<RwLockReadGuard<'_, Swarm>> {
        self.swarm.try_read().map_err(refused)
    }
}

fn refused<T>(why: TryLockError<T>) -> Failure {
    match why {
        TryLockError::WouldBlock => Failure::Busy("swarm"),
        TryLockError::Poisoned(_) => Failure::Broken("swarm"),
    }
}

/// Values, next values and anchors with their padding; graph, trust and marks; a row's extremes; jobs and threads.
fn expect_memory(graph: &Graph, cells: usize) -> Result<()> {
    let padded = graph.rows().saturating_mul(cells.saturating_add(16));
    let need = Need::new("swarm").and(padded, 3 * size_of::<i64>()).and(cells, 32);
    need.and(graph.edges(), 8).and(graph.rows(), 128).expect()
}

/// # Safety
/// If not NULL, `options` must point to a filled struct, and its arrays must be as long as it says.
unsafe fn read_options(options: *const lvs_swarm_options, graph: &Graph) -> Result<SwarmOptions> {
    if options.is_null() {
        return Ok(SwarmOptions::default());
    }
    // SAFETY: the caller's word.
    let options = unsafe { shared("options", options) }?;
    expect_unused(&options.reserved)?;
    let trust = Input::new("trust", options.trust, options.trust_length)?;
    let frozen = Input::new("frozen", options.frozen, options.frozen_length)?;
    if !trust.is_absent() {
        expect_length("trust", trust.len(), graph.edges())?;
    }
    if !frozen.is_absent() {
        expect_length("frozen", frozen.len(), graph.rows())?;
    }
    // SAFETY: the caller's word.
    let trust_of_edges = unsafe { trust.slice() };
    // SAFETY: the caller's word.
    let marks = unsafe { frozen.slice() };
    let loss = Loss { share: options.loss_share, seed: options.loss_seed };
    Ok(SwarmOptions {
        trust: (!trust.is_absent()).then(|| trust_of_edges.to_vec()),
        learn_trust: !flag("fixed_trust", options.fixed_trust)?,
        frozen: if frozen.is_absent() { None } else { Some(flags("frozen", marks)?.to_vec()) },
        hold: flag("hold", options.hold)?,
        seed: options.seed,
        trim: !flag("plain_average", options.plain_average)?,
        loss: (loss.share > 0).then_some(loss),
    })
}
