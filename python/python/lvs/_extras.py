"""Optional libraries, imported when they are first needed."""

from __future__ import annotations

import importlib
from typing import Any


def needed(module: str, extra: str, purpose: str) -> Any:
    """The module, or an ImportError that says which extra of this package brings it."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        name = module.partition(".")[0]
        message = f"{purpose} needs {name}: pip install 'liblvs[{extra}]'"
        raise ImportError(message, name=name) from error
