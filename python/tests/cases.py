"""Inputs for the kernels: random ones, and ones that sit on every edge of the arithmetic."""

from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st

LOWEST, HIGHEST = -(2**63), 2**63 - 1
VALUE_MAX = 2**62

NEIGHBOR_COUNTS = (0, 1, 2, 7, 8, 15, 16, 17, 63, 64, 65, 200)
CELL_COUNTS = (0, 1, 7, 8, 9, 31, 32, 33, 255, 256, 257, 1000)

EDGE_VALUES = [0, 1, 999_999, 64_000_000, 2**46 - 1, 2**46, 2**61, VALUE_MAX - 1, VALUE_MAX]
EDGE_NEIGHBORS = [LOWEST, LOWEST + 1, -(2**46), -1, *EDGE_VALUES, VALUE_MAX + 1, HIGHEST - 1, HIGHEST]


@dataclass
class Case:
    values: np.ndarray
    neighbors: np.ndarray
    weights: np.ndarray
    anchor: np.ndarray | None = None

    @property
    def arrays(self):
        return self.values, self.neighbors, self.weights


def close(rng, k, b):
    """Rows around a common value, as honest replicas are."""
    base = rng.integers(0, 10**12, b)
    return base + 10**9, base + 10**9 + rng.integers(-(10**8), 10**8, (k, b))


def uniform(rng, k, b):
    return rng.integers(0, VALUE_MAX, b, endpoint=True), rng.integers(LOWEST, HIGHEST, (k, b), endpoint=True)


def edges(rng, k, b):
    return rng.choice(np.array(EDGE_VALUES), b), rng.choice(np.array(EDGE_NEIGHBORS), (k, b))


def ties(rng, k, b):
    values = rng.integers(10**6, 10**6 + 3, b)
    return values, rng.integers(10**6, 10**6 + 3, (k, b))


def hostile_majority(rng, k, b):
    """Most neighbours claim nothing is there: the rate limit and the drain floor are hit."""
    values = rng.integers(10**6, 10**10, b)
    neighbors = np.where(rng.random((k, b)) < 0.8, 0, values + rng.integers(-5, 6, b))
    return values, neighbors


SHAPES = (close, uniform, edges, ties, hostile_majority)


def random_weights(rng, k):
    shares = rng.random(k)
    return (shares / max(shares.sum(), 1) * 65_535).astype(np.uint16)


def equal_weights(rng, k):
    return np.full(k, 65_535 // (k + 1), np.uint16)


def zero_weights(rng, k):
    return np.zeros(k, np.uint16)


def one_huge_weight(rng, k):
    weights = np.zeros(k, np.uint16)
    weights[: min(k, 1)] = 65_535
    return weights


def full_weights(rng, k):
    """They sum to exactly 65,535."""
    weights = np.full(k, 65_535 // max(k, 1), np.uint16)
    weights[: 65_535 % max(k, 1)] += 1
    return weights


WEIGHTS = (random_weights, equal_weights, zero_weights, one_huge_weight, full_weights)


def make(shape, weigh, k, b, seed=0):
    rng = np.random.default_rng([seed, k, b])
    values, neighbors = shape(rng, k, b)
    # Anchors that hold a cell back, leave it alone, let it fall to nothing or by a part.
    held = np.minimum(values + values // 3, VALUE_MAX)
    anchor = np.choose(rng.integers(0, 4, b), [held, values, np.zeros_like(values), values // 2])
    return Case(values, neighbors, weigh(rng, k), anchor)


values_strategy = st.one_of(st.sampled_from(EDGE_VALUES), st.integers(0, VALUE_MAX), st.integers(0, 10**8))
neighbors_strategy = st.one_of(st.sampled_from(EDGE_NEIGHBORS), st.integers(LOWEST, HIGHEST), st.integers(0, 10**8))


@st.composite
def cases(draw):
    """A small case with every entry drawn on its own, so that a failure shrinks to a cell."""
    k, b = draw(st.integers(0, 20)), draw(st.integers(0, 12))

    def array(strategy, *shape):
        flat = draw(st.lists(strategy, min_size=int(np.prod(shape)), max_size=int(np.prod(shape))))
        return np.array(flat, np.int64).reshape(shape)

    values = array(values_strategy, b)
    anchor = array(values_strategy, b) if draw(st.booleans()) else None
    weights = draw(st.lists(st.integers(0, 65_535 // max(k, 1)), min_size=k, max_size=k))
    if draw(st.booleans()) and k:
        weights[0] = 65_535 - sum(weights[1:])
    return Case(values, array(neighbors_strategy, k, b), np.array(weights, np.uint16), anchor)


def complete_graph(nodes):
    """Everyone compares with everyone else: indptr, indices."""
    indptr = np.arange(nodes + 1) * (nodes - 1)
    return indptr, np.concatenate([np.delete(np.arange(nodes), i) for i in range(nodes)])


def random_graph(rng, nodes, degree):
    """Rows of any degree up to `degree`, with some that have no neighbours, self-loops and repeated edges."""
    degrees = rng.integers(0, degree, nodes, endpoint=True) * (rng.random(nodes) > 0.2)
    indptr = np.concatenate([[0], np.cumsum(degrees)])
    return indptr, rng.integers(0, nodes, indptr[-1])
