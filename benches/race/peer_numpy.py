"""Drift in NumPy, tile by tile so that intermediate arrays stay in cache; on one thread, as NumPy runs."""

from collections.abc import Callable

import lvs
import numpy as np
from numpy.typing import NDArray

from race.answer import Answer, saturated
from race.data import Rows
from race.network import COMPARATORS

TILE = 4_096
GUARD = lvs.vaultguard
Array = NDArray[np.int64]


def sort(keys: Array) -> Array:
    """The plain way."""
    keys.sort(axis=0)
    return keys


def network(keys: Array) -> Array:
    """The same network as a vector kernel's; a key that weighs nothing makes sixteen of fifteen."""
    rows = [*keys, np.zeros_like(keys[0])]
    for low, high in COMPARATORS:
        rows[low], rows[high] = np.minimum(rows[low], rows[high]), np.maximum(rows[low], rows[high])
    return np.stack(rows)


def drift(rows: Rows, ordered: Callable[[Array], Array], out: Array) -> Answer:
    """One row's drift; ``out`` takes the new values."""
    weights = rows.weights.astype(np.int64)[:, None]
    tiles = [slice(first, first + TILE) for first in range(0, rows.cells, TILE)]
    parts = [
        drift_tile(rows.values[t], rows.neighbours[:, t], weights, ordered, rows.trim_mass, rows.bias, out[t])
        for t in tiles
    ]
    residuals, limited, floored, largest, total = zip(*parts, strict=True)
    return Answer(out, saturated(np.array(residuals)), sum(limited), sum(floored), max(largest), sum(total))


def drift_tile(
    x: Array, neighbours: Array, weights: Array, ordered: Callable[[Array], Array], mass: int, bias: int, out: Array
) -> tuple[NDArray[np.uint64], int, int, int, int]:
    difference = np.clip(neighbours, x - GUARD.DIFFERENCE_MAX, x + GUARD.DIFFERENCE_MAX)
    difference -= x
    residuals = np.abs(difference).sum(axis=1).astype(np.uint64)
    correction = (trimmed_sum(ordered((difference << 16) | weights), mass) + bias) >> 16
    limit = np.maximum(x >> GUARD.RATE_SHIFT, GUARD.RATE_FLOOR)
    limited = np.clip(correction, -limit, limit)
    floor = np.maximum(np.minimum(x, x - (x >> GUARD.DRAIN_SHIFT)), 0)
    moved = x + limited
    np.clip(moved, floor, GUARD.VALUE_MAX, out=out)
    size = np.abs(out - x)
    counters = np.count_nonzero(limited != correction), np.count_nonzero(moved < floor)
    return residuals, *counters, int(size.max()), int(size.sum())


def trimmed_sum(keys: Array, mass: int) -> Array:
    """Σ w·clamp(d, θ⁻, θ⁺) - T·(θ⁺ + θ⁻) over keys (d << 16 | w) sorted along the first axis."""
    weights, differences = keys & 0xFFFF, keys >> 16
    from_below = weights.cumsum(axis=0)
    from_above = from_below[-1] - from_below + weights
    upper = np.where(from_above >= mass, differences, 0).max(axis=0, initial=0)
    lower = np.where(from_below >= mass, differences, 0).min(axis=0, initial=0)
    return (weights * np.clip(differences, lower, upper)).sum(axis=0) - mass * (upper + lower)
