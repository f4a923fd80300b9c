"""LVS: drift-based consensus arithmetic on NumPy arrays.

All arithmetic is integer and gives the same bits on every backend and any number of threads.

Units: values in micro-VU (1 VU = 1,000,000) as int64, 0 to 2^62; trust and weights in Q0.16 as uint16 (65,535 is
"all"); residuals in micro-VU as uint64; reputation in Q0.47 as uint64, summing to exactly 2^47.

Mistakes in an argument raise ValueError or TypeError and name the argument, what came and what was expected. Arrays are
NumPy's, or come by DLPack or the buffer protocol, and must have the type that is asked for; lists of integers are
converted. Floats are refused: ``to_units`` and ``from_units`` convert.

>>> import lvs
>>> lvs.vaultguard.MICRO_VU, lvs.REPUTATION_ONE == 2**47, lvs.TRUST_NEWCOMER, len(lvs.__version__.split("."))
(1000000, True, 1024, 3)
>>> lvs.plot.spread.__module__, lvs.ATTACKS[-1], lvs.RULES[0], lvs.TOPOLOGIES[0]
('lvs.plot', 'shuttle', 'drift', 'groups')

Importing it imports NumPy and nothing else. What needs more says which extra brings it: ``liblvs[frames]``
(pandas), ``liblvs[plot]`` (matplotlib), ``liblvs[progress]`` (tqdm), ``liblvs[sweep]`` (Dask), ``liblvs[all]``. The
distribution is called ``liblvs``; ``lvs`` on the package index is another project.
"""

from . import plot
from ._native import (
    ATTACKS,
    REPUTATION_ONE,
    RULES,
    TOPOLOGIES,
    TRUST_FLOOR,
    TRUST_NEWCOMER,
    Backend,
    BackendUnavailable,
    Drift,
    Engine,
    Simulation,
    Spectrum,
    Stats,
    Swarm,
    VaultGuard,
    __version__,
    breakdown,
    measured_factor,
    sample_cells,
    spectrum,
    topology,
    vaultguard,
)
from .edge_files import EdgeFile, read_edges
from .frames import credit, edges, ranking, watch
from .graphs import Convergence, Csr, csr, to_trust
from .listing import Backends, backends
from .saved import load, save
from .simulations import simulate, trial
from .sweeps import sweep
from .units import from_units, to_units

__all__ = [
    "ATTACKS",
    "REPUTATION_ONE",
    "RULES",
    "TOPOLOGIES",
    "TRUST_FLOOR",
    "TRUST_NEWCOMER",
    "Backend",
    "BackendUnavailable",
    "Backends",
    "Convergence",
    "Csr",
    "Drift",
    "EdgeFile",
    "Engine",
    "Simulation",
    "Spectrum",
    "Stats",
    "Swarm",
    "VaultGuard",
    "__version__",
    "backends",
    "breakdown",
    "credit",
    "csr",
    "edges",
    "from_units",
    "load",
    "measured_factor",
    "plot",
    "ranking",
    "read_edges",
    "sample_cells",
    "save",
    "simulate",
    "spectrum",
    "sweep",
    "to_trust",
    "to_units",
    "topology",
    "trial",
    "vaultguard",
    "watch",
]
