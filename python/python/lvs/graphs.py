"""Graphs of other libraries as the CSR arrays that the kernels take.

SciPy, networkx and pandas are known by what their objects can do, so none is imported, nor need be installed.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

_TRUST_MAX = 65_535


class Csr(NamedTuple):
    """A directed graph in compressed sparse row form: row i has the neighbors ``indices[indptr[i]:indptr[i + 1]]``.

    ``indptr``: int64[N + 1]. ``indices``: int64[E]. ``trust``: uint16[E] in Q0.16 along the edges, or None where the
    graph has none. ``nodes``: what the graph called its nodes, in the order of the rows.

    >>> import lvs, numpy as np
    >>> pair = lvs.Csr(np.array([0, 1, 2]), np.array([1, 0]), None, ["a", "b"])
    >>> lvs.Swarm(pair, values=[[5], [7]])
    <lvs.Swarm of 2 rows, 1 cells, 2 edges, at cycle 0>
    >>> pair.indices[pair.indptr[0] : pair.indptr[1]].tolist(), pair.trust is None, pair.nodes[1]
    ([1], True, 'b')
    """

    indptr: NDArray[np.int64]
    indices: NDArray[np.int64]
    trust: NDArray[np.uint16] | None
    nodes: list[Hashable]


class Convergence(NamedTuple):
    """How ``Engine.reputation`` ended.

    ``iterations``: how many it took. ``change``: what the last one changed (L1), as a part of the whole. ``converged``:
    whether that was at most ``tol``.

    >>> import lvs
    >>> shares, end = lvs.Engine().reputation([0, 1, 2, 3], [1, 2, 1], [9, 9, 9], full_output=True)
    >>> end.converged, end.iterations > 10, end.change < 1e-9
    (True, True, True)
    """

    iterations: int
    change: float
    converged: bool


def csr(graph: Any, trust: str | None = "trust", *, weight: str | None = None) -> Csr:
    """The rows and neighbors of a graph, which is what a swarm and reputation are made of.

    Parameters
    ----------
    graph : sparse array, array, DataFrame, networkx graph or Csr
        A square SciPy sparse array or matrix, whose stored entry (i, j), even a 0, is an edge from i to j, entries at the
        same place being one edge, their sum, as everywhere in SciPy; a square NumPy array or pandas DataFrame, whose
        entries other than 0 are edges, and the DataFrame's index the nodes; a networkx graph, whose undirected edges run
        both ways; or a ``Csr``.
    trust : str | None, default 'trust'
        The edge attribute of a networkx graph that holds the trust, an integer 0 to 65,535 on every edge or on none; of
        an array the entries are the trust. None leaves it out: a graph without weights.
    weight : str | None, default None
        In its place, the attribute with weights of any size, floats too, which ``lvs.to_trust`` scales; of an array, any
        name stands for the entries.

    Returns
    -------
    Csr
        The graph, its nodes and, if there is one, its trust.

    Raises
    ------
    TypeError
        For anything else.
    ValueError
        For a multigraph, an array that is not square, or a trust that is out of range, missing on some edges, or no
        integer.

    Examples
    --------
    >>> import lvs, networkx, numpy as np
    >>> graph = networkx.DiGraph()
    >>> graph.add_edge("ada", "bob", trust=65_535)
    >>> graph.add_edge("bob", "cyd", trust=1_024)
    >>> arrays = lvs.csr(graph)
    >>> arrays.indptr.tolist(), arrays.indices.tolist(), arrays.trust.tolist(), arrays.nodes
    ([0, 1, 2, 2], [1, 2], [65535, 1024], ['ada', 'bob', 'cyd'])
    >>> lvs.csr(np.array([[0, 0.5], [2.0, 0]]), weight="weight").trust.tolist()
    [16384, 65535]
    """
    entries = _scaled if weight is not None else _kept if trust is not None else None
    if isinstance(graph, Csr):
        return graph if trust is not None else graph._replace(trust=None)
    if hasattr(graph, "tocsr") and hasattr(graph, "nnz"):
        return _from_scipy(graph, entries)
    if hasattr(graph, "adjacency") and hasattr(graph, "is_multigraph"):
        return _from_networkx(graph, trust if weight is None else weight, entries)
    if isinstance(graph, np.ndarray):
        return _from_dense(graph, list(range(len(graph))) if graph.ndim else [], entries)
    if hasattr(graph, "to_numpy") and hasattr(graph, "columns"):
        return _from_frame(graph, entries)
    expected = (
        "a SciPy sparse array, a networkx graph, a square array or DataFrame, or an lvs.Csr; or CSR arrays as both "
        "indptr and indices"
    )
    raise TypeError(f"indptr: got {type(graph).__name__} without indices, expected {expected}")


def to_trust(weights: Any) -> NDArray[np.uint16]:
    """Trust from weights of any size: in proportion, the largest becoming 65,535.

    Parameters
    ----------
    weights : array_like
        An array of numbers not below 0, floats too. A weight above 0 gives a trust of at least 1, so that no edge is
        lost, and each is rounded to the nearest.

    Returns
    -------
    NDArray[np.uint16]
        uint16 of the same shape.

    Raises
    ------
    TypeError
        For anything but numbers.
    ValueError
        For one below 0, NaN or infinite.

    Examples
    --------
    >>> import lvs
    >>> lvs.to_trust([0.0, 1e-9, 0.5, 1.0])
    array([    0,     1, 32768, 65535], dtype=uint16)
    """
    expected = "finite numbers not below 0"
    if np.ma.is_masked(weights):
        raise ValueError(f"weights: got an array with masked entries, expected {expected}")
    array = np.asarray(weights)
    if array.size and array.dtype.kind not in "iufb":
        raise TypeError(f"weights: got an array of {array.dtype}, expected {expected}")
    numbers = array.astype(np.float64)
    if not np.isfinite(numbers).all() or (numbers < 0).any():
        bad = numbers[~(np.isfinite(numbers) & (numbers >= 0))][0]
        raise ValueError(f"weights: got {bad}, expected {expected}")
    # Divided first: the largest float times 65,535 is none.
    parts = numbers / (numbers.max(initial=0) or 1.0)
    shares = np.rint(parts * _TRUST_MAX).astype(np.uint16)
    return np.where((numbers > 0) & (shares == 0), np.uint16(1), shares)


Entries: TypeAlias = Callable[[NDArray[Any], str], NDArray[np.uint16]] | None


def _scaled(entries: NDArray[Any], source: str) -> NDArray[np.uint16]:
    if len(entries) and entries.dtype.kind not in "iufb":
        raise ValueError(f"weight: got {entries.dtype} as {source}, expected numbers")
    return to_trust(entries)


def _kept(entries: NDArray[Any], source: str) -> NDArray[np.uint16]:
    return _trust(entries, source)


def _from_frame(frame: Any, entries: Entries) -> Csr:
    nodes = list(frame.index)
    if nodes != list(frame.columns):
        expected = "the same names in both, in the same order"
        raise ValueError(f"indptr: got a DataFrame whose index and columns differ, expected {expected}")
    return _from_dense(frame.to_numpy(), nodes, entries)


def _from_dense(matrix: NDArray[Any], nodes: list[Any], entries: Entries) -> Csr:
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise ValueError(f"indptr: got an array of shape {matrix.shape}, expected a square one")
    if matrix.dtype.kind not in "iufb":
        raise ValueError(f"indptr: got an array of {matrix.dtype}, expected numbers")
    # NaN is no 0, and is refused as a trust or a weight.
    rows, indices = np.nonzero(matrix)
    indptr = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=len(matrix)))]).astype(np.int64)
    if entries is None or matrix.dtype.kind == "b":
        # Yes and no are no trust: a graph without weights.
        return Csr(indptr, indices.astype(np.int64), None, nodes)
    return Csr(indptr, indices.astype(np.int64), entries(matrix[rows, indices], "the entries"), nodes)


def _from_scipy(matrix: Any, entries: Entries) -> Csr:
    if len(matrix.shape) != 2 or matrix.shape[0] != matrix.shape[1]:
        raise ValueError(f"indptr: got a sparse array of shape {matrix.shape}, expected a square one")
    if getattr(matrix, "format", "") == "coo":
        if entries is not None:
            entries(matrix.data, "the entries")
        # SciPy sums entries of the same place on the way, and what their own type cannot hold would be cut off.
        matrix = _wide(matrix)
    rows = _summed(matrix.tocsr())
    trust = None if entries is None else entries(rows.data, "the entries")
    nodes: list[Hashable] = list(range(matrix.shape[0]))
    return Csr(rows.indptr.astype(np.int64), rows.indices.astype(np.int64), trust, nodes)


def _wide(matrix: Any) -> Any:
    """The same with entries that can be added up."""
    return matrix if matrix.dtype.kind in "fc" else matrix.astype(np.int64)


def _summed(rows: Any) -> Any:
    """The same with one entry for each place; in the order of the entries where there is one already."""
    places = np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr)) * max(rows.shape[1], 1) + rows.indices
    if len(np.unique(places)) == len(places):
        return rows
    # The caller's own stays as it is.
    rows = _wide(rows).copy()
    rows.sum_duplicates()
    return rows


def _from_networkx(graph: Any, attribute: str | None, entries: Entries) -> Csr:
    if graph.is_multigraph():
        expected = "one edge at most from node to node: make it a Graph or a DiGraph"
        raise ValueError(f"indptr: got a {type(graph).__name__}, expected {expected}")
    nodes = list(graph.nodes)
    position = {node: row for row, node in enumerate(nodes)}
    neighbors = [graph.adj[node] for node in nodes]
    indptr = np.cumsum([0, *map(len, neighbors)], dtype=np.int64)
    indices = np.fromiter((position[j] for row in neighbors for j in row), np.int64, count=int(indptr[-1]))
    found = [] if attribute is None else [data.get(attribute) for row in neighbors for data in row.values()]
    return Csr(indptr, indices, _edge_trust(found, str(attribute), entries), nodes)


def _edge_trust(found: list[Any], attribute: str, entries: Entries) -> NDArray[np.uint16] | None:
    missing = found.count(None)
    if missing == len(found):
        return None
    if missing:
        got = f"no attribute '{attribute}' on {missing} of {len(found)} edges"
        raise ValueError(f"trust: got {got}, expected it on all or on none")
    assert entries is not None, "an attribute was asked for"
    return entries(np.asarray(found), f"the attribute '{attribute}'")


def _trust(entries: NDArray[Any], source: str) -> NDArray[np.uint16]:
    expected = f"integers from 0 to {_TRUST_MAX}, Q0.16"
    if len(entries) and entries.dtype.kind not in "iu":
        raise ValueError(f"trust: got {entries.dtype} as {source}, expected {expected}")
    outside = (entries < 0) | (entries > _TRUST_MAX)
    if outside.any():
        raise ValueError(f"trust: got {entries[outside][0]} among {source}, expected {expected}")
    return entries.astype(np.uint16)
