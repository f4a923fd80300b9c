"""Whole simulations in one call: every record as a frame, or what came out as one row of a sweep."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict

from . import progress as bars
from ._columns import frame_of
from ._extras import needed
from ._native import Engine, Simulation, measured_factor

if TYPE_CHECKING:
    from os import PathLike
    from typing import SupportsIndex

    from pandas import DataFrame
    from typing_extensions import Unpack

    from ._native import _Graph, _Rows


class Options(TypedDict, total=False):
    """What ``Simulation`` takes by name, for type checkers."""

    nodes: SupportsIndex
    cells: SupportsIndex
    cycles: SupportsIndex | None
    degree: SupportsIndex
    group_size: SupportsIndex
    rewire: float
    bridges: SupportsIndex
    directed: bool
    values: _Rows | None
    attack: str | None
    strength: float | None
    hostile: float | None
    hostile_neighbors: SupportsIndex | None
    churn: float
    loss: float
    trim: bool
    hold: bool
    learn_trust: bool
    center: SupportsIndex
    width: SupportsIndex
    engine: Engine | None
    record_every: SupportsIndex
    seed: SupportsIndex | None


_KINDS = {"spread": "uint64", "hostile_deviation": "UInt64", "max_correction": "uint64", "range_violation": "uint64"}
_SHARES = {"trust_in_honest": "float64", "trust_in_hostile": "float64"}


def simulate(
    topology: str | PathLike[str] | _Graph = "regular", *, progress: bool = False, **options: Unpack[Options]
) -> DataFrame:
    """Runs a simulation to its end.

    Parameters
    ----------
    topology, **options
        As for ``Simulation``.
    progress : bool, default False
        Show a bar meanwhile (needs tqdm). Ctrl-C ends it.

    Returns
    -------
    DataFrame
        A DataFrame with a row for each record, the state at the start first, and ``setup`` among its ``attrs``. Needs
        pandas.

    Raises
    ------
    ValueError, TypeError
        As for ``Simulation``.

    Examples
    --------
    >>> import lvs
    >>> frame = lvs.simulate("groups", nodes=64, cycles=200, record_every=100, attack="alie", hostile=0.1, seed=3)
    >>> frame[["cycle", "spread"]].tail(1)
       cycle  spread
    2    200       0
    >>> frame.attrs["setup"]["honest"]
    58
    """
    needed("pandas", "frames", "a DataFrame")
    simulation = Simulation(topology, **options)
    cycles = options.get("cycles")
    records = _records(simulation, 100 if cycles is None else int(cycles), progress)
    frame = frame_of(records).astype(_KINDS | _SHARES)
    frame.attrs["setup"] = simulation.setup
    return frame


def _records(simulation: Simulation, cycles: int, progress: bool) -> list[dict[str, Any]]:
    records = [simulation.first()]
    with bars.watched(cycles, "cycle", progress) as bar:
        for record in simulation:
            bar.update(record["cycle"] - records[-1]["cycle"])
            records.append(record)
    return records


def trial(topology: str | PathLike[str] | _Graph = "regular", **options: Unpack[Options]) -> dict[str, Any]:
    """Runs a simulation to its end, on one thread unless an engine is given, and says what came out: a run for ``sweep``.

    Parameters
    ----------
    topology, **options
        As for ``Simulation``.

    Returns
    -------
    dict[str, Any]
        A dict: ``final_spread``, micro-VU; ``agreed_at``, the recorded cycle from which on the spread was 0 to the end,
        or None; ``worst_violation``, how far a value was outside its range at any record; ``final_error``, how far a
        cell's mean had moved at the end; ``final_trust_in_hostile``; ``all_rate_limited`` and ``all_floored``;
        ``factor``, by how much the mean spread shrank per cycle (see ``measured_factor``); ``honest_nodes``,
        ``hostile_nodes`` and how many of the honest are ``beyond_bound``. The same arguments give the same.

    Examples
    --------
    >>> import lvs
    >>> result = lvs.trial("groups", nodes=64, cycles=200, attack="edge", hostile=0.1, learn_trust=False)
    >>> result["final_spread"], result["worst_violation"], result["agreed_at"] < 200, result["hostile_nodes"]
    (0, 0, True, 6)
    """
    options["engine"] = options.get("engine") or Engine(threads=1)
    simulation = Simulation(topology, **options)
    records = _records(simulation, 0, progress=False)
    last, setup = records[-1], simulation.setup
    return {
        "final_spread": last["spread"],
        "agreed_at": _agreed_at(records),
        "worst_violation": max(record["range_violation"] for record in records),
        "final_error": last["mean_error"],
        "final_trust_in_hostile": last["trust_in_hostile"],
        "all_rate_limited": sum(record["rate_limited"] for record in records),
        "all_floored": sum(record["floored"] for record in records),
        "factor": measured_factor(*([record[name] for record in records] for name in ("cycle", "mean_spread"))),
        "honest_nodes": setup["honest"],
        "hostile_nodes": setup["hostile"],
        "beyond_bound": setup["beyond_bound"],
    }


def _agreed_at(records: list[dict[str, Any]]) -> int | None:
    cycle = None
    for record in reversed(records):
        if record["spread"] > 0:
            break
        cycle = int(record["cycle"])
    return cycle
