"""Parameter sweeps: the same run for every point of a grid, on Dask or in this process, with the same frame either way."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from . import progress as bars
from ._columns import frame_of
from ._extras import needed
from ._journal import Journal, canonical
from .simulations import trial

if TYPE_CHECKING:
    from pandas import DataFrame

Run = Callable[..., Mapping[str, Any]]
Point = dict[str, Any]
# What JSON gives back as it was.
_KEPT = (int, float, str, bool, type(None))
Outcome = dict[str, Any] | Exception
Done = tuple[Point, Outcome]


def sweep(
    run: Run = trial,
    *,
    scheduler: Any = "local",
    workers: int | None = None,
    results: str | Path | None = None,
    progress: bool = False,
    on_error: str = "raise",
    **grid: Any,
) -> DataFrame:
    """Runs ``run(**point)`` for every point of a grid, and returns a row for each.

    Parameters
    ----------
    run : callable, default lvs.trial
        Takes the parameters by name and returns a mapping of names to numbers,
        strings, flags or None. It must give the same for the same point (draw from a seed that is a parameter), and be
        importable or picklable by cloudpickle.
    **grid
        Every other keyword is a parameter; a list, tuple, range, set-like or array holds the values it takes, anything
        else stays the same in all runs. Points are made in the order of the keywords, the last one varying fastest.
        Values are numbers, strings, flags or None; bind larger things to ``run`` with ``functools.partial``.
    scheduler : str, Client or None, default 'local'
        ``'local'`` starts a Dask cluster on this machine for as long as the sweep lasts, one process for each worker; an
        address (``'tcp://...'``) or a ``distributed.Client`` uses one that is there; ``'serial'`` or None runs here. In a
        script, a local cluster needs ``if __name__ == '__main__'`` around the call.
    workers : int | None, default None
        Processes of a local cluster, default one for each processor. A run whose worker dies is run again elsewhere,
        three times at most.
    results : str | Path | None, default None
        A file that keeps every finished run; a sweep that was cut off, or whose grid has grown, goes on from it. It is
        for this sweep alone, and for ``run`` as it is: once that is edited, or binds something else, name another file.
    progress : bool, default False
        Show a bar meanwhile (needs tqdm).
    on_error : str, default 'raise'
        ``'raise'`` ends the sweep with the first run that fails; ``'keep'`` goes on, and a column ``failed`` says of each
        run what it raised, None where it did not. A failed run is not kept in ``results``: the next sweep tries it again.

    Returns
    -------
    DataFrame
        A DataFrame with a column for each parameter and each name that ``run`` returned, in the order of the grid; the
        same whatever the scheduler, and whether or not it was resumed. Integers stay exact: beside None in a column of
        Int64 or UInt64. Needs pandas, and distributed unless serial.

    Raises
    ------
    ValueError, TypeError
        If an argument is wrong; the message names it.
    RuntimeError
        If another sweep is using ``results``, or, naming the point, if a run fails, those finished before it being kept.

    Examples
    --------
    >>> import lvs
    >>> def steps(nodes, seed):
    ...     return {"total": nodes + seed}
    >>> lvs.sweep(steps, nodes=[10, 20], seed=range(2), scheduler="serial")
       nodes  seed  total
    0     10     0     10
    1     10     1     11
    2     20     0     20
    3     20     1     21
    >>> grid = dict(attack=["alie", "spectral"], hostile=[0.1, 0.2], seed=range(3), nodes=48, degree=12)
    >>> frame = lvs.sweep(topology=["regular", "groups"], **grid, cells=2, cycles=60, scheduler="serial")
    >>> len(frame), frame["hostile_nodes"].unique().tolist()
    (24, [5, 10])
    """
    needed("pandas", "sweep", "a sweep")
    if on_error not in ("raise", "keep"):
        raise ValueError(f"on_error: got {on_error!r}, expected 'raise' or 'keep'")
    points, failed = _points(grid), {}
    with Journal(results, run) as journal:
        missing = [point for point in points if canonical(point) not in journal]
        with _runner(run, scheduler, workers) as each, bars.watched(len(points), "run", progress) as bar:
            bar.update(len(points) - len(missing))
            for point, result in each(run, missing):
                if isinstance(result, Exception):
                    failed[canonical(point)] = _kept_or_raised(point, result, on_error)
                else:
                    journal.add(point, result)
                bar.update(1)
        rows = [_row(point, journal, failed, on_error) for point in points]
    return frame_of(rows, grid)


def _kept_or_raised(point: Point, error: Exception, on_error: str) -> str:
    if on_error == "raise":
        raise _failed(point, error) from error
    return f"{type(error).__name__}: {error}"


def _row(point: Point, journal: Journal, failed: Mapping[str, str], on_error: str) -> Point:
    key = canonical(point)
    result = {} if key in failed else journal[key]
    if on_error == "raise":
        return point | result
    if "failed" in point or "failed" in result:
        raise ValueError("run: returned 'failed', or has a parameter of that name, which on_error='keep' needs itself")
    return point | {"failed": failed.get(key)} | result


def _points(grid: Mapping[str, Any]) -> list[Point]:
    axes = {name: _axis(name, values) for name, values in grid.items()}
    return [dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values())]


def _axis(name: str, values: Any) -> list[Any]:
    several = isinstance(values, Iterable) and not isinstance(values, (str, bytes, Mapping))
    axis = [_plain(value) for value in values] if several else [_plain(values)]
    for value in axis:
        if not isinstance(value, _KEPT):
            raise TypeError(f"{name}: got {type(value).__name__}, expected numbers, strings, flags or None")
    if len({canonical({"": value}) for value in axis}) < len(axis):
        raise ValueError(f"{name}: got a value more than once, expected each once")
    return axis


def _plain(value: Any) -> Any:
    """NumPy's scalars as Python's, so that a point is the same however its grid was made."""
    return value.item() if isinstance(value, np.generic) else value


def _same(run: Run) -> Run:
    return run


def _attempt(run: Run, point: Point) -> dict[str, Any]:
    result = run(**point)
    if not isinstance(result, Mapping):
        raise TypeError(f"run: returned {type(result).__name__}, expected a mapping of names to results")
    plain = {str(name): _plain(value) for name, value in result.items()}
    for name, value in plain.items():
        if not isinstance(value, _KEPT):
            got = f"{type(value).__name__} for '{name}'"
            raise TypeError(f"run: returned {got}, expected a number, string, flag or None")
        if name in point:
            raise ValueError(f"run: returned '{name}', which is a parameter's name")
    return plain


def _failed(point: Point, error: BaseException) -> RuntimeError:
    return RuntimeError(f"the run at {point} failed: {type(error).__name__}: {error}")


@contextmanager
def _runner(
    run: Run, scheduler: Any, workers: int | None
) -> Iterator[Callable[[Run, list[Point]], Iterator[Done]]]:
    """What makes runs of points, in whatever order they finish."""
    if scheduler is None or scheduler == "serial":
        yield _serially
        return
    distributed = needed("distributed", "sweep", "a sweep that is not serial")
    if not isinstance(scheduler, (str, distributed.Client)):
        expected = "'local', 'serial', None, an address or a distributed.Client"
        raise TypeError(f"scheduler: got {type(scheduler).__name__}, expected {expected}")
    _expect_sendable(run)
    if isinstance(scheduler, distributed.Client):
        yield lambda run, points: _on_dask(scheduler, run, points)
    elif scheduler != "local":
        with distributed.Client(scheduler) as client:
            yield lambda run, points: _on_dask(client, run, points)
    else:
        with _local(distributed, workers) as cluster, distributed.Client(cluster) as client:
            yield lambda run, points: _on_dask(client, run, points)


def _expect_sendable(run: Run) -> None:
    cloudpickle = needed("cloudpickle", "sweep", "a sweep that is not serial")
    try:
        cloudpickle.dumps(run)
    except Exception as error:
        expected = "a function that cloudpickle can send to other processes, or scheduler='serial'"
        raise TypeError(f"run: got what cannot be pickled ({error}), expected {expected}") from error


def _local(distributed: Any, workers: int | None) -> Any:
    # On loopback only, its dashboard at any port that is free.
    places = {"host": "127.0.0.1", "dashboard_address": "127.0.0.1:0"}
    return distributed.LocalCluster(n_workers=workers, threads_per_worker=1, processes=True, **places)


def _serially(run: Run, points: list[Point]) -> Iterator[Done]:
    for point in points:
        try:
            result: Outcome = _attempt(run, point)
        except Exception as error:
            result = error
        yield point, result


def _on_dask(client: Any, run: Run, points: list[Point]) -> Iterator[Done]:
    distributed = needed("distributed", "sweep", "a sweep that is not serial")
    # `run` may hold a graph: it goes to the workers once, not with every point, and again to those that replace others.
    held = client.submit(_same, run, pure=False)
    futures = client.map(_attempt, [held] * len(points), points, pure=False)
    place = {future.key: position for position, future in enumerate(futures)}
    try:
        for future in distributed.as_completed(futures):
            point = points[place[future.key]]
            try:
                # It may have been finished and lost with its worker: then this waits until it has been made again.
                result: Outcome = future.result()
            except Exception as error:
                result = error
            future.release()
            yield point, result
    finally:
        client.cancel(futures)
