"""The Python part: lvs and its peers on the same arrays."""

import argparse
import platform
from collections.abc import Callable
from importlib.metadata import version

import lvs

from race import drift, pairwise, reputation
from race.report import Section

PACKAGES = ("liblvs", "numpy", "numba", "jax", "jaxlib", "scipy", "networkx")


def run(args: argparse.Namespace, pinned: str) -> list[Section]:
    parts: dict[str, Callable[[argparse.Namespace], Section]] = {
        "drift": drift.run,
        "pairwise": pairwise.run,
        "reputation": reputation.run,
    }
    sections = [part(args) for name, part in parts.items() if name not in args.skip]
    versions = ", ".join(f"{package} {version(package)}" for package in PACKAGES)
    sections[0].notes[:0] = [f"Python {platform.python_version()}, {versions}", f"lvs: {lvs.Engine().choice}", pinned]
    return sections
