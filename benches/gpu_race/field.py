"""Gathers who can race here, and checks every one of them before anything is timed."""

import argparse
import importlib
import sys
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from gpu_race.case import Case
from gpu_race.contender import Contender

# Option name, the packages it needs, and its module. Triton comes before PyTorch, whose compiler imports it: whether
# it interprets is settled at its first import.
PEERS = {
    "numpy": (["numpy"], "gpu_race.peer_numpy"),
    "triton": (["torch", "triton"], "gpu_race.peer_triton"),
    "torch": (["torch"], "gpu_race.peer_torch"),
    "warp": (["warp"], "gpu_race.peer_warp"),
}


@dataclass
class Field:
    """Those whose answers are the scalar backend's, bit for bit, and what became of the others."""

    contenders: list[Contender] = field(default_factory=list)
    groups: list[list[Contender]] = field(default_factory=list)
    about: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    not_run: list[str] = field(default_factory=list)

    @property
    def checked(self) -> list[Contender]:
        return [*self.contenders, *(form for group in self.groups for form in group)]


def say(text: str) -> None:
    print(f"gpu_race: {text}", file=sys.stderr, flush=True)


def gather(case: Case, args: argparse.Namespace, folder: Path) -> Field:
    found = Field()
    for name, (packages, module) in PEERS.items():
        missing = [package for package in packages if find_spec(package) is None]
        if name in args.skip:
            found.not_run.append(f"{name}: left out by --skip")
        elif missing:
            found.not_run.append(f"{name}: {' and '.join(missing)} not installed")
        else:
            add(found, name, module, case, folder)
    return found


def add(found: Field, name: str, module: str, case: Case, folder: Path) -> None:
    """Whatever goes wrong with one peer is a failure of its own; the others still race."""
    try:
        peer = importlib.import_module(module)
        groups = peer.contenders(case, folder)
        found.about.append(peer.about())
    except Exception as error:  # noqa: BLE001
        found.failures.append(f"{name}: {described(error)}")
        return
    for group in groups:
        sound = [form for form in group if is_sound(form, case, found)]
        found.groups += [sound] if sound else []


def is_sound(form: Contender, case: Case, found: Field) -> bool:
    say(f"checking {form.name} ({form.kind})")
    try:
        different = form.answer().differs_from(case.expected[form.kind])
    except Exception as error:  # noqa: BLE001
        found.failures.append(f"{form.name} ({form.kind}): {described(error)}")
        return False
    if different:
        found.failures.append(f"{form.name} ({form.kind}) differs from the scalar backend in {', '.join(different)}")
    return not different


def described(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error).strip() else 'no message'}"
