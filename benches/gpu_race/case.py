"""The data that all contenders share, and the scalar backend's answers, as the Rust part wrote them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from race.answer import Answer
from race.trimming import trim_mass

from gpu_race.rounding import biases

KINDS = ("trim", "average")


@dataclass
class Case:
    """``rows`` rows of ``cells`` cells that move, each with ``neighbours`` rows of its own behind them."""

    rows: int
    neighbours: int
    cells: int
    guard: dict[str, int]
    values: NDArray[np.int64]
    anchors: NDArray[np.int64]
    targets: NDArray[np.uint32]
    weights: NDArray[np.uint16]
    expected: dict[str, Answer]

    @property
    def own(self) -> NDArray[np.int64]:
        """The rows that move, [rows, cells]."""
        return self.values[: self.rows]

    @property
    def heard(self) -> NDArray[np.int64]:
        """What each of them hears, [rows, neighbours, cells]: a view, since neighbours lie in order."""
        return self.values[self.rows :].reshape(self.rows, self.neighbours, self.cells)

    @property
    def biases(self) -> NDArray[np.int64]:
        """How every row rounds."""
        return biases(self.guard["seed"], self.guard["cycle"], self.rows)

    @property
    def masses(self) -> NDArray[np.int64]:
        """T of every row."""
        return trim_mass(self.weights, self.guard["trim"])

    @property
    def bytes(self) -> int:
        """What one cycle must move: own value, anchor and neighbours read, one value written."""
        return self.rows * self.cells * (self.neighbours + 3) * 8


def load(folder: Path, header: dict[str, Any]) -> Case:
    rows, neighbours, cells = (header["sizes"][name] for name in ("rows", "neighbours", "cells"))

    def read(name: str, dtype: type, *shape: int) -> NDArray[Any]:
        return np.fromfile(folder / name, dtype).reshape(shape)

    def answer(summary: dict[str, Any]) -> Answer:
        kind = summary["kind"]
        values = read(f"{kind}-values.i64", np.int64, rows, cells)
        residuals = read(f"{kind}-residuals.u64", np.uint64, rows * neighbours).tolist()
        names = ("rate_limited", "floored", "max_correction", "sum_correction")
        return Answer(values, residuals, *(summary[name] for name in names))

    return Case(
        rows,
        neighbours,
        cells,
        header["guard"],
        read("values.i64", np.int64, -1, cells),
        read("anchors.i64", np.int64, rows, cells),
        read("targets.u32", np.uint32, rows, neighbours),
        read("weights.u16", np.uint16, rows, neighbours),
        {summary["kind"]: answer(summary) for summary in header["answers"]},
    )
