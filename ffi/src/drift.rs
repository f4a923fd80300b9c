//! Drift of one row.

use lvs_kernels::vaultguard::NEIGHBOURS_MAX;
use lvs_kernels::{DriftInput, DriftOutput, DriftSummary, Engine};

use crate::array::{Input, Output, Region, expect_disjoint, expect_unused, flag};
use crate::engine::lvs_engine;
use crate::error::{Failure, Result, expect_length, expect_matrix};
use crate::guard::guard;
use crate::handle::{shared, store_if_wanted};
use crate::memory::Need;
use crate::status::lvs_status;

/// Neighbours for which a row needs no memory but the stack, usually and at most. To clear more room than is used takes
/// as long as a cell.
const FEW_NEIGHBOURS: usize = 16;
const STACK_NEIGHBOURS: usize = 64;

/// Cells times neighbours from which a row may be worth memory for several threads.
const LARGE: usize = 1 << 18;

/// One row of B cells and its K neighbours.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct lvs_drift_input {
    /// The row's own values, micro-VU, each 0 to 2^62.
    pub values: *const i64,
    /// B.
    pub values_length: usize,
    /// The values at the start of the window, micro-VU, each 0 to 2^62; NULL for `values`.
    pub anchors: *const i64,
    /// B; 0 if `anchors` is NULL.
    pub anchors_length: usize,
    /// Pointers to K neighbour rows of B values each, micro-VU, any int64_t; NULL if `neighbour_matrix` is given.
    pub neighbours: *const *const i64,
    /// K; 0 if `neighbours` is NULL.
    pub neighbours_length: usize,
    /// The same as one K x B matrix, row after row; NULL if `neighbours` is given.
    pub neighbour_matrix: *const i64,
    /// K * B; 0 if `neighbour_matrix` is NULL.
    pub neighbour_matrix_length: usize,
    /// A weight per neighbour, Q0.16; they sum to at most 65,535.
    pub weights: *const u16,
    /// K, at most 4,096.
    pub weights_length: usize,
    /// The cycle number; its parity sets the rounding.
    pub cycle: u64,
    /// 0: trim a third of the neighbours, by weight and by heads, from either side. 1: plain weighted averaging, which
    /// any neighbour can lead.
    pub plain_average: u8,
    /// 1: the row leaves its anchors only for more than half of the neighbours' weight. 0: it drifts freely.
    pub hold: u8,
    /// Must be 0; later versions may take fields from it, whose 0 will mean what is done now.
    pub reserved: [u64; 4],
}

/// Where the results of one row go.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct lvs_drift_output {
    /// The new values, micro-VU.
    pub values: *mut i64,
    /// B.
    pub values_length: usize,
    /// New value minus old value, micro-VU; NULL if not wanted.
    pub correction: *mut i64,
    /// B; 0 if `correction` is NULL.
    pub correction_length: usize,
    /// Per neighbour the sum over cells of the absolute difference, micro-VU, saturating.
    pub residuals: *mut u64,
    /// K.
    pub residuals_length: usize,
    /// Must be 0; room for later versions.
    pub reserved: [u64; 4],
}

/// What VaultGuard did to a row, or to several.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct lvs_drift_summary {
    /// Cells whose correction the rate limit changed.
    pub rate_limited: u64,
    /// Cells that the drain floor held.
    pub floored: u64,
    /// The largest absolute correction of a cell, micro-VU.
    pub max_correction: u64,
    /// The sum of the absolute corrections, micro-VU, saturating.
    pub sum_correction: u64,
    /// 0; room for later versions.
    pub reserved: [u64; 4],
}

/// Drifts one row: moves each cell a little towards its neighbours', after trimming a third of them, by weight and by
/// heads, from either side, within VaultGuard's limits.
///
/// `summary` receives VaultGuard's counters; NULL if not wanted. Where a SIMD backend trims up to 64 neighbours with an
/// engine of one thread, no memory is allocated; other calls take little. The caller's stack needs 80 KiB,
/// and 128 KiB for more than 32 neighbours.
///
/// LVS_STATUS_INVALID_ARGUMENT if a length does not fit the others, a value or anchor is out of its range, or the
/// weights sum to more than 65,535.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvs_drift(
    engine: *const lvs_engine,
    input: *const lvs_drift_input,
    out: *const lvs_drift_output,
    summary: *mut lvs_drift_summary,
) -> lvs_status {
    guard(|| {
        // SAFETY: lvs.h asks the caller for a live handle.
        let engine = unsafe { shared("engine", engine) }?;
        // SAFETY: lvs.h asks the caller for a filled struct.
        let input = unsafe { shared("input", input) }?;
        // SAFETY: lvs.h asks the caller for a filled struct.
        let out = unsafe { shared("out", out) }?;
        let row = Row::new(input, out, summary)?;
        // SAFETY: lvs.h asks the caller for arrays of the lengths in the structs.
        let done = unsafe { row.drift(&engine.engine) }?;
        // SAFETY: lvs.h asks the caller for a place of this type or NULL.
        unsafe { store_if_wanted("summary", summary, done.into()) }
    })
}

/// The same for one row in plain arguments, where the structs' other fields would stay 0.
///
/// `values` has `cells` entries (B), and so has `anchors`, or it is NULL for `values`. `neighbours` is one K x B matrix,
/// row after row; `weights` has `count` entries (K). `moved` receives the B new values, `residuals` K sums. Ranges and
/// units are those of lvs_drift_input.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvs_drift_row(
    engine: *const lvs_engine,
    values: *const i64,
    anchors: *const i64,
    cells: usize,
    neighbours: *const i64,
    weights: *const u16,
    count: usize,
    cycle: u64,
    moved: *mut i64,
    residuals: *mut u64,
) -> lvs_status {
    let input = lvs_drift_input {
        values,
        values_length: cells,
        anchors,
        anchors_length: if anchors.is_null() { 0 } else { cells },
        neighbours: std::ptr::null(),
        neighbours_length: 0,
        neighbour_matrix: neighbours,
        // What overflows is more than any array may have, and is refused as that.
        neighbour_matrix_length: count.saturating_mul(cells),
        weights,
        weights_length: count,
        cycle,
        plain_average: 0,
        hold: 0,
        reserved: [0; 4],
    };
    let out = lvs_drift_output {
        values: moved,
        values_length: cells,
        correction: std::ptr::null_mut(),
        correction_length: 0,
        residuals,
        residuals_length: count,
        reserved: [0; 4],
    };
    // SAFETY: lvs.h asks the caller for a live handle and for arrays of these lengths.
    unsafe { lvs_drift(engine, &raw const input, &raw const out, std::ptr::null_mut()) }
}

impl From<DriftSummary> for lvs_drift_summary {
    fn from(summary: DriftSummary) -> Self {
        let DriftSummary { rate_limited, floored, max_correction, sum_correction } = summary;
        Self { rate_limited, floored, max_correction, sum_correction, reserved: [0; 4] }
    }
}

/// The arguments, checked but for what the kernel checks itself.
struct Row<'a> {
    values: Input<'a, i64>,
    anchors: Input<'a, i64>,
    neighbours: Neighbours<'a>,
    weights: Input<'a, u16>,
    cycle: u64,
    trim: bool,
    hold: bool,
    moved: Output<'a, i64>,
    correction: Output<'a, i64>,
    residuals: Output<'a, u64>,
    /// What else must not share memory with an output: the structs themselves are read, the summary is written.
    structs: [Region; 2],
    summary: Region,
}

/// The neighbour rows in either form.
#[derive(Clone, Copy)]
enum Neighbours<'a> {
    Pointers(Input<'a, *const i64>),
    Matrix(Input<'a, i64>),
}

impl<'a> Row<'a> {
    fn new(
        input: &'a lvs_drift_input,
        out: &'a lvs_drift_output,
        summary: *const lvs_drift_summary,
    ) -> Result<Self> {
        expect_unused(&input.reserved)?;
        expect_unused(&out.reserved)?;
        let values = Input::new("values", input.values, input.values_length)?;
        let anchors = Input::new("anchors", input.anchors, input.anchors_length)?;
        let row = Self {
            values,
            anchors: if anchors.is_absent() { values } else { anchors },
            neighbours: Neighbours::new(input)?,
            weights: Input::new("weights", input.weights, input.weights_length)?,
            cycle: input.cycle,
            trim: !flag("plain_average", input.plain_average)?,
            hold: flag("hold", input.hold)?,
            moved: Output::new("out.values", out.values, out.values_length)?,
            correction: Output::new("out.correction", out.correction, out.correction_length)?,
            residuals: Output::new("out.residuals", out.residuals, out.residuals_length)?,
            structs: [Region::of("input", input), Region::of("out", out)],
            summary: Region::of("summary", summary),
        };
        row.expect_lengths()?;
        row.expect_disjoint()?;
        Ok(row)
    }

    /// What must hold before the first neighbour is looked at.
    fn expect_lengths(&self) -> Result<()> {
        let count = self.weights.len();
        if count > NEIGHBOURS_MAX {
            return Err(Failure::argument(
                "weights",
                format!("{count} entries"),
                format!("at most {NEIGHBOURS_MAX}"),
            ));
        }
        match &self.neighbours {
            Neighbours::Pointers(rows) => expect_length("neighbours", rows.len(), count),
            Neighbours::Matrix(matrix) => {
                expect_matrix("neighbour_matrix", matrix.len(), count, self.values.len())
            }
        }
    }

    fn expect_disjoint(&self) -> Result<()> {
        let outputs =
            [self.moved.region(), self.correction.region(), self.residuals.region(), self.summary.clone()];
        let neighbours = match &self.neighbours {
            Neighbours::Pointers(rows) => rows.region(),
            Neighbours::Matrix(matrix) => matrix.region(),
        };
        let [input, out] = self.structs.clone();
        let inputs =
            [self.values.region(), self.anchors.region(), neighbours, self.weights.region(), input, out];
        expect_disjoint(&outputs, &inputs)?;
        let Neighbours::Pointers(rows) = self.neighbours else { return Ok(()) };
        // SAFETY: the caller's word; none of the outputs overlaps the pointers themselves.
        for &row in unsafe { rows.slice() } {
            let row = Input::new("neighbours", row, self.values.len())?;
            expect_disjoint(&outputs, &[row.region()])?;
        }
        Ok(())
    }

    /// # Safety
    /// Every pointer must be good for as many entries as was said.
    unsafe fn drift(self, engine: &Engine) -> Result<DriftSummary> {
        let cells = self.values.len();
        let count = self.weights.len();
        let threads = engine.threads();
        if count > STACK_NEIGHBOURS || (threads > 1 && cells.saturating_mul(count) >= LARGE) {
            Need::new("drift").and(cells / 64, 1).and(threads.saturating_mul(count), 256).expect()?;
        }
        const NONE: &[i64] = &[];
        // SAFETY: the caller's word.
        unsafe {
            if count <= FEW_NEIGHBOURS {
                self.run(engine, &mut [NONE; FEW_NEIGHBOURS][..count])
            } else if count <= STACK_NEIGHBOURS {
                self.run(engine, &mut [NONE; STACK_NEIGHBOURS][..count])
            } else {
                self.run(engine, &mut vec![NONE; count])
            }
        }
    }

    /// With room for the neighbours.
    ///
    /// # Safety
    /// As for `drift`.
    unsafe fn run(self, engine: &Engine, neighbours: &mut [&'a [i64]]) -> Result<DriftSummary> {
        // SAFETY: the caller's word.
        unsafe { self.neighbours.fill(neighbours, self.values.len()) }?;
        // SAFETY: the caller's word.
        let input = unsafe {
            DriftInput {
                values: self.values.slice(),
                neighbours,
                weights: self.weights.slice(),
                anchors: self.anchors.slice(),
                cycle: self.cycle,
                trim: self.trim,
                hold: self.hold,
            }
        };
        let correction = if self.correction.is_absent() { None } else { Some(self.correction) };
        // SAFETY: the caller's word, and `expect_disjoint` passed.
        let mut out = unsafe {
            DriftOutput {
                values: self.moved.slice(),
                correction: correction.map(|correction| correction.slice()),
                residuals: self.residuals.slice(),
            }
        };
        Ok(engine.drift(&input, &mut out)?)
    }
}

impl<'a> Neighbours<'a> {
    fn new(input: &'a lvs_drift_input) -> Result<Self> {
        let pointers = Input::new("neighbours", input.neighbours, input.neighbours_length)?;
        let matrix = Input::new("neighbour_matrix", input.neighbour_matrix, input.neighbour_matrix_length)?;
        match (pointers.is_absent(), matrix.is_absent()) {
            (false, false) => {
                Err(Failure::argument("neighbour_matrix", "a matrix", "NULL and 0 beside neighbours"))
            }
            (true, false) => Ok(Self::Matrix(matrix)),
            // No neighbours at all is a row of none in either form, unless rows have no cells.
            (true, true) if input.values_length == 0 => Ok(Self::Matrix(matrix)),
            (_, true) => Ok(Self::Pointers(pointers)),
        }
    }

    /// Writes the K rows of `cells` cells to `rows`.
    ///
    /// # Safety
    /// Every pointer must be good for reading as many entries as was said.
    unsafe fn fill(self, rows: &mut [&'a [i64]], cells: usize) -> Result<()> {
        match self {
            // SAFETY: the caller's word.
            Self::Pointers(pointers) => unsafe {
                for (row, &pointer) in rows.iter_mut().zip(pointers.slice()) {
                    *row = Input::new("neighbours", pointer, cells)?.slice();
                }
            },
            Self::Matrix(matrix) => {
                // SAFETY: the caller's word.
                let matrix = unsafe { matrix.slice() };
                rows.iter_mut().enumerate().for_each(|(j, row)| *row = &matrix[j * cells..][..cells]);
            }
        }
        Ok(())
    }
}
