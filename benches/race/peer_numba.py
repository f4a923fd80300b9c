"""Drift in Numba, tiles spread over threads: with an insertion sort a cell, and with a network a tile."""

from collections.abc import Callable
from typing import Any

import lvs
import numba
import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from race.answer import Answer, saturated
from race.data import Rows
from race.network import COMPARATORS

TILE = 1_024
NETWORK = np.array(COMPARATORS)
MAX_DIFFERENCE, VALUE_MAX = lvs.vaultguard.DIFFERENCE_MAX, lvs.vaultguard.VALUE_MAX
RATE_SHIFT, RATE_FLOOR = lvs.vaultguard.RATE_SHIFT, lvs.vaultguard.RATE_FLOOR
DRAIN_SHIFT = lvs.vaultguard.DRAIN_SHIFT

# Columns of a tile's counters.
LIMITED, FLOORED, LARGEST, TOTAL = range(4)


class Workspace:
    """Arrays that are kept from call to call, as an experienced user would."""

    def __init__(self, rows: Rows) -> None:
        tiles = -(-rows.cells // TILE)
        self.values = np.empty(rows.cells, np.int64)
        self.residuals = np.empty((tiles, len(rows.weights)), np.uint64)
        self.counters = np.empty((tiles, 4), np.int64)
        self.weights = rows.weights.astype(np.int64)

    def drift(self, rows: Rows, kernel: Callable[..., None], threads: int) -> Answer:
        numba.set_num_threads(threads)
        output = (self.values, self.residuals, self.counters)
        kernel(rows.values, rows.neighbours, self.weights, rows.values, rows.trim_mass, rows.bias, *output)
        limited, floored, _, total = (int(column) for column in self.counters.sum(axis=0))
        largest = int(self.counters[:, LARGEST].max())
        return Answer(self.values, saturated(self.residuals), limited, floored, largest, total)


@njit(inline="always")
def difference(neighbour: int, x: int) -> int:
    return min(max(neighbour, x - MAX_DIFFERENCE), x + MAX_DIFFERENCE) - x


@njit(inline="always")
def guard(x: int, anchor: int, correction: int, counters: NDArray[np.int64]) -> int:
    limit = max(RATE_FLOOR, x >> RATE_SHIFT)
    limited = min(max(correction, -limit), limit)
    floor = max(min(x, anchor - (anchor >> DRAIN_SHIFT)), 0)
    moved = x + limited
    value = min(max(moved, floor), VALUE_MAX)
    counters[LIMITED] += limited != correction
    counters[FLOORED] += moved < floor
    counters[LARGEST] = max(counters[LARGEST], abs(value - x))
    counters[TOTAL] += abs(value - x)
    return value


@njit(parallel=True)
def insertion(
    values: Any, neighbours: Any, weights: Any, anchors: Any, mass: int, bias: int, out: Any, sums: Any, counts: Any
) -> None:
    """Sorts each cell's packed keys by insertion, then walks in from both ends."""
    count = len(weights)
    for tile in prange(len(counts)):
        keys = np.empty(count, np.int64)
        residuals = np.zeros(count, np.uint64)
        counters = np.zeros(4, np.int64)
        for cell in range(tile * TILE, min((tile + 1) * TILE, len(values))):
            x = values[cell]
            total = 0
            for j in range(count):
                d = difference(neighbours[j, cell], x)
                residuals[j] += np.uint64(abs(d))
                total += weights[j] * d
                key = d << 16 | weights[j]
                i = j
                while i > 0 and keys[i - 1] > key:
                    keys[i] = keys[i - 1]
                    i -= 1
                keys[i] = key
            total -= removed(keys, mass)
            out[cell] = guard(x, anchors[cell], (total + bias) >> 16, counters)
        sums[tile] = residuals
        counts[tile] = counters


@njit(inline="always")
def removed(keys: NDArray[np.int64], mass: int) -> int:
    """What trimming takes from the weighted sum: weight ``mass`` from either end, the last key in part."""
    total = 0
    left, i = mass, len(keys) - 1
    while left > 0 and i >= 0 and keys[i] >> 16 > 0:
        taken = min(left, keys[i] & 0xFFFF)
        total += taken * (keys[i] >> 16)
        left -= taken
        i -= 1
    left, i = mass, 0
    while left > 0 and i < len(keys) and keys[i] >> 16 < 0:
        taken = min(left, keys[i] & 0xFFFF)
        total += taken * (keys[i] >> 16)
        left -= taken
        i += 1
    return total


@njit(parallel=True)
def network(
    values: Any, neighbours: Any, weights: Any, anchors: Any, mass: int, bias: int, out: Any, sums: Any, counts: Any
) -> None:
    """Sorts a tile of cells at a time, comparator by comparator, in loops that the compiler can vectorise."""
    count = len(weights)
    for tile in prange(len(counts)):
        first = tile * TILE
        cells = min(TILE, len(values) - first)
        keys = np.zeros((16, TILE), np.int64)
        counters = np.zeros(4, np.int64)
        for j in range(count):
            residual = np.uint64(0)
            for c in range(cells):
                d = difference(neighbours[j, first + c], values[first + c])
                residual += np.uint64(abs(d))
                keys[j, c] = d << 16 | weights[j]
            sums[tile, j] = residual
        for n in range(len(NETWORK)):
            exchange(keys[NETWORK[n, 0]], keys[NETWORK[n, 1]])
        total = trimmed_sums(keys, mass)
        for c in range(cells):
            x = values[first + c]
            out[first + c] = guard(x, anchors[first + c], (total[c] + bias) >> 16, counters)
        counts[tile] = counters


@njit
def exchange(low: NDArray[np.int64], high: NDArray[np.int64]) -> None:
    for c in range(TILE):
        low[c], high[c] = min(low[c], high[c]), max(low[c], high[c])


@njit(inline="always")
def trimmed_sums(keys: NDArray[np.int64], mass: int) -> NDArray[np.int64]:
    """Σ w·clamp(d, θ⁻, θ⁺) - T·(θ⁺ + θ⁻) for each cell of a sorted tile."""
    upper, lower = outermost(keys, mass, 15, -1), outermost(keys, mass, 0, 1)
    total = np.empty(TILE, np.int64)
    for c in range(TILE):
        total[c] = -mass * (upper[c] + lower[c])
    for i in range(16):
        row = keys[i]
        for c in range(TILE):
            total[c] += (row[c] & 0xFFFF) * min(max(row[c] >> 16, lower[c]), upper[c])
    return total


@njit(inline="always")
def outermost(keys: NDArray[np.int64], mass: int, start: int, step: int) -> NDArray[np.int64]:
    """Per cell the first difference, from one end, at which weight ``mass`` is reached; 0 past the middle."""
    spent, theta = np.zeros(TILE, np.int64), np.zeros(TILE, np.int64)
    for n in range(16):
        i = start + n * step
        row = keys[i]
        for c in range(TILE):
            spent[c] += row[c] & 0xFFFF
            reached = (row[c] >> 16) if spent[c] >= mass else 0
            theta[c] = max(theta[c], reached) if step < 0 else min(theta[c], reached)
    return theta
