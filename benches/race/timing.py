"""Timing in turns, round by round, since the machine does other things too."""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from time import perf_counter


def rounds(args: argparse.Namespace) -> int:
    """How many rounds the options ask for."""
    return args.rounds or (2 if args.quick else 5)


@dataclass
class Contender:
    """Something to time; ``run`` does its work once and returns only when it is done."""

    name: str
    threads: int
    run: Callable[[], object]


@dataclass
class Timing:
    """Seconds per call, one entry a round."""

    seconds: list[float]

    @property
    def median(self) -> float:
        return median(self.seconds)

    @property
    def best(self) -> float:
        return min(self.seconds)

    def ratio_to(self, base: "Timing") -> float:
        """How many times as long as ``base``: the median of the ratios within each round."""
        return median(mine / other for mine, other in zip(self.seconds, base.seconds, strict=True))


def take_turns(contenders: list[Contender], rounds: int, turn: float = 0.01) -> list[Timing]:
    """A timing for each contender, in their order (A B C A B C ...); short calls repeat to fill ``turn`` seconds."""
    calls = [calibrate(contender, turn) for contender in contenders]
    timings = [Timing([]) for _ in contenders]
    for _ in range(rounds):
        for contender, count, timing in zip(contenders, calls, timings, strict=True):
            timing.seconds.append(one_turn(contender.run, count))
    return timings


def calibrate(contender: Contender, turn: float) -> int:
    """Warms up (and compiles) with one call, then judges by another how many fill a turn."""
    contender.run()
    return max(1, round(turn / max(one_turn(contender.run, 1), 1e-7)))


def one_turn(run: Callable[[], object], calls: int) -> float:
    if calls > 1:
        run()
    start = perf_counter()
    for _ in range(calls):
        run()
    return (perf_counter() - start) / calls
