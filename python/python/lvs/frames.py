"""Results as pandas DataFrames: a swarm watched over its cycles, its edges, a ranking by reputation."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from . import progress as bars
from ._extras import needed
from ._native import REPUTATION_ONE, TRUST_FLOOR, Swarm
from .graphs import Csr

if TYPE_CHECKING:
    from pandas import DataFrame


def watch(swarm: Swarm, cycles: int, *, every: int = 1, progress: bool = False) -> DataFrame:
    """Steps a swarm and notes, now and after every so many cycles, how far apart its rows are.

    Parameters
    ----------
    swarm : Swarm
        Is left ``cycles`` cycles further on.
    cycles : int
        How many cycles to step.
    every : int, default 1
        Cycles from one note to the next; the last note is at the end.
    progress : bool, default False
        Show a bar meanwhile (needs tqdm). Ctrl-C ends it as it ends ``Swarm.step``.

    Returns
    -------
    DataFrame
        A DataFrame, a row for each note: ``cycle``; ``spread`` and ``median_spread``, uint64, the largest and the lower
        median of the cells' spreads over rows that are not frozen, micro-VU; ``exact``, the part of the cells whose
        spread is 0; and since the note before, the cells that were ``rate_limited`` and ``floored``, and the
        ``max_correction`` in micro-VU. Needs pandas.

    Raises
    ------
    ValueError
        If ``cycles`` or ``every`` is out of range.

    Examples
    --------
    >>> import lvs
    >>> swarm = lvs.Swarm([0, 1, 2], [1, 0], [[1_000_000], [3_000_000]], trim=False)
    >>> lvs.watch(swarm, 40, every=20)[["cycle", "spread", "exact"]]
       cycle   spread  exact
    0      0  2000000    0.0
    1     20        2    0.0
    2     40        0    1.0
    """
    pd = needed("pandas", "frames", "a DataFrame")
    if cycles < 0 or every < 1:
        name, got, least = ("cycles", cycles, 0) if cycles < 0 else ("every", every, 1)
        raise ValueError(f"{name}: got {got}, expected an integer of at least {least}")
    notes = [_note(swarm, first=True)]
    with bars.watched(cycles, "cycle", progress) as bar:
        while cycles > 0:
            some = min(every, cycles)
            swarm.step(some)
            notes.append(_note(swarm))
            cycles -= some
            bar.update(some)
    frame: DataFrame = pd.DataFrame(notes)
    return frame.astype({"spread": "uint64", "median_spread": "uint64", "max_correction": "uint64"})


def _note(swarm: Swarm, first: bool = False) -> dict[str, Any]:
    spread, stats = np.sort(swarm.spread), swarm.stats
    middle = spread[(len(spread) - 1) // 2] if len(spread) else 0
    return {
        "cycle": swarm.cycle,
        "spread": int(spread.max(initial=0)),
        "median_spread": int(middle),
        "exact": float(np.mean(spread == 0)) if len(spread) else 1.0,
        "rate_limited": 0 if first else stats.rate_limited,
        "floored": 0 if first else stats.floored,
        "max_correction": 0 if first else stats.max_correction,
    }


def edges(of: Swarm | Csr) -> DataFrame:
    """The edges of a swarm or a graph, and the trust along them.

    Parameters
    ----------
    of : Swarm | Csr
        A swarm, or a ``Csr``, whose edges are named by its nodes.

    Returns
    -------
    DataFrame
        A DataFrame with a row for each edge: ``row``, the ``neighbor`` that it compares with, and, where there is a
        trust, its ``trust`` in it, uint16, Q0.16, and the ``credit`` of that (see ``lvs.credit``). Needs pandas.

    Examples
    --------
    >>> import lvs
    >>> lvs.edges(lvs.Swarm([0, 1, 2], [1, 0], [[1], [3]], trust=[7, 65_535]))
       row  neighbor  trust  credit
    0    0         1      7       0
    1    1         0  65535    4095
    """
    pd = needed("pandas", "frames", "a DataFrame")
    indptr, indices, trust = of.indptr, of.indices, of.trust
    rows = np.repeat(np.arange(len(indptr) - 1), np.diff(indptr))
    columns: dict[str, Any] = {"row": rows, "neighbor": indices}
    if isinstance(of, Csr):
        columns = {name: [of.nodes[row] for row in column] for name, column in columns.items()}
    if trust is not None:
        columns |= {"trust": trust, "credit": credit(trust)}
    frame: DataFrame = pd.DataFrame(columns)
    return frame


def credit(trust: Any) -> NDArray[np.uint16]:
    """What a trust has earned, for reputation, reports and alarms: what lies above ``lvs.TRUST_FLOOR``, else 0.

    Disagreement alone takes trust down to that floor and no further, so that liars cannot turn honest rows against each
    other; above it, the trust tells liars and newcomers, who have none, from those that agreed for long.

    Parameters
    ----------
    trust : array_like
        uint16 of any shape, Q0.16.

    Returns
    -------
    NDArray[np.uint16]
        uint16 of the same shape, 0 to 4,095.

    Raises
    ------
    TypeError, ValueError
        For anything else.

    Examples
    --------
    >>> import lvs
    >>> lvs.credit([lvs.TRUST_NEWCOMER, lvs.TRUST_FLOOR, 65_535])
    array([   0,    0, 4095], dtype=uint16)
    """
    array = np.asarray(trust)
    expected = "integers from 0 to 65535, Q0.16"
    if array.size and array.dtype.kind not in "iu":
        raise TypeError(f"trust: got an array of {array.dtype}, expected {expected}")
    outside = (array < 0) | (array > 65_535)
    if outside.any():
        raise ValueError(f"trust: got {array[outside][0]}, expected {expected}")
    whole = array.astype(np.uint16)
    return np.maximum(whole, np.uint16(TRUST_FLOOR)) - np.uint16(TRUST_FLOOR)


def ranking(
    shares: NDArray[np.uint64] | Sequence[int], nodes: Iterable[Hashable] | None = None
) -> DataFrame:
    """Nodes by their reputation, the highest first; equal ones in the order of their rows.

    Parameters
    ----------
    shares : NDArray[np.uint64] | Sequence[int]
        uint64[N], Q0.47, from ``Engine.reputation``.
    nodes : Iterable[Hashable] | None, default None
        What to call them, default 0 to N - 1.

    Returns
    -------
    DataFrame
        A DataFrame: ``node``; ``share``, as it came; ``reputation``, the part of the whole, a float. Needs pandas.

    Raises
    ------
    TypeError, ValueError
        If the shares are no such integers, or there are not as many nodes.

    Examples
    --------
    >>> import lvs
    >>> shares = lvs.Engine().reputation([0, 1, 2, 3], [1, 2, 1], [9, 9, 9])
    >>> lvs.ranking(shares, "abc")[["node", "reputation"]].round(3)
      node  reputation
    0    b       0.486
    1    c       0.464
    2    a       0.050
    """
    pd = needed("pandas", "frames", "a DataFrame")
    kept = _shares(shares)
    names = list(range(len(kept)) if nodes is None else nodes)
    if len(names) != len(kept):
        raise ValueError(f"nodes: got {len(names)}, expected {len(kept)} (the number of shares)")
    # From the highest down, and stable: subtracted from the largest number there is, not negated.
    order = np.argsort(np.iinfo(np.uint64).max - kept, kind="stable")
    ranked = {
        "node": [names[row] for row in order],
        "share": kept[order],
        "reputation": kept[order] / REPUTATION_ONE,
    }
    frame: DataFrame = pd.DataFrame(ranked)
    return frame


def _shares(shares: Any) -> NDArray[np.uint64]:
    """As they are: converting would make other numbers of floats and of those below 0."""
    expected = "uint64[N], Q0.47, from Engine.reputation"
    if np.ma.is_masked(shares):
        raise ValueError(f"shares: got an array with masked entries, expected {expected}")
    array = np.asarray(shares)
    if array.ndim != 1:
        raise ValueError(f"shares: got {array.ndim} dimension(s), expected {expected}")
    if array.size and array.dtype.kind not in "iu":
        raise TypeError(f"shares: got an array of {array.dtype}, expected {expected}")
    if array.size and array.min() < 0:
        raise ValueError(f"shares: got {array.min()}, expected {expected}")
    return array.astype(np.uint64)
