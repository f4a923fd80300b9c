"""The file in which a sweep keeps its finished runs: a line of JSON for each, after one that says whose they are."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from ._fingerprint import fingerprint
from ._native import __version__

fcntl: Any
try:
    import fcntl
except ImportError:  # Not on Windows.
    fcntl = None


def canonical(point: Mapping[str, Any]) -> str:
    """A text that two points have in common only if they are the same; 1, 1.0 and True are not."""
    return json.dumps(point, sort_keys=True)


class Journal:
    """Finished runs by their points, kept in a file if one is named."""

    def __init__(self, path: str | Path | None, run: Callable[..., Any]) -> None:
        self._path = None if path is None else Path(path)
        self._head = {"sweep": _name(run), "code": fingerprint(run), "lvs": __version__}
        self._done: dict[str, dict[str, Any]] = {}
        self._file: BinaryIO | None = None

    def __enter__(self) -> Journal:
        if self._path is not None:
            self._file = self._path.open("a+b")
            try:
                self._take(self._file)
                self._read(self._file)
            except BaseException:
                self._file.close()
                raise
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def __contains__(self, key: str) -> bool:
        return key in self._done

    def __getitem__(self, key: str) -> dict[str, Any]:
        return self._done[key]

    def add(self, point: Mapping[str, Any], result: Mapping[str, Any]) -> None:
        """Keeps a result; once this returns, the end of the process does not lose it."""
        line = _encoded({"point": point, "result": result})
        # What a file would give back, so that a frame does not depend on whether there was one.
        self._done[canonical(point)] = json.loads(line)["result"]
        self._write(line)

    def _take(self, file: BinaryIO) -> None:
        """For this sweep alone, where the system has such locks."""
        if fcntl is None:
            return
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            message = f"results: {self._path} is in use by another sweep, expected a file for this one alone"
            raise RuntimeError(message) from error
        except OSError:
            # A file system without locks: as where the system has none.
            return

    def _read(self, file: BinaryIO) -> None:
        file.seek(0)
        content, head = file.read(), _encoded(self._head) + b"\n"
        if head.startswith(content) and content != head:
            # Nothing yet, or the head was being written when its sweep was cut off.
            file.truncate(0)
            self._write(head[:-1])
            return
        # Nothing is changed before this is known to be a journal, and of these runs.
        lines = content.split(b"\n")
        self._check(lines[0])
        for number, line in enumerate(lines[1:-1], 2):
            entry = self._decoded(line, number)
            self._done[canonical(entry["point"])] = entry["result"]
        # Likewise a line that has no end.
        file.truncate(len(content) - len(lines[-1]))

    def _check(self, line: bytes) -> None:
        head = self._decoded(line, 1)
        if head | {"code": self._head["code"]} == self._head != head:
            changed = "its code, or what is bound to it, has changed since (or Python's version)"
            raise ValueError(f"results: {self._path} holds runs of {head['sweep']}, but {changed}: name another file")
        if head != self._head:
            raise ValueError(f"results: {self._path} holds runs of {head}, expected {self._head}")

    def _decoded(self, line: bytes, number: int) -> dict[str, Any]:
        try:
            entry = json.loads(line)
        except ValueError as error:
            raise ValueError(f"results: line {number} of {self._path} is no JSON: {error}") from error
        if not isinstance(entry, dict) or number > 1 and entry.keys() != {"point", "result"}:
            raise ValueError(f"results: line {number} of {self._path} is no finished run")
        return entry

    def _write(self, line: bytes) -> None:
        if self._file is not None:
            self._file.write(line + b"\n")
            self._file.flush()


def _encoded(entry: Mapping[str, Any]) -> bytes:
    return json.dumps(entry).encode()


def _name(run: Callable[..., Any]) -> str:
    while isinstance(run, partial):
        run = run.func
    return f"{getattr(run, '__module__', '')}.{getattr(run, '__qualname__', type(run).__qualname__)}"
