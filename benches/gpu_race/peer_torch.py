"""Drift in PyTorch: a sort of keys (difference << 16 | weight) and array code, as it is and compiled."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import perf_counter

import torch

from race.answer import Answer
from race.network import COMPARATORS

from gpu_race.case import Case
from gpu_race.contender import Contender

Tensor = torch.Tensor
COPY = "copy, device to device"
COPY_BYTES = 1 << 30


def on_device() -> bool:
    return torch.cuda.is_available()


def device() -> torch.device:
    return torch.device("cuda" if on_device() else "cpu")


def about() -> str:
    where = torch.cuda.get_device_name(0) if on_device() else "CPU"
    return f"PyTorch {torch.__version__} on {where}"


def seconds(call: Callable[[], object], count: int) -> float:
    """Of one call: by events on the device, else by this machine's clock."""
    if not on_device():
        start = perf_counter()
        for _ in range(count):
            call()
        return (perf_counter() - start) / count
    start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    start.record()
    for _ in range(count):
        call()
    end.record()
    end.synchronize()
    return start.elapsed_time(end) / 1e3 / count


def copy() -> Contender:
    size = COPY_BYTES if on_device() else COPY_BYTES >> 6
    source = torch.randint(0, 2**62, (size // 8,), device=device())
    out = torch.empty_like(source)
    return Contender(COPY, "copy", partial(seconds, lambda: out.copy_(source)), bytes=2 * size)


def sort(keys: Tensor, axis: int) -> Tensor:
    return torch.sort(keys, dim=axis).values


def network(keys: Tensor, axis: int) -> Tensor:
    """The comparators of the vector kernels; a key that weighs nothing makes sixteen of fifteen."""
    rows = [*keys.unbind(axis), torch.zeros_like(keys.select(axis, 0))]
    for low, high in COMPARATORS:
        rows[low], rows[high] = torch.minimum(rows[low], rows[high]), torch.maximum(rows[low], rows[high])
    return torch.stack(rows, axis)


def trimmed_sum(keys: Tensor, mass: Tensor, axis: int) -> Tensor:
    """Σ w·clamp(d, θ⁻, θ⁺) - T·(θ⁺ + θ⁻) over sorted keys."""
    weights, differences = keys & 0xFFFF, keys >> 16
    from_below = weights.cumsum(axis)
    total = weights.sum(axis, keepdim=True)
    upper = torch.where(total - from_below + weights >= mass, differences, 0).amax(axis, keepdim=True).clamp(min=0)
    lower = torch.where(from_below >= mass, differences, 0).amin(axis, keepdim=True).clamp(max=0)
    kept = (weights * torch.clamp(differences, lower, upper)).sum(axis, keepdim=True)
    return (kept - mass * (upper + lower)).squeeze(axis)


class Inputs:
    """A case on the device. Neighbours run along ``axis``: 1 for [rows, K, cells], 2 for [rows, cells, K]."""

    def __init__(self, case: Case, axis: int) -> None:
        self.guard, self.axis = case.guard, axis
        self.bias = on(case.biases).unsqueeze(1)
        self.x, self.anchors = on(case.own), on(case.anchors)
        heard, weights = on(case.heard), on(case.weights.astype("int64"))
        self.heard = heard if axis == 1 else heard.transpose(1, 2).contiguous()
        self.weights = weights.unsqueeze(3 - axis)
        self.mass = on(case.masses).view(-1, 1, 1)


class Drift:
    """One cycle, trimming keys that ``ordered`` puts in order, or averaging without it."""

    def __init__(self, inputs: Inputs, ordered: Callable[[Tensor, int], Tensor] | None) -> None:
        self.inputs, self.ordered = inputs, ordered

    def __call__(self) -> tuple[Tensor, ...]:
        given, axis = self.inputs, self.inputs.axis
        guard, x, anchors = given.guard, given.x, given.anchors
        own, most = x.unsqueeze(axis), guard["difference_max"]
        difference = torch.clamp(given.heard, own - most, own + most) - own
        if self.ordered is None:
            weighted = (difference * given.weights).sum(axis)
        else:
            keys = self.ordered(difference << 16 | given.weights, axis)
            weighted = trimmed_sum(keys, given.mass, axis)
        correction = (weighted + given.bias) >> 16
        limit = torch.clamp(x >> guard["rate_shift"], min=guard["rate_floor"])
        limited = torch.clamp(correction, -limit, limit)
        floor = torch.clamp(torch.minimum(x, anchors - (anchors >> guard["drain_shift"])), min=0)
        moved = x + limited
        values = torch.clamp(torch.maximum(moved, floor), max=guard["value_max"])
        sizes = (values - x).abs()
        counters = (limited != correction).sum(), (moved < floor).sum(), sizes.max(), sizes.sum()
        return values, difference.abs().sum(3 - axis), *counters


def on(array: object) -> Tensor:
    return torch.as_tensor(array).to(device())


def answer(call: Callable[[], tuple[Tensor, ...]]) -> Answer:
    values, residuals, *counters = call()
    return Answer(values.cpu().numpy(), residuals.ravel().tolist(), *(int(counter) for counter in counters))


def contenders(case: Case, _: Path) -> list[list[Contender]]:
    """Sorts in both layouts, as they are and compiled; and a compiled network of minima and maxima."""
    layouts = {"[rows, K, cells]": Inputs(case, 1), "[rows, cells, K]": Inputs(case, 2)}
    made = []
    for layout, inputs in layouts.items():
        for name, kind, ordered in (("sort", "trim", sort), ("sum", "average", None)):
            made.append(contender(f"PyTorch, {name} {layout}", kind, Drift(inputs, ordered)))
            made.append(contender(f"torch.compile, {name} {layout}", kind, compiled(Drift(inputs, ordered))))
    network_ = Drift(layouts["[rows, K, cells]"], network)
    made.append(contender("torch.compile, network of 60", "trim", compiled(network_)))
    return [[each] for each in made]


def compiled(drift: Drift) -> Callable[[], tuple[Tensor, ...]]:
    """As one graph, or not at all: nothing falls back to uncompiled code in silence."""
    return torch.compile(lambda: drift(), fullgraph=True, dynamic=False)


def contender(name: str, kind: str, call: Callable[[], tuple[Tensor, ...]]) -> Contender:
    return Contender(name, kind, partial(seconds, call), lambda: answer(call))
