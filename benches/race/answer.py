"""What one drift call gives, in the form that all contenders are compared in."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SATURATED = 2**64 - 1


@dataclass
class Answer:
    """New values, residuals (saturating), and VaultGuard's counters."""

    values: NDArray[np.int64]
    residuals: list[int]
    rate_limited: int
    floored: int
    max_correction: int
    sum_correction: int

    def differs_from(self, other: "Answer") -> list[str]:
        """The names of the fields that are not equal bit for bit."""
        different = [] if np.array_equal(self.values, other.values) else ["values"]
        names = ("residuals", "rate_limited", "floored", "max_correction", "sum_correction")
        return different + [name for name in names if getattr(self, name) != getattr(other, name)]


def saturated(parts: NDArray[np.uint64]) -> list[int]:
    """Column sums of partial sums, exact, then capped at 2^64 - 1. One row of ``parts`` for each tile of cells."""
    low = (parts & np.uint64(0xFFFF_FFFF)).sum(axis=0)
    high = (parts >> np.uint64(32)).sum(axis=0)
    return [min((int(h) << 32) + int(rest), SATURATED) for h, rest in zip(high, low, strict=True)]
