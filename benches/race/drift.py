"""Drift with 15 neighbours and trimming: lvs, NumPy, Numba and JAX on the same rows, bit for bit."""

import argparse
from collections.abc import Callable
from dataclasses import dataclass

import jax.numpy as jnp
import lvs
import numpy as np

from race import data, peer_jax, peer_numba, peer_numpy
from race.answer import Answer
from race.data import Rows
from race.report import Check, Section
from race.timing import Contender, Timing, rounds, take_turns

HEADINGS = ["scene", "with", "threads", "ns/cell", "best", "× lvs on as many threads"]

SORT, INSERTION = "NumPy, np.sort", "Numba, insertion sort"
VMAP = "JAX, vmap of a sort"

# Peer, its threads, and how many times as long as lvs it should take, out of cache.
TARGETS = [(SORT, 1, 40.0), (INSERTION, 2, 8.0), (VMAP, 2, 40.0)]


@dataclass
class Entry:
    """A contender whose call gives an answer that can be checked."""

    name: str
    threads: int
    call: Callable[[], Answer]


def run(args: argparse.Namespace) -> Section:
    big = 1 << (14 if args.quick else 21)
    scenes = {"in cache": 1_024, "out of cache": big + data.EXTRA_CELLS}
    notes = [
        f"K = {data.NEIGHBOURS}, trimming, cells {scenes}, seed {args.seed}, {rounds(args)} rounds",
        "rows of one contiguous array, no power of two apart; NumPy asks for huge pages",
        "JAX keeps its own copy of the input, made before timing; in cache lvs has one thread also beside JAX",
        "every contender gives lvs's answer bit for bit, limits, residuals and counters included",
        "lines with a network do the same 60 comparators as lvs, to show what hand-written array code reaches",
    ]
    section = Section("Drift against NumPy, Numba and JAX", HEADINGS, notes)
    for scene, cells in scenes.items():
        race(scene, data.make(cells, args.seed), args, section)
    return section


def race(scene: str, rows: Rows, args: argparse.Namespace, section: Section) -> None:
    listed = entries(rows, args.threads, big=scene == "out of cache")
    verify(listed)
    timings = take_turns([Contender(e.name, e.threads, e.call) for e in listed], rounds(args))
    for entry, timing in zip(listed, timings, strict=True):
        base = lvs_timing(listed, timings, entry.threads)
        scale = 1e9 / rows.cells
        ratio = timing.ratio_to(base)
        section.rows.append([scene, entry.name, entry.threads, timing.median * scale, timing.best * scale, ratio])
        if scene == "out of cache":
            wanted = [bound for name, threads, bound in TARGETS if (name, threads) == (entry.name, entry.threads)]
            what = f"{scene}: {entry.name} on {entry.threads} thread(s), × lvs"
            section.checks += [Check.at_least(what, ratio, bound) for bound in wanted]


def entries(rows: Rows, threads: int, big: bool) -> list[Entry]:
    """All contenders, lvs first. JAX takes the threads it wants; for others a small row is too little work for two."""
    counts = sorted({1, threads}) if big else [1]
    space = peer_numba.Workspace(rows)
    out = np.empty_like(rows.values)
    listed = [Entry("lvs", count, lvs_call(rows, count)) for count in counts]
    listed += [Entry(SORT, 1, lambda: peer_numpy.drift(rows, peer_numpy.sort, out))]
    listed += [Entry("NumPy, network", 1, lambda: peer_numpy.drift(rows, peer_numpy.network, out))]
    for name, kernel in ((INSERTION, peer_numba.insertion), ("Numba, network", peer_numba.network)):
        listed += [Entry(name, n, lambda n=n, k=kernel: space.drift(rows, k, n)) for n in counts]
    jax_orders = {VMAP: jnp.sort, "JAX, vmap of a network": peer_jax.network}
    listed += [Entry(name, threads, peer_jax.Call(rows, ordered)) for name, ordered in jax_orders.items()]
    return listed


def lvs_call(rows: Rows, threads: int) -> Callable[[], Answer]:
    engine = lvs.Engine(threads=threads)
    count = len(rows.weights)
    out = lvs.Drift(np.empty_like(rows.values), None, np.empty(count, np.uint64))

    def call() -> Answer:
        d = engine.drift(rows.values, rows.neighbours, rows.weights, cycle=rows.cycle, out=out)
        counters = d.rate_limited, d.floored, d.max_correction, d.sum_correction
        return Answer(d.values, d.residuals.tolist(), *counters)

    return call


def verify(listed: list[Entry]) -> None:
    expected = listed[0].call()
    for entry in listed[1:]:
        different = entry.call().differs_from(expected)
        if different:
            raise SystemExit(f"{entry.name} on {entry.threads} thread(s) differs from lvs in {', '.join(different)}")


def lvs_timing(listed: list[Entry], timings: list[Timing], threads: int) -> Timing:
    """Of lvs on that many threads, or on one where it runs on no more."""
    of_lvs = {e.threads: t for e, t in zip(listed, timings, strict=True) if e.name == "lvs"}
    return of_lvs.get(threads, of_lvs[1])
