"""Who races, and how turns are taken."""

from collections.abc import Callable
from dataclasses import dataclass

from race.answer import Answer
from race.timing import Timing

# Calls are repeated so that a turn on a device lasts at least so many seconds.
TURN = 0.02


@dataclass
class Contender:
    """One way of computing one kind of drift (``trim`` or ``average``)."""

    name: str
    kind: str
    # Seconds of a call, the mean over so many: by the device's clock on a device.
    seconds: Callable[[int], float] | None
    # The answer of one cycle over the case. None where another program has checked it.
    answer: Callable[[], Answer] | None = None
    # Bytes that a call must move; None for a cycle of drift.
    bytes: int | None = None


def fastest(candidates: list[Contender]) -> Contender:
    """The one of several forms of a contender that takes the least time; the first call of each warms up."""
    if len(candidates) == 1:
        return candidates[0]
    return min(candidates, key=lambda each: (each.seconds(1), each.seconds(5))[1])


def take_turns(contenders: list[Contender], rounds: int, turn: float) -> list[Timing]:
    """A timing for each, in their order (A B C A B C ...); the first call of each warms up."""
    calls = [max(1, round(turn / max((each.seconds(1), each.seconds(1))[1], 1e-7))) for each in contenders]
    timings = [Timing([]) for _ in contenders]
    for _ in range(rounds):
        for contender, count, timing in zip(contenders, calls, timings, strict=True):
            timing.seconds.append(contender.seconds(count))
    return timings
