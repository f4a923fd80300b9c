//! Reputation: EigenTrust over a trust matrix.

use std::ffi::c_void;

use lvs_kernels::{Convergence, Engine, GoOn, ReputationOptions, TrustMatrix};

use crate::array::{Input, Output, Region, expect_disjoint, expect_unused};
use crate::engine::lvs_engine;
use crate::error::{Failure, Result, expect_length, expect_matrix};
use crate::go_on::{TO_THE_END, asking};
use crate::graph::lvs_graph;
use crate::guard::guard;
use crate::handle::{shared, store, store_if_wanted};
use crate::memory::Need;
use crate::status::lvs_status;
use crate::swarm::lvs_go_on;

/// How reputation is computed; lvs_reputation_defaults fills one. Unlike other structs it must not be zeroed: with
/// damping, tol and max_iter all 0 it is refused.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct lvs_reputation_options {
    /// The part of reputation that always comes from pre-trust, 0 to 1.
    pub damping: f64,
    /// Stop when the L1 change in one iteration is at most this part of the whole, 0 to 1.
    pub tol: f64,
    /// Stop after this many iterations.
    pub max_iter: u32,
    /// Weights of the pre-trusted nodes, at least one above 0; NULL for equal ones.
    pub pretrust: *const u32,
    /// N; 0 if `pretrust` is NULL.
    pub pretrust_length: usize,
    /// Must be 0; later versions may take fields from it, whose 0 will mean what is done now.
    pub reserved: [u64; 4],
}

/// How the iteration ended.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct lvs_convergence {
    /// Iterations done.
    pub iterations: u32,
    /// The L1 change of the last one, Q0.47; UINT64_MAX if there was none.
    pub change: u64,
    /// 1: the change came down to the tolerance. 0: it did not.
    pub converged: u8,
    /// 0; room for later versions.
    pub reserved: [u64; 4],
}

/// Writes the default options to `out`: damping 0.15, tol 1e-9, at most 1,000 iterations, equal pre-trust. (A zeroed
/// struct is no default here, for 0 is a good damping.)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvs_reputation_defaults(out: *mut lvs_reputation_options) -> lvs_status {
    let ReputationOptions { damping, tolerance, max_iterations, .. } = ReputationOptions::default();
    let options = lvs_reputation_options {
        damping,
        tol: tolerance,
        max_iter: max_iterations,
        pretrust: std::ptr::null(),
        pretrust_length: 0,
        reserved: [0; 4],
    };
    // SAFETY: lvs.h asks the caller for a place of this type.
    guard(|| unsafe { store("out", out, options) })
}

/// Computes the reputation of N nodes (EigenTrust) that trust each other along the E edges of `graph`.
///
/// `trust` is Q0.16, E entries. Of a swarm pass what lvs_credit makes of the trust that it learned: that tells liars from
/// honest rows far better than the trust itself. `options` may be NULL for the defaults. `out` receives N reputations,
/// Q0.47, that sum to exactly 2^47 (if N is not 0). `convergence` says how the iteration ended; NULL if not wanted.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvs_reputation(
    engine: *const lvs_engine,
    graph: *const lvs_graph,
    trust: *const u16,
    trust_length: usize,
    options: *const lvs_reputation_options,
    out: *mut u64,
    out_length: usize,
    convergence: *mut lvs_convergence,
) -> lvs_status {
    // SAFETY: lvs.h asks the caller for the same, and the question is one of ours.
    unsafe {
        lvs_reputation_while(
            engine,
            graph,
            trust,
            trust_length,
            options,
            out,
            out_length,
            convergence,
            TO_THE_END,
            std::ptr::null_mut(),
        )
    }
}

/// The same, for as long as `go_on` does not return 0; `context` is handed to it as it is. LVS_STATUS_CANCELLED if it
/// ended the call; what `out` holds then means nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvs_reputation_while(
    engine: *const lvs_engine,
    graph: *const lvs_graph,
    trust: *const u16,
    trust_length: usize,
    options: *const lvs_reputation_options,
    out: *mut u64,
    out_length: usize,
    convergence: *mut lvs_convergence,
    go_on: lvs_go_on,
    context: *mut c_void,
) -> lvs_status {
    let run = |go_on: &mut GoOn<'_>| {
        // SAFETY: lvs.h asks the caller for live handles, arrays of these lengths, a filled struct or NULL, and places.
        let engine = &unsafe { shared("engine", engine) }?.engine;
        // SAFETY: lvs.h asks the caller for live handles, arrays of these lengths, a filled struct or NULL, and places.
        let graph = &unsafe { shared("graph", graph) }?.graph;
        let call = Call { engine, rows: graph.rows(), entries: graph.edges() };
        let trust = Input::new("trust", trust, trust_length)?;
        let out = Output::new("out", out, out_length)?;
        let matrix = |trust| TrustMatrix::Sparse { graph, trust };
        // SAFETY: lvs.h asks the caller for live handles, arrays of these lengths, a filled struct or NULL, and places.
        unsafe { call.run(trust, options, out, convergence, go_on, matrix) }
    };
    // SAFETY: lvs.h asks the caller for a function of this type that does not unwind.
    guard(|| unsafe { asking(go_on, context, run) })
}

/// The same from a dense trust matrix.
///
/// `rows` is N. `trust` is Q0.16, N x N entries; row i holds what node i trusts the others.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvs_reputation_dense(
    engine: *const lvs_engine,
    rows: usize,
    trust: *const u16,
    trust_length: usize,
    options: *const lvs_reputation_options,
    out: *mut u64,
    out_length: usize,
    convergence: *mut lvs_convergence,
) -> lvs_status {
    // SAFETY: lvs.h asks the caller for the same, and the question is one of ours.
    unsafe {
        lvs_reputation_dense_while(
            engine,
            rows,
            trust,
            trust_length,
            options,
            out,
            out_length,
            convergence,
            TO_THE_END,
            std::ptr::null_mut(),
        )
    }
}

/// The same, for as long as `go_on` does not return 0, as lvs_reputation_while.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvs_reputation_dense_while(
    engine: *const lvs_engine,
    rows: usize,
    trust: *const u16,
    trust_length: usize,
    options: *const lvs_reputation_options,
    out: *mut u64,
    out_length: usize,
    convergence: *mut lvs_convergence,
    go_on: lvs_go_on,
    context: *mut c_void,
) -> lvs_status {
    let run = |go_on: &mut GoOn<'_>| {
        // SAFETY: lvs.h asks the caller for live handles, arrays of these lengths, a filled struct or NULL, and places.
        let engine = &unsafe { shared("engine", engine) }?.engine;
        let trust = Input::new("trust", trust, trust_length)?;
        expect_matrix("trust", trust.len(), rows, rows)?;
        let call = Call { engine, rows, entries: trust.len() };
        let out = Output::new("out", out, out_length)?;
        let matrix = |trust| TrustMatrix::Dense { rows, trust };
        // SAFETY: lvs.h asks the caller for live handles, arrays of these lengths, a filled struct or NULL, and places.
        unsafe { call.run(trust, options, out, convergence, go_on, matrix) }
    };
    // SAFETY: lvs.h asks the caller for a function of this type that does not unwind.
    guard(|| unsafe { asking(go_on, context, run) })
}

/// Whether it was zeroed in the hope of defaults, as other structs may be.
fn is_zeroed(options: &lvs_reputation_options) -> bool {
    options.damping == 0.0 && options.tol == 0.0 && options.max_iter == 0
}

/// What either form has in common.
struct Call<'a> {
    engine: &'a Engine,
    rows: usize,
    entries: usize,
}

impl Call<'_> {
    /// # Safety
    /// Every pointer must be good for what it is said to point to.
    unsafe fn run<'a>(
        &self,
        trust: Input<'a, u16>,
        options: *const lvs_reputation_options,
        out: Output<'a, u64>,
        convergence: *mut lvs_convergence,
        go_on: &mut GoOn<'_>,
        matrix: impl FnOnce(&'a [u16]) -> TrustMatrix<'a>,
    ) -> Result<()> {
        self.expect_lengths(&trust, &out)?;
        let options_given = options;
        // SAFETY: the caller's word.
        if !options.is_null() && is_zeroed(unsafe { shared("options", options) }?) {
            let got = "damping, tol and max_iter all 0";
            return Err(Failure::argument("options", got, "what lvs_reputation_defaults fills in"));
        }
        let (options, pretrust) = match options.is_null() {
            true => (ReputationOptions::default(), None),
            // SAFETY: the caller's word.
            false => from_c(unsafe { shared("options", options) }?)?,
        };
        let pretrust_region = pretrust.as_ref().map(|pretrust| pretrust.region());
        let inputs = [
            trust.region(),
            pretrust_region.unwrap_or_else(|| trust.region()),
            Region::of("options", options_given),
        ];
        expect_disjoint(&[out.region(), Region::of("convergence", convergence)], &inputs)?;
        // The transposed matrix, and a few vectors.
        Need::new("reputation").and(self.entries, 16).and(self.rows, 64).expect()?;
        // SAFETY: the caller's word, and `out` overlaps nothing.
        unsafe {
            let options =
                ReputationOptions { pretrust: pretrust.map(|pretrust| pretrust.slice()), ..options };
            let done = self.engine.reputation_while(matrix(trust.slice()), &options, out.slice(), go_on)?;
            store_if_wanted("convergence", convergence, done.into())
        }
    }

    /// Checked by the kernel too, but the memory needed is computed from them.
    fn expect_lengths(&self, trust: &Input<'_, u16>, out: &Output<'_, u64>) -> Result<()> {
        expect_length("trust", trust.len(), self.entries)?;
        expect_length("out", out.len(), self.rows)
    }
}

fn from_c(options: &lvs_reputation_options) -> Result<(ReputationOptions<'_>, Option<Input<'_, u32>>)> {
    expect_unused(&options.reserved)?;
    let pretrust = Input::new("pretrust", options.pretrust, options.pretrust_length)?;
    let options = ReputationOptions {
        damping: options.damping,
        tolerance: options.tol,
        max_iterations: options.max_iter,
        pretrust: None,
    };
    Ok((options, if pretrust.is_absent() { None } else { Some(pretrust) }))
}

impl From<Convergence> for lvs_convergence {
    fn from(done: Convergence) -> Self {
        let Convergence { iterations, change, converged } = done;
        Self { iterations, change, converged: converged.into(), reserved: [0; 4] }
    }
}
