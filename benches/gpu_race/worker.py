"""The Rust part: a process that made the data, checked its own answers, and runs cycles when asked."""

import json
import subprocess
from pathlib import Path
from typing import Any

from gpu_race.case import KINDS
from gpu_race.contender import Contender

LVS = "lvs, wgpu"


class Worker:
    """Its first line says what it runs on."""

    def __init__(self, command: list[str]) -> None:
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.header = self.read()
        self.clock = "its own clock"

    @classmethod
    def start(cls, binary: Path, backend: str, sizes: tuple[int, int], seed: int, data: Path) -> "Worker":
        rows, cells = sizes
        options = {"backend": backend, "rows": rows, "cells": cells, "seed": seed, "data": data}
        return cls([str(binary), *(f"--{name}={value}" for name, value in options.items())])

    def read(self) -> dict[str, Any]:
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"the Rust part ended with status {self.process.wait()}: see its message above")
        return json.loads(line)

    @property
    def reason(self) -> str | None:
        """Why lvs has no GPU here; None if it has one."""
        return self.header["lvs"].get("reason")

    def contenders(self) -> list[Contender]:
        """lvs. Its answers were checked bit for bit before the header came."""
        return [Contender(LVS, kind, lambda n, kind=kind: self.seconds(kind, n)) for kind in KINDS]

    def seconds(self, kind: str, cycles: int) -> float:
        self.process.stdin.write(f"{kind} {cycles}\n")
        self.process.stdin.flush()
        times = self.read()
        if times["device"] is None:
            self.clock = "this machine's clock, for the adapter has none: too slow by the wait for it"
        return times["wall"] if times["device"] is None else times["device"]

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait()
