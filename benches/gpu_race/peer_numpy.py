"""The rule once more, in NumPy, as a second opinion on the scalar backend's answers. Not timed."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gpu_race.case import KINDS, Case
from gpu_race.contender import Contender
from race.answer import Answer

# Rows at a time, so that the intermediate arrays stay small.
ROWS = 64


def contenders(case: Case, _: Path) -> list[list[Contender]]:
    return [[Contender("NumPy", kind, None, lambda kind=kind: drift(case, kind))] for kind in KINDS]


def about() -> str:
    return f"NumPy {np.__version__}"


def drift(case: Case, kind: str) -> Answer:
    parts = [drift_rows(case, slice(first, first + ROWS), kind) for first in range(0, case.rows, ROWS)]
    values, residuals, limited, floored, sizes = zip(*parts, strict=True)
    return Answer(
        np.concatenate(values),
        np.concatenate(residuals).ravel().tolist(),
        sum(limited),
        sum(floored),
        max(int(size.max()) for size in sizes),
        sum(int(size.sum()) for size in sizes),
    )


def drift_rows(case: Case, rows: slice, kind: str) -> tuple[NDArray, ...]:
    guard, x, anchor = case.guard, case.own[rows], case.anchors[rows]
    most, own = guard["difference_max"], case.own[rows][:, None, :]
    difference = np.clip(case.heard[rows], own - most, own + most) - own
    weights = case.weights[rows].astype(np.int64)[:, :, None]
    if kind == "trim":
        weighted = trimmed_sum(difference, weights, case.masses[rows][:, None, None])
    else:
        weighted = (difference * weights).sum(axis=1)
    correction = (weighted + case.biases[rows][:, None]) >> 16
    limit = np.maximum(x >> guard["rate_shift"], guard["rate_floor"])
    limited = np.clip(correction, -limit, limit)
    floor = np.maximum(np.minimum(x, anchor - (anchor >> guard["drain_shift"])), 0)
    values = np.clip(x + limited, floor, guard["value_max"])
    counted = int((limited != correction).sum()), int((x + limited < floor).sum())
    return values, np.abs(difference).sum(axis=2), *counted, np.abs(values - x)


def trimmed_sum(difference: NDArray, weights: NDArray, mass: NDArray) -> NDArray:
    """Weights are taken from the largest positive differences down and from the most negative up, ``mass`` each."""
    order = np.argsort(difference, axis=1)
    sorted_ = np.take_along_axis(difference, order, axis=1)
    kept = np.take_along_axis(np.broadcast_to(weights, difference.shape), order, axis=1)
    for positive in (True, False):
        of_side = np.where(sorted_ > 0 if positive else sorted_ < 0, kept, 0)
        up_to = np.cumsum(of_side[:, ::-1] if positive else of_side, axis=1)
        up_to = up_to[:, ::-1] if positive else up_to
        kept = kept - np.clip(mass - (up_to - of_side), 0, of_side)
    return (kept * sorted_).sum(axis=1)
