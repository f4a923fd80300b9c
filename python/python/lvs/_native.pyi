from array import array
from collections.abc import Iterator, Sequence
from os import PathLike
from typing import Any, Final, Literal, Protocol, SupportsIndex, TypeAlias, final, overload

import numpy as np
from numpy.typing import NDArray

from .graphs import Convergence, Csr

class _Sparse(Protocol):
    @property
    def nnz(self) -> int: ...
    def tocsr(self) -> Any: ...

class _Network(Protocol):
    def adjacency(self) -> Any: ...
    def is_multigraph(self) -> bool: ...

class _Series(Protocol):
    # A column of pandas or polars, whose type a checker is not told. NumPy's arrays, of which it is, lack one of these.
    def to_numpy(self) -> NDArray[Any]: ...
    def to_list(self) -> list[Any]: ...

class _Frame(Protocol):
    @property
    def columns(self) -> Any: ...
    def to_numpy(self) -> NDArray[Any]: ...

# Others come by DLPack. NumPy's arrays offer that, too: named by itself, it would let arrays of any type pass.
class _Torch(Protocol):
    def __dlpack__(self) -> Any: ...
    def detach(self) -> Any: ...

class _Jax(Protocol):
    def __dlpack__(self) -> Any: ...
    def block_until_ready(self) -> Any: ...

_Memory: TypeAlias = memoryview | array[int] | _Series | _Torch | _Jax
_Values: TypeAlias = NDArray[np.int64] | Sequence[int] | _Memory
_Rows: TypeAlias = NDArray[np.int64] | Sequence[Sequence[int]] | Sequence[NDArray[np.int64]] | memoryview | _Frame | _Torch | _Jax
_Fractions: TypeAlias = NDArray[np.uint16] | Sequence[int] | _Memory
_Residuals: TypeAlias = NDArray[np.uint64] | Sequence[int] | _Memory
_Integers: TypeAlias = NDArray[np.integer[Any]] | Sequence[int] | _Memory
_Numbers: TypeAlias = NDArray[np.integer[Any]] | NDArray[np.floating[Any]] | Sequence[float] | _Series
_Flags: TypeAlias = NDArray[np.bool_] | Sequence[bool] | _Series
_Missing: TypeAlias = NDArray[np.bool_] | Sequence[Sequence[bool]] | _Frame
_Graph: TypeAlias = _Sparse | _Network | _Frame | NDArray[Any] | Csr

__all__ = [
    "ATTACKS",
    "REPUTATION_ONE",
    "RULES",
    "TOPOLOGIES",
    "TRUST_FLOOR",
    "TRUST_NEWCOMER",
    "Backend",
    "BackendUnavailable",
    "Drift",
    "Engine",
    "Simulation",
    "Spectrum",
    "Stats",
    "Swarm",
    "VaultGuard",
    "__version__",
    "_edge_list",
    "backends",
    "breakdown",
    "measured_factor",
    "sample_cells",
    "spectrum",
    "topology",
    "vaultguard",
]

__version__: Final[str]
ATTACKS: Final[tuple[str, ...]]
REPUTATION_ONE: Final[int]
RULES: Final[tuple[str, ...]]
TOPOLOGIES: Final[tuple[str, ...]]
TRUST_FLOOR: Final[int]
TRUST_NEWCOMER: Final[int]
vaultguard: Final[VaultGuard]

class BackendUnavailable(RuntimeError): ...

@final
class Backend:
    def __new__(
        cls,
        name: str,
        kind: str,
        device: str,
        compiled: bool,
        detected: bool,
        available: bool,
        reason: str,
    ) -> Backend: ...
    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def device(self) -> str: ...
    @property
    def compiled(self) -> bool: ...
    @property
    def detected(self) -> bool: ...
    @property
    def available(self) -> bool: ...
    @property
    def reason(self) -> str: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...

def backends() -> list[Backend]: ...

@final
class Drift:
    def __new__(
        cls,
        values: NDArray[np.int64],
        correction: NDArray[np.int64] | None,
        residuals: NDArray[np.uint64],
    ) -> Drift: ...
    @property
    def values(self) -> NDArray[np.int64]: ...
    @property
    def correction(self) -> NDArray[np.int64] | None: ...
    @property
    def residuals(self) -> NDArray[np.uint64]: ...
    @property
    def rate_limited(self) -> int: ...
    @property
    def floored(self) -> int: ...
    @property
    def max_correction(self) -> int: ...
    @property
    def sum_correction(self) -> int: ...
    def _repr_html_(self) -> str: ...

@final
class Engine:
    def __new__(cls, backend: str | Backend = "auto", threads: SupportsIndex | None = None) -> Engine: ...
    @property
    def backend(self) -> str: ...
    @property
    def threads(self) -> int: ...
    @property
    def choice(self) -> str: ...
    def _repr_html_(self) -> str: ...
    def drift(
        self,
        values: _Values,
        neighbors: _Rows,
        weights: _Fractions,
        *,
        cycle: SupportsIndex = 0,
        anchor: _Values | None = None,
        trim: bool = True,
        hold: bool = False,
        mask: _Missing | None = None,
        out: Drift | None = None,
    ) -> Drift: ...
    def pairwise_residuals(
        self, values: _Rows, *, out: NDArray[np.uint64] | None = None
    ) -> NDArray[np.uint64]: ...
    def update_trust(
        self,
        trust: _Fractions,
        residuals: _Residuals,
        cells: SupportsIndex,
        *,
        out: NDArray[np.uint16] | None = None,
    ) -> NDArray[np.uint16]: ...
    def weights(self, trust: _Fractions, *, out: NDArray[np.uint16] | None = None) -> NDArray[np.uint16]: ...
    @overload
    def reputation(
        self,
        indptr: _Integers,
        indices: _Integers,
        trust: _Fractions,
        *,
        damping: float | None = 0.15,
        alpha: float | None = None,
        pretrust: _Numbers | None = None,
        tol: float = 1e-9,
        max_iter: SupportsIndex = 1000,
        full_output: Literal[False] = False,
        out: NDArray[np.uint64] | None = None,
    ) -> NDArray[np.uint64]: ...
    @overload
    def reputation(
        self,
        indptr: _Graph,
        indices: None = None,
        trust: _Fractions | None = None,
        *,
        damping: float | None = 0.15,
        alpha: float | None = None,
        pretrust: _Numbers | None = None,
        tol: float = 1e-9,
        max_iter: SupportsIndex = 1000,
        full_output: Literal[False] = False,
        out: NDArray[np.uint64] | None = None,
    ) -> NDArray[np.uint64]: ...
    @overload
    def reputation(
        self,
        indptr: _Integers,
        indices: _Integers,
        trust: _Fractions,
        *,
        damping: float | None = 0.15,
        alpha: float | None = None,
        pretrust: _Numbers | None = None,
        tol: float = 1e-9,
        max_iter: SupportsIndex = 1000,
        full_output: Literal[True],
        out: NDArray[np.uint64] | None = None,
    ) -> tuple[NDArray[np.uint64], Convergence]: ...
    @overload
    def reputation(
        self,
        indptr: _Graph,
        indices: None = None,
        trust: _Fractions | None = None,
        *,
        damping: float | None = 0.15,
        alpha: float | None = None,
        pretrust: _Numbers | None = None,
        tol: float = 1e-9,
        max_iter: SupportsIndex = 1000,
        full_output: Literal[True],
        out: NDArray[np.uint64] | None = None,
    ) -> tuple[NDArray[np.uint64], Convergence]: ...

@final
class Simulation:
    def __new__(
        cls,
        topology: str | PathLike[str] | _Graph = "regular",
        *,
        nodes: SupportsIndex = 1000,
        cells: SupportsIndex = 16,
        cycles: SupportsIndex | None = 100,
        degree: SupportsIndex = 16,
        group_size: SupportsIndex = 16,
        rewire: float = 0.1,
        bridges: SupportsIndex = 8,
        directed: bool = False,
        values: _Rows | None = None,
        attack: str | None = None,
        strength: float | None = None,
        hostile: float | None = None,
        hostile_neighbors: SupportsIndex | None = None,
        churn: float = 0.0,
        loss: float = 0.0,
        trim: bool = True,
        hold: bool = False,
        learn_trust: bool = True,
        center: SupportsIndex = 1000000000,
        width: SupportsIndex = 10000000,
        engine: Engine | None = None,
        record_every: SupportsIndex = 1,
        seed: SupportsIndex | None = 1,
    ) -> Simulation: ...
    def __iter__(self) -> Iterator[dict[str, Any]]: ...
    def __next__(self) -> dict[str, Any]: ...
    def first(self) -> dict[str, Any]: ...
    @property
    def setup(self) -> dict[str, Any]: ...
    @property
    def cycle(self) -> int: ...
    @property
    def values(self) -> NDArray[np.int64]: ...
    @property
    def nodes(self) -> NDArray[np.int64]: ...
    def _arguments(self) -> dict[str, Any]: ...
    def _checkpoint(self) -> dict[str, Any]: ...
    def _resume(
        self,
        cycle: int,
        values: NDArray[np.int64],
        anchors: NDArray[np.int64],
        trust: NDArray[np.uint16],
        spoke: bool,
        drawn_by_attack: int,
        drawn_by_churn: int,
    ) -> None: ...
    def _repr_html_(self) -> str: ...

@final
class Spectrum:
    def __new__(cls, factor: float, gap: float, parts: SupportsIndex, method: str) -> Spectrum: ...
    @property
    def factor(self) -> float: ...
    @property
    def gap(self) -> float: ...
    @property
    def parts(self) -> int: ...
    @property
    def method(self) -> str: ...

def topology(
    topology: str | PathLike[str] = "regular",
    *,
    nodes: SupportsIndex = 1000,
    degree: SupportsIndex = 16,
    group_size: SupportsIndex = 16,
    rewire: float = 0.1,
    bridges: SupportsIndex = 8,
    directed: bool = False,
    seed: SupportsIndex | None = 1,
) -> Csr: ...
def _edge_list(
    path: str | PathLike[str], directed: bool
) -> tuple[
    NDArray[np.uint64], NDArray[np.int64], NDArray[np.int64], list[float] | None, int, int
]: ...
def spectrum(graph: _Graph) -> Spectrum: ...
def measured_factor(
    cycles: _Integers, spreads: NDArray[np.floating[Any]] | NDArray[np.integer[Any]] | Sequence[float]
) -> float | None: ...
def breakdown(
    rule: str,
    attack: str,
    hostile: SupportsIndex,
    *,
    cells: SupportsIndex = 5,
    cycles: SupportsIndex = 200,
    apart: float = 0.0,
    draws: SupportsIndex = 3,
    seed: SupportsIndex = 1,
) -> dict[str, float]: ...

@final
class Stats:
    def __new__(
        cls,
        rate_limited: SupportsIndex,
        floored: SupportsIndex,
        max_correction: SupportsIndex,
        sum_correction: SupportsIndex,
    ) -> Stats: ...
    @property
    def rate_limited(self) -> int: ...
    @property
    def floored(self) -> int: ...
    @property
    def max_correction(self) -> int: ...
    @property
    def sum_correction(self) -> int: ...
    def _repr_html_(self) -> str: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...

@final
class Swarm:
    @overload
    def __new__(
        cls,
        indptr: _Integers,
        indices: _Integers,
        values: _Rows,
        *,
        trust: _Fractions | None = None,
        learn_trust: bool = True,
        frozen: _Flags | None = None,
        engine: Engine | None = None,
        trim: bool = True,
        hold: bool = False,
        seed: SupportsIndex = 0,
        loss: tuple[SupportsIndex, SupportsIndex] | None = None,
    ) -> Swarm: ...
    @overload
    def __new__(
        cls,
        indptr: _Graph,
        indices: None = None,
        values: _Rows | None = None,
        *,
        trust: _Fractions | None = None,
        learn_trust: bool = True,
        frozen: _Flags | None = None,
        engine: Engine | None = None,
        trim: bool = True,
        hold: bool = False,
        seed: SupportsIndex = 0,
        loss: tuple[SupportsIndex, SupportsIndex] | None = None,
    ) -> Swarm: ...
    def step(self, cycles: SupportsIndex = 1, *, progress: bool = False) -> None: ...
    def set_row(self, row: SupportsIndex, values: _Values) -> None: ...
    def set_rows(self, rows: _Integers, values: _Rows) -> None: ...
    def set_trust(self, trust: _Fractions) -> None: ...
    @property
    def values(self) -> NDArray[np.int64]: ...
    @property
    def anchors(self) -> NDArray[np.int64]: ...
    @property
    def options(self) -> dict[str, Any]: ...
    def resume(self, cycle: SupportsIndex, anchors: _Rows) -> None: ...
    @property
    def trust(self) -> NDArray[np.uint16]: ...
    @property
    def cycle(self) -> int: ...
    @property
    def spread(self) -> NDArray[np.uint64]: ...
    @property
    def stats(self) -> Stats: ...
    @property
    def engine(self) -> Engine: ...
    @property
    def shape(self) -> tuple[int, int]: ...
    @property
    def indptr(self) -> NDArray[np.int64]: ...
    @property
    def indices(self) -> NDArray[np.int64]: ...
    @property
    def frozen(self) -> NDArray[np.bool_]: ...
    def _repr_html_(self) -> str: ...

def sample_cells(
    seed: SupportsIndex,
    cells: SupportsIndex = 256,
    count: SupportsIndex = 64,
    *,
    out: NDArray[np.uint16] | None = None,
) -> NDArray[np.uint16]: ...

@final
class VaultGuard:
    @property
    def MICRO_VU(self) -> int: ...
    @property
    def VALUE_MAX(self) -> int: ...
    @property
    def DIFFERENCE_MAX(self) -> int: ...
    @property
    def WEIGHT_MAX(self) -> int: ...
    @property
    def TRIM(self) -> int: ...
    @property
    def RATE_SHIFT(self) -> int: ...
    @property
    def RATE_FLOOR(self) -> int: ...
    @property
    def DRAIN_SHIFT(self) -> int: ...
    @property
    def WINDOW(self) -> int: ...
    @property
    def NEIGHBORS_MAX(self) -> int: ...
