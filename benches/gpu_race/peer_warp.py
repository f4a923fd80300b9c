"""Drift as an NVIDIA Warp kernel; on Warp's CPU device where there is no other."""

from functools import partial
from pathlib import Path
from time import perf_counter

import numpy as np
import warp as wp

from race.answer import Answer

from gpu_race import template
from gpu_race.case import KINDS, Case
from gpu_race.contender import Contender

# Threads of a block, which share a row; the fastest one races. On its CPU device Warp has one.
THREADS = [64, 128, 256]

wp.config.log_level = wp.LOG_WARNING


def on_device() -> bool:
    return wp.is_cuda_available()


def about() -> str:
    return f"Warp {wp.__version__} on {wp.get_preferred_device().name if on_device() else 'its CPU device'}"


def seconds(call: partial[None], count: int) -> float:
    """Of one call: by events on the device, else by this machine's clock."""
    if not on_device():
        start = perf_counter()
        for _ in range(count):
            call()
        return (perf_counter() - start) / count
    start = wp.record_event(wp.Event(enable_timing=True))
    for _ in range(count):
        call()
    end = wp.record_event(wp.Event(enable_timing=True))
    return wp.get_event_elapsed_time(start, end) / 1e3 / count


def contenders(case: Case, folder: Path) -> list[list[Contender]]:
    """For each kind the forms that compete for its place."""
    device = "cuda:0" if on_device() else "cpu"
    kernels = {kind: template.module("drift_warp", "wp.constant(wp.int64({}))", case, folder, kind) for kind in KINDS}
    long = partial(wp.array, dtype=wp.int64, device=device)
    short = partial(wp.array, dtype=wp.int32, device=device)
    inputs = [long(case.values.ravel()), long(case.anchors.ravel())]
    inputs += [short(array.astype(np.int32).ravel()) for array in (case.targets, case.weights, case.masses, case.biases)]
    sizes = (case.rows * case.cells, case.rows * case.neighbours, case.rows * 4)
    outputs = [wp.zeros(size, dtype=wp.int64, device=device) for size in sizes]

    def run(kind: str, threads: int) -> None:
        arguments = [*inputs, *outputs, case.cells, threads]
        wp.launch_tiled(kernels[kind].drift, dim=[case.rows], inputs=arguments, block_dim=threads, device=device)

    def answer(call: partial[None]) -> Answer:
        call()
        values, residuals, found = (output.numpy() for output in outputs)
        found = found.reshape(-1, 4)
        figures = found[:, 0].sum(), found[:, 1].sum(), found[:, 2].max(), found[:, 3].sum()
        return Answer(values.reshape(case.rows, case.cells), residuals.tolist(), *map(int, figures))

    def form(kind: str, threads: int) -> Contender:
        call = partial(run, kind, threads)
        name = f"Warp, blocks of {threads}" if on_device() else "Warp"
        return Contender(name, kind, partial(seconds, call), partial(answer, call))

    return [[form(kind, threads) for threads in (THREADS if on_device() else [1])] for kind in KINDS]
