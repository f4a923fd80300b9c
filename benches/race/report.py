"""Sections of the report: notes, a table of figures, a table of targets."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass
class Check:
    """A figure beside the bound that it is held against."""

    what: str
    figure: float
    target: str
    met: bool

    @classmethod
    def at_least(cls, what: str, figure: float, bound: float) -> "Check":
        return cls(what, figure, f"at least {bound:g}", figure >= bound)

    @classmethod
    def at_most(cls, what: str, figure: float, bound: float) -> "Check":
        return cls(what, figure, f"at most {bound:g}", figure <= bound)


@dataclass
class Section:
    title: str
    headings: Sequence[str]
    notes: list[str] = field(default_factory=list)
    rows: list[list[Any]] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)

    def markdown(self) -> str:
        lines = [f"## {self.title}", "", *(f"- {note}" for note in self.notes), ""]
        lines += table(self.headings, self.rows)
        if self.checks:
            rows = [[c.what, c.figure, c.target, "yes" if c.met else "no"] for c in self.checks]
            lines += ["", *table(["target", "figure", "wanted", "met"], rows)]
        return "\n".join(lines)

    def data(self) -> dict[str, Any]:
        return asdict(self)


def table(headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> list[str]:
    """The lines of a Markdown table."""
    cells = [headings, ["---"] * len(headings), *([shown(cell) for cell in row] for row in rows)]
    return [f"| {' | '.join(line)} |" for line in cells]


def shown(cell: Any) -> str:
    """A cell as text: three figures that count for numbers, a dash for nothing."""
    if cell is None:
        return "–"
    if not isinstance(cell, float):
        return str(cell)
    return f"{cell:.2e}" if 0 < abs(cell) < 1e-3 else f"{cell:.2f}" if abs(cell) < 100 else f"{cell:.0f}"
