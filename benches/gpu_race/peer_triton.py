"""Drift as a hand-written Triton kernel; in Triton's interpreter where there is no device."""

from functools import partial
from pathlib import Path

import torch

from gpu_race.peer_torch import on, on_device, seconds

if not on_device():
    import os

    # Triton reads it when it is imported.
    os.environ["TRITON_INTERPRET"] = "1"

import triton

from race.answer import Answer

from gpu_race import template
from gpu_race.case import KINDS, Case
from gpu_race.contender import Contender

# Cells of a block and warps that share it; the fastest one races. Larger blocks spill registers.
SHAPES = [(64, 2), (128, 4), (256, 8), (256, 4)]


def about() -> str:
    return f"Triton {triton.__version__}{'' if on_device() else ' in its interpreter'}"


def contenders(case: Case, folder: Path) -> list[list[Contender]]:
    """For each kind the forms that compete for its place."""
    kernels = {kind: template.module("drift_triton", "tl.constexpr({})", case, folder, kind).drift for kind in KINDS}
    arrays = [on(case.values), on(case.anchors)]
    arrays += [on(array.astype("int32")) for array in (case.targets, case.weights, case.masses, case.biases)]
    out = torch.empty((case.rows, case.cells), dtype=torch.int64, device=arrays[0].device)
    residuals = out.new_empty((case.rows, case.neighbours))
    counters = out.new_empty((case.rows, 4))
    arrays += [out, residuals, counters]

    def run(kind: str, block: int, warps: int) -> None:
        kernels[kind][(case.rows,)](*arrays, case.cells, BLOCK=block, num_warps=warps)

    def answer(call: partial[None]) -> Answer:
        call()
        found = counters.cpu().numpy()
        figures = found[:, 0].sum(), found[:, 1].sum(), found[:, 2].max(), found[:, 3].sum()
        return Answer(out.cpu().numpy(), residuals.ravel().tolist(), *map(int, figures))

    def form(kind: str, shape: tuple[int, int]) -> Contender:
        call = partial(run, kind, *shape)
        name = f"Triton, blocks of {shape[0]}, {shape[1]} warps" if on_device() else "Triton"
        return Contender(name, kind, partial(seconds, call), partial(answer, call))

    return [[form(kind, shape) for shape in SHAPES[: None if on_device() else 1]] for kind in KINDS]
