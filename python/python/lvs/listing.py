"""The list of backends, as a list that notebooks and pandas can show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import html
from ._extras import needed
from ._native import Backend
from ._native import backends as _listed

if TYPE_CHECKING:
    from pandas import DataFrame

_FIELDS = ("name", "kind", "device", "compiled", "detected", "available", "reason")


class Backends(list[Backend]):
    """A list of ``Backend`` that shows itself as a table.

    >>> import lvs
    >>> isinstance(lvs.backends(), lvs.Backends)
    True
    """

    def _repr_html_(self) -> str:
        return html.backends(self)

    def to_frame(self) -> DataFrame:
        """A row for each backend, its name as the index.

        Returns
        -------
        DataFrame
            What is known of each. Needs pandas.

        Examples
        --------
        >>> import lvs
        >>> bool(lvs.backends().to_frame().loc["scalar", "available"])
        True
        """
        pd = needed("pandas", "frames", "a DataFrame")
        frame = pd.DataFrame([[getattr(backend, field) for field in _FIELDS] for backend in self])
        frame.columns = list(_FIELDS)
        result: DataFrame = frame.set_index("name")
        return result


def backends() -> Backends:
    """Lists every backend that can be asked for by name, available or not.

    Returns
    -------
    Backends
        A list of ``Backend``.

    Examples
    --------
    >>> import lvs
    >>> next(b.available for b in lvs.backends() if b.name == 'scalar')
    True
    """
    return Backends(_listed())
