"""What tells a function from another of the same name: its code and what is bound to it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping
from functools import partial
from types import CodeType, FunctionType, MethodType
from typing import Any

import numpy as np

_PLAIN = (int, float, complex, str, bytes, type(None), type(...))


def fingerprint(run: Callable[..., Any]) -> str:
    """The same for the same code on the same Python, in every process.

    Counted are the code, what a partial binds, defaults, what a closure holds and cannot change, and functions of the
    same module that are called. Natives and classes count by their name, other objects by that of their type.
    """
    return hashlib.sha256(repr(_told(run, set())).encode()).hexdigest()[:16]


def _told(thing: Any, seen: set[int]) -> Any:
    """Plain data that is the same for the same thing, and the same in another process."""
    if isinstance(thing, _PLAIN):
        return type(thing).__name__, repr(thing)
    if isinstance(thing, (np.ndarray, np.generic)):
        return _array(np.asarray(thing))
    if id(thing) in seen:
        return "again"
    seen.add(id(thing))
    told = _parts(thing, seen)
    if not isinstance(thing, FunctionType):
        # A function is told once; whether two equal tuples are one is up to the process.
        seen.discard(id(thing))
    return told


def _parts(thing: Any, seen: set[int]) -> Any:
    if isinstance(thing, (tuple, list)):
        return type(thing).__name__, [_told(part, seen) for part in thing]
    if isinstance(thing, (set, frozenset)):
        return type(thing).__name__, sorted(repr(_told(part, set())) for part in thing)
    if isinstance(thing, Mapping):
        return type(thing).__name__, [(_told(key, seen), _told(part, seen)) for key, part in thing.items()]
    if isinstance(thing, os.PathLike):
        return "path", os.fspath(thing)
    return _code(thing, seen)


def _array(array: np.ndarray[Any, Any]) -> tuple[str, Any, str]:
    content = repr(array.tolist()).encode() if array.dtype.hasobject else array.tobytes()
    return array.dtype.str, array.shape, hashlib.sha256(content).hexdigest()


def _code(thing: Any, seen: set[int]) -> Any:
    if isinstance(thing, partial):
        return "partial", [_told(part, seen) for part in (thing.func, thing.args, thing.keywords)]
    if isinstance(thing, MethodType):
        return "method", _told(thing.__func__, seen), _name(type(thing.__self__))
    if isinstance(thing, FunctionType):
        defaults = _told(thing.__defaults__, seen), _told(thing.__kwdefaults__, seen)
        return "function", _told(thing.__code__, seen), defaults, [*_held(thing, seen)], [*_called(thing, seen)]
    if isinstance(thing, CodeType):
        # Not where it stands: a cell of a notebook that is run again is the same.
        return "code", thing.co_code, thing.co_names, [_told(constant, seen) for constant in thing.co_consts]
    if hasattr(thing, "__wrapped__"):
        return "wrapped", _told(thing.__wrapped__, seen)
    return "name", _name(thing if hasattr(thing, "__qualname__") else type(thing))


def _name(thing: Any) -> str:
    return f"{getattr(thing, '__module__', '')}.{thing.__qualname__}"


def _held(function: FunctionType, seen: set[int]) -> Any:
    for cell in function.__closure__ or ():
        try:
            content = cell.cell_contents
        except ValueError:
            yield "empty"
            continue
        yield _told(content, seen) if _stays(content) else _name(type(content))


def _stays(thing: Any) -> bool:
    """Whether it is none of those that a run may collect things in."""
    try:
        hash(thing)
    except TypeError:
        return isinstance(thing, np.ndarray)
    return True


def _called(function: FunctionType, seen: set[int]) -> Any:
    """Functions of the same module by the names that stand in the code, that of functions within it too."""
    for name in sorted(_names(function.__code__)):
        other = function.__globals__.get(name)
        if isinstance(other, FunctionType) and other.__module__ == function.__module__:
            yield name, _told(other, seen)


def _names(code: CodeType) -> set[str]:
    within = (_names(constant) for constant in code.co_consts if isinstance(constant, CodeType))
    return set(code.co_names).union(*within)
