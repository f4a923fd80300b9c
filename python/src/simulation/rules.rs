//! How much hostile weight rules for gossip bear.

use lvs_simulation::breakdown::{Task, worst_case_while};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::call::long_kernel;
use crate::error::exception;
use crate::scalars::{Scalar, unsigned};

/// How much harm hostile neighbors can do to a rule for gossip: the averaging task of "Unified Breakdown Analysis for
/// Byzantine Robust Gossip" (ICML 2025) on its graph of two worlds, 26 honest nodes in two cliques of 13, each also joined
/// to 8 of the other side. The strength of the attack is searched for against the rule.
///
/// It is to be given to ``lvs.sweep``, whose frame ``lvs.plot.compare`` draws. A call with the defaults takes about a second.
///
/// Parameters
/// ----------
/// rule : str
///     A name from ``lvs.RULES``: LVS drift; CS+ (``'clipped-sum'``); NNA (``'nearest'``); He et al.'s clipped gossip.
/// attack : str
///     A name from ``lvs.ATTACKS`` with a strength.
/// hostile : int
///     Hostile neighbors of each honest node, 1 to 1,000.
/// cells : int, default 5
///     Of a row.
/// cycles : int, default 200
///     Until the error is taken.
/// apart : float, default 0.0
///     How far the two worlds start from the middle, one above and one below it, in deviations.
/// draws : int, default 3
///     Of the start, over which errors are averaged.
/// seed : int, default 1
///     Of the first draw.
///
/// Returns
/// -------
/// dict
///     ``error``, the mean squared distance of honest values to the honest mean at the start, in variances of the start, and
///     ``strength``, the one that did most harm. The same arguments give the same.
///
/// Raises
/// ------
/// ValueError, TypeError
///     If an argument is wrong; the message names it.
///
/// Examples
/// --------
/// >>> import lvs
/// >>> grid = dict(rule=['drift', 'nearest'], attack='dissensus', hostile=[1, 6], cycles=50, draws=1)
/// >>> frame = lvs.sweep(lvs.breakdown, **grid, scheduler='serial')
/// >>> (frame.pivot(index='rule', columns='hostile', values='error') < 1).to_numpy().tolist()
/// [[True, True], [True, False]]
#[pyfunction]
#[pyo3(signature = (rule, attack, hostile, *, cells=Scalar::ABSENT, cycles=Scalar::ABSENT, apart=Scalar::ABSENT, draws=Scalar::ABSENT, seed=Scalar::ABSENT))]
#[pyo3(text_signature = "(rule, attack, hostile, *, cells=5, cycles=200, apart=0.0, draws=3, seed=1)")]
#[allow(clippy::too_many_arguments)]
pub fn breakdown<'py>(
    py: Python<'py>,
    rule: &str,
    attack: &str,
    hostile: &Bound<'py, PyAny>,
    cells: Scalar<'py>,
    cycles: Scalar<'py>,
    apart: Scalar<'py>,
    draws: Scalar<'py>,
    seed: Scalar<'py>,
) -> PyResult<Bound<'py, PyDict>> {
    let rule = rule.parse().map_err(exception)?;
    let attack = attack.parse().map_err(exception)?;
    let hostile = unsigned(hostile, "hostile", 1..=1_000)? as usize;
    let usual = Task::default();
    let task = Task {
        cells: cells.unsigned("cells", 1..=1 << 20, usual.cells as u64)? as usize,
        cycles: cycles.unsigned("cycles", 0..=1 << 32, usual.cycles)?,
        apart: apart.float("apart", usual.apart)?,
        draws: draws.unsigned("draws", 1..=1 << 20, usual.draws)?,
        seed: seed.unsigned("seed", 0..=u64::MAX >> 1, usual.seed)?,
    };
    let found = long_kernel(py, |go_on| worst_case_while(&task, rule, attack, hostile, go_on))?;
    let dict = PyDict::new(py);
    dict.set_item("error", found.error)?;
    dict.set_item("strength", found.strength)?;
    Ok(dict)
}
