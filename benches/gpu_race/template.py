"""Kernels with a line for every neighbour, written out from a template, as the shaders of lvs are."""

import importlib.util
from pathlib import Path
from types import ModuleType

from race.network import COMPARATORS

from gpu_race.case import Case

# Sixteen keys of which the last is the largest: what would move it falls away.
NETWORK = [pair for pair in COMPARATORS if 15 not in pair]


def write_out(text: str, keys: int) -> str:
    """``$each`` for every neighbour {j}, ``$down`` from the last to the first, ``$network`` for comparators {a} {b}."""
    numbers = [{"j": j} for j in range(keys)]
    pairs = [{"a": a, "b": b} for a, b in NETWORK]
    replacements = {"$each": numbers, "$down": numbers[::-1], "$network": pairs}
    lines: list[str] = []
    for line in text.splitlines():
        indent = line[: len(line) - len(line.lstrip())]
        marker, _, body = line.strip().partition(" ")
        for values in replacements.get(marker, []):
            written = body
            for name, value in values.items():
                written = written.replace(f"{{{name}}}", str(value))
            lines.append(indent + written)
        if marker not in replacements:
            lines.append(line)
    return "\n".join(lines) + "\n"


def module(name: str, constant: str, case: Case, folder: Path, kind: str) -> ModuleType:
    """``NAME.py.in`` written out into ``folder`` and imported; ``constant`` is how a constant is written."""
    assert case.neighbours == 15, "the network has 15 keys"
    text = (Path(__file__).parent / f"{name}.py.in").read_text(encoding="utf-8")
    constants = {key.upper(): value for key, value in case.guard.items()}
    constants |= {"K": case.neighbours, "TRIMS": int(kind == "trim")}
    stated = "\n".join(f"{key} = {constant.format(value)}" for key, value in constants.items())
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}_{kind}.py"
    path.write_text(write_out(text.replace("CONSTANTS", stated, 1), case.neighbours), encoding="utf-8")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded
