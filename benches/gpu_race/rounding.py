"""The rounding bit that each row of a pool draws for itself (specification, "Pool"), in NumPy."""

import numpy as np
from numpy.typing import NDArray

WORD = (1 << 64) - 1


def biases(seed: int, cycle: int, rows: int) -> NDArray[np.int64]:
    """What each row adds before the shift that rounds its correction: 65535 rounds up, 0 down."""
    key = mix64(mix64(seed) ^ mix64(cycle))
    of_row = np.arange(rows, dtype=np.uint32) ^ np.uint32(key & 0xFFFF_FFFF)
    bits = mix32(mix32(of_row) ^ np.uint32(key >> 32)) >> np.uint32(31)
    return bits.astype(np.int64) * 65_535


def mix64(value: int) -> int:
    """The finaliser of SplitMix64, after one step of its sequence."""
    z = (value + 0x9E37_79B9_7F4A_7C15) & WORD
    z = ((z ^ (z >> 30)) * 0xBF58_476D_1CE4_E5B9) & WORD
    z = ((z ^ (z >> 27)) * 0x94D0_49BB_1331_11EB) & WORD
    return z ^ (z >> 31)


def mix32(h: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """The finaliser of MurmurHash3; arrays wrap without a word."""
    h = (h ^ (h >> np.uint32(16))) * np.uint32(0x85EB_CA6B)
    h = (h ^ (h >> np.uint32(13))) * np.uint32(0xC2B2_AE35)
    return h ^ (h >> np.uint32(16))
