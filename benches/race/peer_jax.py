"""Drift in JAX on the CPU, with 64-bit integers: one cell's rule under ``vmap`` and ``jit``, and a network."""

from collections.abc import Callable

import jax

jax.config.update("jax_enable_x64", True)
jax.config.update("jax_platforms", "cpu")

import jax.numpy as jnp  # noqa: E402  (after the switch to 64 bits)
import lvs  # noqa: E402
import numpy as np  # noqa: E402

from race.answer import SATURATED, Answer  # noqa: E402
from race.data import Rows  # noqa: E402
from race.network import COMPARATORS  # noqa: E402

GUARD = lvs.vaultguard
Array = jax.Array

# A residual's halves, so that sums of any length are exact.
HALF = 24


def network(keys: Array) -> Array:
    rows = [*keys, jnp.zeros_like(keys[0])]
    for low, high in COMPARATORS:
        rows[low], rows[high] = jnp.minimum(rows[low], rows[high]), jnp.maximum(rows[low], rows[high])
    return jnp.stack(rows)


def cell(
    x: Array,
    neighbours: Array,
    weights: Array,
    anchor: Array,
    mass: Array,
    bias: Array,
    ordered: Callable[[Array], Array],
) -> tuple[Array, ...]:
    """One cell: its new value, its differences, and what VaultGuard did."""
    difference = jnp.clip(neighbours, x - GUARD.DIFFERENCE_MAX, x + GUARD.DIFFERENCE_MAX) - x
    correction = (trimmed_sum(ordered(difference << 16 | weights), mass) + bias) >> 16
    limit = jnp.maximum(x >> GUARD.RATE_SHIFT, GUARD.RATE_FLOOR)
    limited = jnp.clip(correction, -limit, limit)
    floor = jnp.maximum(jnp.minimum(x, anchor - (anchor >> GUARD.DRAIN_SHIFT)), 0)
    moved = x + limited
    value = jnp.clip(moved, floor, GUARD.VALUE_MAX)
    return value, jnp.abs(difference), limited != correction, moved < floor, jnp.abs(value - x)


def trimmed_sum(keys: Array, mass: Array) -> Array:
    """Σ w·clamp(d, θ⁻, θ⁺) - T·(θ⁺ + θ⁻) over sorted keys (d << 16 | w)."""
    weights, differences = keys & 0xFFFF, keys >> 16
    from_below = jnp.cumsum(weights)
    from_above = from_below[-1] - from_below + weights
    upper = jnp.max(jnp.where(from_above >= mass, differences, 0), initial=0)
    lower = jnp.min(jnp.where(from_below >= mass, differences, 0), initial=0)
    return jnp.sum(weights * jnp.clip(differences, lower, upper)) - mass * (upper + lower)


def compiled(ordered: Callable[[Array], Array]) -> Callable[..., tuple[Array, ...]]:
    """The whole row as one jitted function."""

    def row(values: Array, neighbours: Array, weights: Array, anchors: Array, mass: Array, bias: Array):
        rule = jax.vmap(lambda x, nb, anchor: cell(x, nb, weights, anchor, mass, bias, ordered), in_axes=(0, 1, 0))
        moved, sizes, limited, floored, corrections = rule(values, neighbours, anchors)
        halves = jnp.sum(sizes >> HALF, axis=0), jnp.sum(sizes & (2**HALF - 1), axis=0)
        counters = jnp.sum(limited), jnp.sum(floored), jnp.max(corrections), jnp.sum(corrections)
        return moved, *halves, *counters

    return jax.jit(row)


class Call:
    """A compiled drift with its arguments where JAX wants them."""

    def __init__(self, rows: Rows, ordered: Callable[[Array], Array]) -> None:
        values, weights = jnp.asarray(rows.values), jnp.asarray(rows.weights.astype(np.int64))
        self.row = compiled(ordered)
        self.arguments = (values, jnp.asarray(rows.neighbours), weights, values, rows.trim_mass, rows.bias)

    def __call__(self) -> Answer:
        moved, high, low, *counters = jax.block_until_ready(self.row(*self.arguments))
        pairs = zip(high.tolist(), low.tolist(), strict=True)
        residuals = [min((high << HALF) + low, SATURATED) for high, low in pairs]
        return Answer(np.asarray(moved), residuals, *(int(counter) for counter in counters))
