"""The arithmetic of the LVS specification in plain Python integers: obvious, slow, and independent of the kernels.

Written from the text of the specification alone. Nothing here is shared with the extension module, so that agreement
between the two means something. Only where the text leaves the arithmetic open (the rounding inside reputation) does
this file use floats, and the tests compare with a tolerance instead of bit for bit.
"""

from dataclasses import dataclass

import numpy as np

ALL = 65_535
DIFFERENCE_MAX = 2**46 - 1
VALUE_MAX = 2**62
SUM_MAX = 2**64 - 1
TRIM = 21_846
TRUST_FLOOR = 61_440
RATE_SHIFT = 6
RATE_FLOOR = 1_000_000
DRAIN_SHIFT = 2
WINDOW = 4096


def clamp(number, low, high):
    return max(low, min(number, high))


def ceil_div(numerator, denominator):
    return -(-numerator // denominator)


@dataclass
class Drift:
    values: list
    correction: list
    residuals: list
    rate_limited: int
    floored: int
    max_correction: int
    sum_correction: int


def remove(weighted, budget):
    """Takes `budget` of weight away from `weighted`, a list of [difference, weight] in the order of removal."""
    for pair in weighted:
        taken = min(pair[1], budget)
        pair[1] -= taken
        budget -= taken


def trimmed_weight(weights):
    """T: a third of the weight, or what the heaviest third of the neighbors weighs, whichever is more."""
    heaviest = sorted(weights, reverse=True)[: len(weights) // 3]
    return max(ceil_div(TRIM * sum(weights), 65_536), sum(heaviest))


def held(moved, x, start, differences, weights):
    """Where `hold` lets a cell go: away from its anchor only if more than half of the weight lies there."""
    up = sum(w for d, w in zip(differences, weights) if d > 0)
    down = sum(w for d, w in zip(differences, weights) if d < 0)
    if moved > max(x, start) and 2 * up <= sum(weights):
        return max(x, start)
    if moved < min(x, start) and 2 * down <= sum(weights):
        return min(x, start)
    return moved


def weighted_sum(differences, weights, budget):
    """S: what is left of w·d once `budget` of weight is gone from the largest and from the most negative d."""
    above = sorted(([d, w] for d, w in zip(differences, weights) if d > 0), reverse=True)
    below = sorted([d, w] for d, w in zip(differences, weights) if d < 0)
    remove(above, budget)
    remove(below, budget)
    return sum(d * w for d, w in above + below)


def drift(values, neighbors, weights, cycle=0, anchor=None, trim=True, hold=False):
    values, weights = [int(v) for v in values], [int(w) for w in weights]
    anchor = values if anchor is None else [int(a) for a in anchor]
    rows = [[int(v) for v in row] for row in neighbors]
    budget = trimmed_weight(weights) if trim else 0
    bias = 65_535 if cycle % 2 else 0
    out = Drift([], [], [0] * len(rows), 0, 0, 0, 0)
    for cell, (x, start) in enumerate(zip(values, anchor)):
        differences = [clamp(row[cell] - x, -DIFFERENCE_MAX, DIFFERENCE_MAX) for row in rows]
        wanted = (weighted_sum(differences, weights, budget) + bias) >> 16
        limit = max(RATE_FLOOR, x >> RATE_SHIFT)
        limited = clamp(wanted, -limit, limit)
        floor = max(0, min(x, start - (start >> DRAIN_SHIFT)))
        aimed = held(x + limited, x, start, differences, weights) if hold else x + limited
        moved = clamp(aimed, floor, VALUE_MAX)
        out.values.append(moved)
        out.correction.append(moved - x)
        out.rate_limited += limited != wanted
        out.floored += aimed < floor
        out.max_correction = max(out.max_correction, abs(moved - x))
        out.sum_correction += abs(moved - x)
        for j, difference in enumerate(differences):
            out.residuals[j] += abs(difference)
    out.residuals = [min(r, SUM_MAX) for r in out.residuals]
    out.sum_correction = min(out.sum_correction, SUM_MAX)
    return out


def pairwise_residuals(values):
    rows = [[int(v) for v in row] for row in values]

    def residual(a, b):
        return min(sum(min(abs(x - y), DIFFERENCE_MAX) for x, y in zip(a, b)), SUM_MAX)

    return [[residual(a, b) for b in rows] for a in rows]


def update_trust(trust, residuals, cells):
    residuals = [int(r) for r in residuals]
    if not residuals:
        return []
    judge = len(residuals) - len(residuals) // 3
    tolerance = 2 * sorted(residuals)[judge - 1] + 16 * cells
    return [learn(int(t), r, tolerance) for t, r in zip(trust, residuals)]


def learn(trust, residual, tolerance):
    agree = agreement(residual, tolerance)
    if agree >= trust:
        return trust + ceil_div(agree - trust, 1024)
    return max(trust - ceil_div(trust - agree, 4), min(trust, TRUST_FLOOR))


def agreement(residual, tolerance):
    if residual <= tolerance:
        return ALL
    shift = max(0, residual.bit_length() - 47)
    return ALL * (tolerance >> shift) // (residual >> shift)


def weights(trust):
    return [int(t) // (len(trust) + 1) for t in trust]


def credit(trust):
    return [max(int(t) - TRUST_FLOOR, 0) for t in trust]


def mix64(number):
    return next(splitmix64(number))


def mix32(word):
    word = (word ^ word >> 16) * 0x85EB_CA6B % 2**32
    word = (word ^ word >> 13) * 0xC2B2_AE35 % 2**32
    return word ^ word >> 16


def rounding_bit(seed, cycle, row):
    """1 if a row of a pool or a swarm rounds up in this cycle."""
    key = mix64(mix64(seed) ^ mix64(cycle))
    return mix32(mix32(row ^ key % 2**32) ^ key >> 32) >> 31


def splitmix64(state):
    while True:
        state = (state + 0x9E37_79B9_7F4A_7C15) % 2**64
        z = state
        z = (z ^ (z >> 30)) * 0xBF58_476D_1CE4_E5B9 % 2**64
        z = (z ^ (z >> 27)) * 0x94D0_49BB_1331_11EB % 2**64
        yield z ^ (z >> 31)


def rotate_left(word, bits):
    return (word << bits | word >> (64 - bits)) % 2**64


def xoshiro256plusplus(state):
    a, b, c, d = state
    while True:
        yield (rotate_left((a + d) % 2**64, 23) + a) % 2**64
        shifted = (b << 17) % 2**64
        c ^= a
        d ^= b
        b ^= c
        a ^= d
        c ^= shifted
        d = rotate_left(d, 45)


def sample_cells(seed, cells=256, count=64):
    """A draw is the high word of the 128-bit product of `cells` and a 64-bit random number; repeats are drawn again."""
    fill = splitmix64(seed)
    random = xoshiro256plusplus([next(fill) for _ in range(4)])
    drawn = []
    while len(drawn) < count:
        cell = cells * next(random) >> 64
        if cell not in drawn:
            drawn.append(cell)
    return drawn


def reputation(indptr, indices, trust, damping=0.15, pretrust=None, tol=1e-15, max_iter=10_000):
    """The float64 power iteration that the integer result is held against; sums to 1."""
    indptr, indices = np.asarray(indptr, np.int64), np.asarray(indices, np.int64)
    nodes = len(indptr) - 1
    p = np.ones(nodes) if pretrust is None else np.asarray(pretrust, np.float64)
    p = p / p.sum()
    source = np.repeat(np.arange(nodes), np.diff(indptr))
    trust = np.asarray(trust, np.float64)
    given = np.bincount(source, trust, nodes)
    share = trust / np.where(given > 0, given, 1)[source]
    t = p
    for _ in range(max_iter):
        spread = np.bincount(indices, share * t[source], nodes) + p * t[given == 0].sum()
        following = damping * p + (1 - damping) * spread
        change, t = np.abs(following - t).sum(), following
        if change <= tol:
            break
    return t / t.sum()


class Swarm:
    """Rows that step together: every row reads the values of the cycle before."""

    def __init__(
        self, indptr, indices, values, trust=None, learn_trust=True, frozen=None, trim=True, hold=False, seed=0
    ):
        self.edges = [range(int(a), int(b)) for a, b in zip(indptr, indptr[1:])]
        self.indices = [int(i) for i in indices]
        self.values = [[int(v) for v in row] for row in values]
        self.anchors = self.values
        self.trust = [ALL] * len(self.indices) if trust is None else [int(t) for t in trust]
        self.frozen = [False] * len(self.values) if frozen is None else [bool(f) for f in frozen]
        self.learn_trust, self.trim, self.hold, self.seed, self.cycle = learn_trust, trim, hold, seed, 0

    def step(self):
        if self.cycle % WINDOW == 0:
            self.anchors = self.values
        following, trust = [], list(self.trust)
        for row in range(len(self.values)):
            following.append(self.step_row(row, trust))
        self.values, self.trust, self.cycle = following, trust, self.cycle + 1

    def step_row(self, row, trust):
        edges, mine = self.edges[row], self.values[row]
        seen = [self.values[self.indices[e]] for e in edges]
        given = [self.trust[e] for e in edges]
        bit = rounding_bit(self.seed, self.cycle, row)
        out = drift(mine, seen, weights(given), bit, self.anchors[row], self.trim, self.hold)
        if self.learn_trust:
            trust[edges.start : edges.stop] = update_trust(given, out.residuals, len(mine))
        # A frozen row never moves, but what it sees of its neighbours still counts for trust.
        return mine if self.frozen[row] else out.values

    def spread(self):
        free = [row for row, frozen in zip(self.values, self.frozen) if not frozen]
        return [max(cell) - min(cell) for cell in zip(*free)]
