"""Columns of frames in which no integer is rounded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ._extras import needed

if TYPE_CHECKING:
    from pandas import DataFrame

# The largest integer up to which every one is a float, too.
_FLOAT = 2**53


def frame_of(rows: Sequence[Mapping[str, Any]], columns: Iterable[str] = ()) -> DataFrame:
    """A frame with a row for each mapping; its columns are those of ``columns`` and, after them, what else the rows have."""
    pd = needed("pandas", "frames", "a DataFrame")
    names = dict.fromkeys([*columns, *(name for row in rows for name in row)])
    made = {name: _column(pd, [row.get(name) for row in rows]) for name in names}
    frame: DataFrame = pd.DataFrame(made, columns=list(names), index=range(len(rows)))
    return frame


def _column(pd: Any, entries: list[Any]) -> Any:
    """Integers beside None or floats would become floats."""
    numbers = [entry for entry in entries if entry is not None]
    kinds = {type(number) for number in numbers}
    if kinds == {int} and len(numbers) < len(entries):
        return _nullable(pd, entries, min(numbers), max(numbers))
    if kinds == {int, float} and any(abs(number) > _FLOAT for number in numbers if type(number) is int):
        return pd.Series(entries, dtype=object)
    return entries


def _nullable(pd: Any, entries: list[Any], low: int, high: int) -> Any:
    if -(2**63) <= low and high < 2**63:
        return pd.array(entries, dtype="Int64")
    if low >= 0 and high < 2**64:
        return pd.array(entries, dtype="UInt64")
    return pd.Series(entries, dtype=object)
