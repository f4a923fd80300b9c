"""Swarms and simulations in files, and as pickles and copies: all that decides their next steps.

A file is a NumPy archive (.npz) of plain arrays without pickled objects: a zip of .npy files, which NumPy, R, Julia,
MATLAB and others read. ``about`` is a JSON text, UTF-8 bytes: the ``kind``, the ``format``'s number, the version of
lvs, the cycle and the options; the other arrays are named as the attributes are.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from ._native import Engine, Simulation, Swarm, __version__
from .graphs import Csr

_FORMAT = 1
_KINDS = {"swarm": Swarm, "simulation": Simulation}
_ARRAYS = ("values", "anchors", "trust")
State: TypeAlias = dict[str, NDArray[Any]]


def save(what: Swarm | Simulation, path: str | os.PathLike[str]) -> None:
    """Keeps a swarm or a simulation in a file, from which ``lvs.load`` makes one that takes the same next steps.

    Kept are cycle, values, anchors, trust, the graph, frozen rows, loss, seeds and options; not the engine, which decides
    no bit, nor ``stats``, which belong to the last step. Of a simulation: its arguments and all that has come of them
    since. A topology from a file is kept as its path, and must still be there.

    Parameters
    ----------
    what : Swarm | Simulation
        Is left as it is.
    path : str | os.PathLike[str]
        The file, a NumPy archive of plain arrays (.npz) as it comes from ``np.savez``; its name is taken as it is. It is
        written beside its place first and then moved there, so that a file is whole or not there.

    Examples
    --------
    >>> import lvs, tempfile, pathlib
    >>> swarm = lvs.Swarm([0, 1, 2], [1, 0], [[2_000_000], [2_500_000]], loss=(6_554, 7))
    >>> swarm.step(11)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     lvs.save(swarm, pathlib.Path(folder) / "swarm.npz")
    ...     other = lvs.load(pathlib.Path(folder) / "swarm.npz")
    >>> swarm.step(9), other.step(9), other.cycle, (other.values == swarm.values).tolist()
    (None, None, 20, [[True], [True]])
    """
    if not isinstance(what, (Swarm, Simulation)):
        raise TypeError(f"what: got {type(what).__name__}, expected an lvs.Swarm or an lvs.Simulation")
    whole = os.fspath(path)
    part = f"{whole}.part"
    try:
        with open(part, "wb") as file:
            arrays: dict[str, Any] = _state(what)
            np.savez_compressed(file, **arrays)
        os.replace(part, whole)
    except BaseException:
        if os.path.exists(part):
            os.remove(part)
        raise


def load(path: str | os.PathLike[str], *, engine: Engine | None = None) -> Any:
    """What ``lvs.save`` kept in a file: a ``Swarm`` or a ``Simulation`` that goes on from there.

    Parameters
    ----------
    path : str | os.PathLike[str]
        The file.
    engine : Engine | None, default None
        What steps it from here on, default one ``Engine()`` that all share.

    Returns
    -------
    Swarm or Simulation
        Which of the two the file holds.

    Raises
    ------
    ValueError
        If the file is none of these, or of a later format.
    FileNotFoundError
        If it is not there, or, of a simulation, the file of its topology.

    Examples
    --------
    >>> import lvs
    >>> lvs.load("nowhere.npz")
    Traceback (most recent call last):
    FileNotFoundError: [Errno 2] No such file or directory: 'nowhere.npz'
    """
    try:
        # Never pickled objects, which could run anything.
        with np.load(path, allow_pickle=False) as archive:
            state = {name: archive[name] for name in archive.files}
    except (ValueError, AttributeError, EOFError, BadZipFile) as error:
        raise ValueError(f"path: got {os.fspath(path)!r}, expected a file from lvs.save ({error})") from error
    return _restored(state, engine)


def _state(what: Swarm | Simulation) -> State:
    return _state_of_swarm(what) if isinstance(what, Swarm) else _state_of_simulation(what)


def _state_of_swarm(swarm: Swarm) -> State:
    about = {"kind": "swarm", "cycle": swarm.cycle, "options": swarm.options}
    names = (*_ARRAYS, "indptr", "indices", "frozen")
    return {"about": _told(about)} | {name: getattr(swarm, name) for name in names}


def _state_of_simulation(simulation: Simulation) -> State:
    checkpoint = simulation._checkpoint()
    arrays = {name: checkpoint.pop(name) for name in _ARRAYS}
    arguments = simulation._arguments()
    if isinstance(graph := arguments["topology"], Csr):
        arrays |= {"graph_indptr": graph.indptr, "graph_indices": graph.indices}
        arrays["graph_values"] = arguments.pop("values")
        del arguments["topology"]
    plain = {name: _plain(value) for name, value in arguments.items()}
    edges = simulation.setup["edges"]
    about = {"kind": "simulation", "checkpoint": checkpoint, "arguments": plain, "edges": edges}
    return {"about": _told(about)} | arrays


def _plain(value: Any) -> Any:
    """Paths and NumPy's numbers as JSON has them."""
    if isinstance(value, os.PathLike):
        return {"path": os.fspath(value)}
    return value.item() if isinstance(value, np.generic) else value


def _told(about: Mapping[str, Any]) -> NDArray[np.uint8]:
    text = json.dumps({"format": _FORMAT, "lvs": __version__, **about})
    return np.frombuffer(text.encode(), np.uint8)


def _restored(state: State, engine: Engine | None) -> Any:
    about = _about(state)
    make: Callable[..., Any] = {"swarm": _swarm, "simulation": _simulation}[about["kind"]]
    try:
        return make(about, state, engine)
    except KeyError as error:
        raise ValueError(f"path: got a file without {error}, expected one from lvs.save") from error


def _about(state: State) -> dict[str, Any]:
    expected = f"one from lvs.save of a format up to {_FORMAT}"
    if "about" not in state:
        raise ValueError(f"path: got an archive of {sorted(state)}, expected {expected}")
    try:
        about: dict[str, Any] = json.loads(state["about"].tobytes())
    except ValueError as error:
        raise ValueError(f"path: got an archive whose 'about' is no JSON, expected {expected}") from error
    if about.get("kind") not in _KINDS or about.get("format") not in range(1, _FORMAT + 1):
        got = f"kind {about.get('kind')!r} of format {about.get('format')!r}"
        raise ValueError(f"path: got {got}, expected {expected}")
    return about


def _swarm(about: Mapping[str, Any], state: State, engine: Engine | None) -> Swarm:
    options = dict(about["options"])
    options["loss"] = options["loss"] and tuple(options["loss"])
    options |= {"trust": state["trust"], "frozen": state["frozen"], "engine": engine}
    swarm = Swarm(state["indptr"], state["indices"], state["values"], **options)
    swarm.resume(about["cycle"], state["anchors"])
    return swarm


def _simulation(about: Mapping[str, Any], state: State, engine: Engine | None) -> Simulation:
    arguments = dict(about["arguments"])
    if "graph_indptr" in state:
        indptr, indices = state["graph_indptr"], state["graph_indices"]
        arguments["topology"] = Csr(indptr, indices, None, list(range(len(indptr) - 1)))
        arguments["values"] = state["graph_values"]
    elif isinstance(arguments["topology"], dict):
        arguments["topology"] = Path(arguments["topology"]["path"])
    simulation = Simulation(engine=engine, **arguments)
    if simulation.setup["edges"] != about["edges"]:
        got, wanted = simulation.setup["edges"], about["edges"]
        raise ValueError(f"topology: got a file of {got} edges, expected {wanted}: it has changed since")
    arrays: dict[str, Any] = {name: state[name] for name in _ARRAYS}
    simulation._resume(**about["checkpoint"], **arrays)
    return simulation


def _reduced(what: Swarm | Simulation, engine: Engine) -> tuple[Callable[..., Any], tuple[Any, ...]]:
    """What a pickle and a copy hold."""
    return _restored, (_state(what), engine)
