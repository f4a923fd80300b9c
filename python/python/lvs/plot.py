"""Pictures of swarms, trust and reputation, drawn with matplotlib (``pip install 'liblvs[plot]'``).

Every function draws into ``ax``, or into a new figure, and returns the axes, so that a title or a file is the caller's.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ._extras import needed
from ._native import TRUST_FLOOR, Spectrum, Swarm, measured_factor
from .frames import credit, ranking
from .graphs import Csr
from .units import MICRO, from_units

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from pandas import DataFrame, Series

__all__ = ["compare", "convergence", "reputation", "spread", "trust"]

_PIXELS = 512
# Columns of `lvs.trial` in micro-VU, and the units of others.
_MICRO_VU = {"final_spread", "worst_violation", "final_error"}
_UNITS = {"agreed_at": "cycle", "factor": "per cycle", "all_rate_limited": "cells", "all_floored": "cells"}
_TRUST_ONE = 65_535


def spread(
    runs: DataFrame | Mapping[str, DataFrame], *, measure: str = "spread", ax: Axes | None = None
) -> Axes:
    """How far apart the rows are, over the cycles, on a logarithmic scale; a dot marks where they become equal.

    Parameters
    ----------
    runs : DataFrame | Mapping[str, DataFrame]
        What ``lvs.watch`` or ``lvs.simulate`` returns, or several such by their names, to compare them.
    measure : str, default 'spread'
        The column to draw, micro-VU, integers or floats; it is shown in VU, and not at all where it is missing.
    ax : Axes | None, default None
        Where to draw; a new figure by default.

    Returns
    -------
    Axes
        What was drawn on.

    Raises
    ------
    ValueError
        If a frame lacks the column or ``cycle``.

    Examples
    --------
    >>> import lvs
    >>> swarm = lvs.Swarm([0, 1, 2], [1, 0], [[1_000_000], [3_000_000]], trim=False)
    >>> axes = lvs.plot.spread({"two rows": lvs.watch(swarm, 40)})
    >>> axes.get_yscale(), [text.get_text() for text in axes.get_legend().get_texts()]
    ('log', ['two rows'])
    """
    axes = _axes(ax)
    named = runs if isinstance(runs, Mapping) else {"": runs}
    for name, frame in named.items():
        cycles = _column(frame, "cycle")
        _column(frame, measure)
        _line(axes, cycles, _in_units(frame[measure]), name)
    axes.set(xlabel="cycle", ylabel=f"{measure.replace('_', ' ')} (VU)")
    axes.set_yscale("log")
    if any(named):
        axes.legend()
    return axes


def _in_units(column: Series) -> NDArray[np.float64]:
    """Micro-VU in VU, NaN where there are none; integers beyond what a float holds are rounded once."""
    apart = np.full(len(column), np.nan)
    there = column.notna().to_numpy()
    known = column.to_numpy()[there]
    apart[there] = known / MICRO if known.dtype.kind == "f" else from_units(known)
    return apart


def _line(axes: Axes, cycles: NDArray[Any], apart: NDArray[np.float64], name: str) -> None:
    # Zero has no place on a logarithmic scale: the line ends there, with a dot at the smallest spread before.
    (line,) = axes.plot(cycles, np.where(apart > 0, apart, np.nan), label=name)
    equal = np.flatnonzero(apart == 0)
    if len(equal) and (apart > 0).any():
        height = apart[apart > 0].min()
        axes.plot(cycles[equal[:1]], [height], "o", color=line.get_color())


def convergence(frame: DataFrame, spectrum: Spectrum, *, ax: Axes | None = None) -> Axes:
    """How fast a swarm agreed beside how fast plain averaging with full trust could on its graph.

    Parameters
    ----------
    frame : DataFrame
        What ``lvs.simulate`` returns.
    spectrum : Spectrum
        Of its graph, from ``lvs.spectrum``; the dashed line starts where the frame's ``mean_spread`` does and falls by
        its ``factor`` in every cycle.
    ax : Axes | None, default None
        Where to draw; a new figure by default.

    Returns
    -------
    Axes
        What was drawn on.

    Raises
    ------
    ValueError
        If the frame lacks a column.

    Examples
    --------
    >>> import lvs
    >>> spectrum = lvs.spectrum(lvs.topology("ring", nodes=64, degree=4))
    >>> frame = lvs.simulate("ring", nodes=64, degree=4, trim=False, learn_trust=False, cycles=400)
    >>> [text.get_text() for text in lvs.plot.convergence(frame, spectrum).get_legend().get_texts()]
    ['measured: 0.990 per cycle', 'predicted: 0.990 per cycle']
    """
    cycles, apart = (_column(frame, column) for column in ("cycle", "mean_spread"))
    measured = measured_factor(cycles, apart)
    axes = _axes(ax)
    name = "measured" if measured is None else f"measured: {measured:.3f} per cycle"
    _line(axes, cycles, apart / MICRO, name)
    predicted = apart[:1] / MICRO * spectrum.factor ** (cycles - cycles[:1])
    axes.plot(cycles, predicted, "--", color="black", label=f"predicted: {spectrum.factor:.3f} per cycle")
    axes.set(xlabel="cycle", ylabel="mean spread (VU)", yscale="log")
    axes.legend()
    return axes


def trust(of: Swarm | Csr, *, ax: Axes | None = None) -> Axes:
    """The trust matrix: row i shows how stable i has found each of its neighbors, 0 to 1; empty where it has none.

    Parameters
    ----------
    of : Swarm | Csr
        A swarm, of which the credit is shown (see ``lvs.credit``), as a part of the most there can be; or a ``Csr`` with
        a trust, which is shown itself. With more than 512 rows every point is the mean over a block of them.
    ax : Axes | None, default None
        Where to draw; a new figure by default.

    Returns
    -------
    Axes
        What was drawn on.

    Raises
    ------
    ValueError
        If there is no trust.

    Examples
    --------
    >>> import lvs
    >>> swarm = lvs.Swarm([0, 2, 4, 6], [1, 2, 0, 2, 0, 1], [[1], [2], [3]])
    >>> lvs.plot.trust(swarm).images[0].get_array().shape
    (3, 3)
    """
    if of.trust is None:
        raise ValueError("of: got a graph without a trust, expected one on every edge")
    axes = _axes(ax)
    if isinstance(of, Csr):
        label, shares = "trust", np.asarray(of.trust) / _TRUST_ONE
    else:
        label, shares = "credit", credit(of.trust) / (_TRUST_ONE - TRUST_FLOOR)
    indptr, indices = np.asarray(of.indptr), np.asarray(of.indices)
    nodes = len(indptr) - 1
    extent = (-0.5, nodes - 0.5, nodes - 0.5, -0.5)
    image = axes.imshow(_matrix(indptr, indices, shares), vmin=0, vmax=1, interpolation="nearest", extent=extent)
    axes.figure.colorbar(image, ax=axes, label=label)
    axes.set(xlabel="neighbor", ylabel="row")
    return axes


def _matrix(indptr: NDArray[Any], indices: NDArray[Any], shares: NDArray[Any]) -> NDArray[np.float64]:
    """The mean trust of each block of edges, one edge a block where they are few."""
    nodes = len(indptr) - 1
    side = min(nodes, _PIXELS)
    rows = np.repeat(np.arange(nodes), np.diff(indptr))
    places = (rows * side // max(nodes, 1)) * side + indices * side // max(nodes, 1)
    sums = np.bincount(places, weights=shares, minlength=side * side)
    counts = np.bincount(places, minlength=side * side)
    with np.errstate(invalid="ignore"):
        means: NDArray[np.float64] = (sums / counts).reshape(side, side)
    return means


def reputation(
    shares: NDArray[np.uint64], nodes: Iterable[Hashable] | None = None, *, top: int = 20, ax: Axes | None = None
) -> Axes:
    """The nodes with the highest reputation, as bars; the dotted line is an equal share.

    Parameters
    ----------
    shares : NDArray[np.uint64]
        uint64[N], Q0.47, from ``Engine.reputation``.
    nodes : Iterable[Hashable] | None, default None
        What to call them, default 0 to N - 1.
    top : int, default 20
        How many.
    ax : Axes | None, default None
        Where to draw; a new figure by default.

    Returns
    -------
    Axes
        What was drawn on.

    Examples
    --------
    >>> import lvs
    >>> shares = lvs.Engine().reputation([0, 1, 2, 3], [1, 2, 1], [9, 9, 9])
    >>> axes = lvs.plot.reputation(shares, "abc", top=2)
    >>> [label.get_text() for label in axes.get_yticklabels()]
    ['b', 'c']
    """
    axes = _axes(ax)
    best = ranking(shares, nodes).head(top)
    places = np.arange(len(best))
    axes.barh(places, best["reputation"])
    axes.set_yticks(places, [str(node) for node in best["node"]])
    axes.invert_yaxis()
    axes.axvline(1 / max(len(shares), 1), color="black", linestyle=":", linewidth=1)
    axes.set(xlabel="part of all reputation", ylabel="node")
    return axes


def compare(
    frame: DataFrame,
    x: str,
    y: str,
    *,
    by: str | None = None,
    log: bool = False,
    xlabel: str | None = None,
    ylabel: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Many runs, as ``lvs.sweep`` returns them: the median of y over x, within the range of all runs.

    What was varied besides x and ``by``, such as seeds, makes the range. A run without a y, such as one that never agreed,
    counts as above all others. Where some lack it, the marker is hollow and the range is that of the others. Where half of
    them or more do, there is no median to draw. The legend says how many lack it.

    Parameters
    ----------
    frame : DataFrame
        A row for each run.
    x, y : str
        Columns.
    by : str | None, default None
        A column; there is a line for each of its values, None among them.
    log : bool, default False
        A logarithmic y axis; what ends at 0, which has no place on it, is shown at the floor, a step below the smallest y
        above 0, and the axis names the floor 0.
    xlabel, ylabel : str | None, default None
        By default the columns' names, with their units where they are of ``lvs.trial``; these, in micro-VU, are shown
        in VU.
    ax : Axes | None, default None
        Where to draw; a new figure by default.

    Returns
    -------
    Axes
        What was drawn on.

    Raises
    ------
    ValueError
        If a column is missing, x in a row, or with ``log`` a y is below 0.

    Examples
    --------
    >>> import lvs, pandas
    >>> runs = pandas.DataFrame({"loss": [0, 0, 1, 1], "seed": [1, 2, 1, 2], "cycles": [5, 7, 9, 9]})
    >>> lvs.plot.compare(runs, "loss", "cycles").lines[0].get_ydata().tolist()
    [6.0, 9.0]
    """
    pd = needed("pandas", "plot", "a plot")
    for column in (x, y) if by is None else (x, y, by):
        _column(frame, column)
    # Rows are told apart by their positions.
    frame = frame.reset_index(drop=True)
    if nowhere := int(frame[x].isna().sum()):
        raise ValueError(f"frame: got no '{x}' in {nowhere} of {len(frame)} rows, expected one in each (it is x)")
    axes = _axes(ax)
    heights = frame[y] if y not in _MICRO_VU else pd.Series(_in_units(frame[y]), frame.index)
    floor = _floor(heights) if log else None
    for name, part in [("", frame)] if by is None else frame.groupby(by, sort=False, dropna=False, observed=True):
        known = heights[part.index] if floor is None else heights[part.index].replace(0, floor)
        _median(axes, part[x], known, "None" if part[by or x].isna().any() else str(name))
    axes.set(xlabel=xlabel or _named(x), ylabel=ylabel or _named(y))
    if floor is not None:
        axes.set_yscale("log")
        _name_floor(axes, floor)
    if by is not None or frame[y].isna().any():
        axes.legend(title=by)
    return axes


def _named(column: str) -> str:
    """A column's name for people, with its unit."""
    words = column.replace("_", " ")
    unit = "VU" if column in _MICRO_VU else _UNITS.get(column)
    return words if unit is None else f"{words} ({unit})"


def _floor(heights: Series) -> float:
    """Where 0 is shown: a power of ten below all that is above it."""
    known = heights.dropna()
    if (known < 0).any():
        raise ValueError(f"frame: got {known.min()} as {heights.name}, expected nothing below 0 on a logarithmic axis")
    above = known[known > 0]
    return 0.1 if above.empty else float(10 ** np.floor(np.log10(float(above.min())) - 1e-9) / 10)


def _name_floor(axes: Axes, floor: float) -> None:
    ticker = needed("matplotlib.ticker", "plot", "a plot")
    axes.axhline(floor, color="black", linestyle=":", linewidth=0.8)
    usual = ticker.LogFormatterSciNotation()
    usual.set_axis(axes.yaxis)
    axes.yaxis.set_major_formatter(lambda y, at: "0" if y <= floor * 1.001 else usual(y, at))


def _median(axes: Axes, places: Series, heights: Series, name: str) -> None:
    pd = needed("pandas", "plot", "a plot")
    columns = {"missing": heights.isna(), "ranked": _floats(heights, np.inf), "known": _floats(heights, np.nan)}
    runs = pd.DataFrame(columns).groupby(places, observed=True)
    middle, missing = runs["ranked"].median().replace(np.inf, np.nan), int(heights.isna().sum())
    label = f"{name} ({missing} of {len(heights)} missing)".lstrip() if missing else name
    (line,) = axes.plot(list(middle.index), middle.to_numpy(), "o-", markersize=4, label=label)
    low, high = runs["known"].min(), runs["known"].max()
    axes.fill_between(list(middle.index), low.to_numpy(), high.to_numpy(), alpha=0.2)
    some = middle[runs["missing"].any() & middle.notna()]
    if len(some):
        axes.scatter(list(some.index), some.to_numpy(), 16, facecolors="white", edgecolors=line.get_color(), zorder=3)


def _floats(column: Series, missing: float) -> NDArray[np.float64]:
    floats: NDArray[np.float64] = column.to_numpy(np.float64, na_value=missing)
    return floats


def _axes(ax: Axes | None) -> Axes:
    if ax is not None:
        return ax
    pyplot = needed("matplotlib.pyplot", "plot", "a plot")
    axes: Axes = pyplot.subplots(layout="constrained")[1]
    return axes


def _column(frame: DataFrame, column: str) -> NDArray[Any]:
    if column not in frame:
        raise ValueError(f"frame: got columns {list(frame)}, expected one named '{column}'")
    return np.asarray(frame[column])
