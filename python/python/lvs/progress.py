"""Progress bars, drawn by tqdm where it is installed."""

from __future__ import annotations

from typing import Any

from ._extras import needed


def bar(total: int, unit: str) -> Any:
    """A bar for `total` steps: in a notebook a widget if one can be drawn, else text on standard error."""
    tqdm = needed("tqdm.auto", "progress", "a progress bar")
    # Its own looks at whether drawing is worth it are what keeps a bar of a million steps cheap.
    return tqdm.tqdm(total=total, unit=unit, dynamic_ncols=True)


class NoBar:
    """Takes a bar's place where none is to be shown."""

    def __enter__(self) -> NoBar:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def update(self, _: int) -> None:
        """Nothing to show."""


def watched(total: int, unit: str, shown: bool) -> Any:
    """A bar, or what stands for one, to be used in a with statement."""
    return bar(total, unit) if shown else NoBar()
