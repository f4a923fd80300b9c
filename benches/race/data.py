"""Made-up rows for drift, from a seed: honest rows around a common value, hostile ones huge."""

from dataclasses import dataclass

import lvs
import numpy as np
from numpy.typing import NDArray

from race.trimming import trim_mass

NEIGHBOURS = 15
VU = lvs.vaultguard.MICRO_VU

# Rows a power of two apart would compete for the same cache sets; five cache lines more cells keep them apart
# without a gap between rows, so that every contender takes the same contiguous array.
EXTRA_CELLS = 40


@dataclass
class Rows:
    """One row of B cells, its K neighbours, their weights, and how the cycle rounds."""

    values: NDArray[np.int64]
    neighbours: NDArray[np.int64]
    weights: NDArray[np.uint16]
    cycle: int = 1

    @property
    def cells(self) -> int:
        return len(self.values)

    @property
    def trim_mass(self) -> int:
        return int(trim_mass(self.weights, lvs.vaultguard.TRIM))

    @property
    def bias(self) -> int:
        return 65_535 if self.cycle % 2 else 0


def make(cells: int, seed: int) -> Rows:
    """The same mixture as the Rust part's: every fifth neighbour hostile, weights within 5 % of 4,000."""
    random = np.random.default_rng(seed)
    common = random.integers(1_000 * VU, 1_001_000 * VU, cells)
    neighbours = np.empty((NEIGHBOURS, cells), np.int64)
    for j, row in enumerate(neighbours, start=1):
        huge = {3: 1, 8: -1}.get(j % 10)
        if huge is None:
            row[:] = common + random.integers(-100 * VU, 100 * VU, cells)
        else:
            row[:] = huge * random.integers(2**61, 2**61 + 2**60, cells)
    values = common + random.integers(-100 * VU, 100 * VU, cells)
    return Rows(values, neighbours, random.integers(3_800, 4_201, NEIGHBOURS).astype(np.uint16))
