"""What notebooks show of the package's objects: small tables, nothing to load from anywhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .units import from_units

if TYPE_CHECKING:
    from ._native import Backend, Drift, Engine, Simulation, Stats, Swarm

_SHOWN = 8
_LEFT = ' style="text-align:left"'


def table(header: Sequence[str], rows: Iterable[Sequence[Any]], caption: str = "") -> str:
    """An HTML table; every entry is shown as text."""
    head = "".join(f"<th{_LEFT}>{escape(name)}</th>" for name in header)
    lines = ("".join(f"<td{_LEFT}>{escape(str(entry))}</td>" for entry in row) for row in rows)
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    title = f"<caption{_LEFT}><code>{escape(caption)}</code></caption>" if caption else ""
    top = f"<thead><tr>{head}</tr></thead>" if head else ""
    return f"<table>{title}{top}<tbody>{body}</tbody></table>"


def backends(listed: Sequence[Backend]) -> str:
    """Every backend: whether it can run here, on what, and why."""
    rows = [(b.name, "yes" if b.available else "no", b.device, b.reason) for b in listed]
    return table(("backend", "available", "device", "reason"), rows)


def engine(shown: Engine) -> str:
    """The backend and threads in use and why."""
    rows = [("backend", shown.backend), ("threads", shown.threads), ("choice", shown.choice)]
    return table((), rows, "lvs.Engine")


def drift(shown: Drift) -> str:
    """What VaultGuard did, and the first cells."""
    correction = shown.correction
    rows = [
        ("values (VU)", _some(shown.values)),
        ("correction (VU)", "not kept" if correction is None else _some(correction)),
        ("residuals (VU)", _some(shown.residuals)),
        *_guarded(shown),
    ]
    return table((), rows, f"lvs.Drift of {len(shown.values)} cells by {len(shown.residuals)} neighbors")


def stats(shown: Stats) -> str:
    """What VaultGuard did in the last call of step."""
    return table((), _guarded(shown), "lvs.Stats")


def swarm(shown: Swarm) -> str:
    """Its size, how far it has come, and what keeps it apart."""
    nodes, cells = shown.shape
    spread = shown.spread
    rows = [
        ("rows", f"{nodes:,}, {int(shown.frozen.sum()):,} of them frozen"),
        ("cells", f"{cells:,}"),
        ("edges", f"{len(shown.indices):,}"),
        ("cycle", f"{shown.cycle:,}"),
        ("spread (VU)", f"{_some(spread)}; at most {from_units(int(spread.max(initial=0))):,g}"),
        ("engine", shown.engine),
        *_guarded(shown.stats),
    ]
    return table((), rows, "lvs.Swarm")


def simulation(shown: Simulation) -> str:
    """What was made of its arguments, and how far it has come."""
    rows = [(name.replace("_", " "), entry) for name, entry in shown.setup.items() if entry is not None]
    return table((), [*rows, ("cycle", f"{shown.cycle:,}")], "lvs.Simulation")


def _guarded(counted: Drift | Stats) -> list[tuple[str, str]]:
    largest, total = from_units(counted.max_correction), from_units(counted.sum_correction)
    return [
        ("rate-limited cells", f"{counted.rate_limited:,}"),
        ("cells at the drain floor", f"{counted.floored:,}"),
        ("corrections (VU)", f"{total:,g} in all, {largest:,g} at most"),
    ]


def _some(units: NDArray[np.integer[Any]]) -> str:
    first = ", ".join(f"{number:,g}" for number in np.atleast_1d(from_units(units[:_SHOWN])))
    return f"{first}, … ({len(units):,} in all)" if len(units) > _SHOWN else first or "none"
