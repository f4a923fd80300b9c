"""Pairwise residuals against SciPy's ``cdist`` with the city-block metric."""

import argparse

import lvs
import numpy as np
from scipy.spatial.distance import cdist

from race.report import Check, Section
from race.timing import Contender, rounds, take_turns

HEADINGS = ["rows × cells", "with", "threads", "ms", "best", "× lvs on 2 threads"]
SIZES = [(500, 256), (1_000, 256), (64, 65_536)]
TARGET = 8.0


def run(args: argparse.Namespace) -> Section:
    sizes = [(64, 256)] if args.quick else SIZES
    notes = [
        f"values below 2^36, so that float64 is exact and both agree bit for bit; seed {args.seed}",
        "both fill all N × N distances; lvs computes one half and mirrors it",
    ]
    headings = [*HEADINGS[:-1], f"× lvs on {args.threads} threads"]
    section = Section("Pairwise residuals against SciPy", headings, notes)
    for rows, cells in sizes:
        race(rows, cells, args, section)
    return section


def race(rows: int, cells: int, args: argparse.Namespace, section: Section) -> None:
    values = np.random.default_rng(args.seed).integers(0, 2**36, (rows, cells))
    floats = values.astype(np.float64)
    out, distances = np.empty((rows, rows), np.uint64), np.empty((rows, rows))
    engines = [lvs.Engine(threads=threads) for threads in sorted({1, args.threads})]
    contenders = [
        Contender("lvs", engine.threads, lambda engine=engine: engine.pairwise_residuals(values, out=out))
        for engine in engines
    ]
    contenders.append(Contender("SciPy cdist", 1, lambda: cdist(floats, floats, "cityblock", out=distances)))
    verify(contenders, distances)
    timings = take_turns(contenders, rounds(args))
    base = timings[len(engines) - 1]
    for contender, timing in zip(contenders, timings, strict=True):
        figures = timing.median * 1e3, timing.best * 1e3, timing.ratio_to(base)
        section.rows.append([f"{rows} × {cells}", contender.name, contender.threads, *figures])
    what = f"{rows} × {cells}: cdist, × lvs on {args.threads} threads"
    section.checks.append(Check.at_least(what, timings[-1].ratio_to(base), TARGET))


def verify(contenders: list[Contender], distances: np.ndarray) -> None:
    contenders[-1].run()
    for contender in contenders[:-1]:
        if not np.array_equal(contender.run(), distances.astype(np.uint64)):
            raise SystemExit(f"pairwise residuals on {contender.threads} thread(s) differ from cdist")
