"""LVS: drift-based consensus arithmetic on NumPy arrays.

All arithmetic is integer and gives the same bits on every backend and any number of threads.

Units: values in micro-VU (1 VU = 1,000,000) as int64, 0 to 2^62; trust and weights in Q0.16 as uint16 (65,535 is
"all"); residuals in micro-VU as uint64; reputation in Q0.47 as uint64, summing to exactly 2^47.

Mistakes in an argument raise ValueError or TypeError and name the argument, what came and what was expected. Lists of
integers are taken where an array is; arrays must have the type that is asked for.
"""

from ._native import (
    REPUTATION_ONE,
    TRUST_NEWCOMER,
    Backend,
    BackendUnavailable,
    Drift,
    Engine,
    Stats,
    Swarm,
    VaultGuard,
    __version__,
    backends,
    sample_cells,
    vaultguard,
)

__all__ = [
    "REPUTATION_ONE",
    "TRUST_NEWCOMER",
    "Backend",
    "BackendUnavailable",
    "Drift",
    "Engine",
    "Stats",
    "Swarm",
    "VaultGuard",
    "__version__",
    "backends",
    "sample_cells",
    "vaultguard",
]
