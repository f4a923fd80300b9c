"""Graphs of other libraries as the CSR arrays that the kernels take.

SciPy and networkx are known by what their objects can do, so neither is imported, nor need be installed.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, NamedTuple

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


def csr(graph: Any, trust: str | None = "trust") -> Csr:
    """The rows and neighbors of a graph, which is what a swarm and reputation are made of.

    graph: a square SciPy sparse array or matrix, whose stored entry (i, j), even a 0, is an edge from i to j; a networkx
    graph, whose undirected edges run both ways; or a ``Csr``. trust: the edge attribute of a networkx graph that holds
    the trust, an integer 0 to 65,535 on every edge or on none; of a SciPy array the entries are the trust. None leaves it
    out.

    Raises TypeError for anything else, ValueError for a multigraph, an array that is not square, or a trust that is out
    of range, missing on some edges, or no integer.

    >>> import lvs, networkx
    >>> graph = networkx.DiGraph()
    >>> graph.add_edge("ada", "bob", trust=65_535)
    >>> graph.add_edge("bob", "cyd", trust=1_024)
    >>> arrays = lvs.csr(graph)
    >>> arrays.indptr.tolist(), arrays.indices.tolist(), arrays.trust.tolist(), arrays.nodes
    ([0, 1, 2, 2], [1, 2], [65535, 1024], ['ada', 'bob', 'cyd'])
    """
    if isinstance(graph, Csr):
        return graph if trust is not None else graph._replace(trust=None)
    if hasattr(graph, "tocsr") and hasattr(graph, "nnz"):
        return _from_scipy(graph, trust is not None)
    if hasattr(graph, "adjacency") and hasattr(graph, "is_multigraph"):
        return _from_networkx(graph, trust)
    expected = "a SciPy sparse array, a networkx graph or an lvs.Csr; or CSR arrays as both indptr and indices"
    raise TypeError(f"indptr: got {type(graph).__name__} without indices, expected {expected}")


def _from_scipy(matrix: Any, with_trust: bool) -> Csr:
    if len(matrix.shape) != 2 or matrix.shape[0] != matrix.shape[1]:
        raise ValueError(f"indptr: got a sparse array of shape {matrix.shape}, expected a square one")
    if with_trust and getattr(matrix, "format", "") == "coo":
        # Entries of the same place are summed, and what their own type cannot hold would be cut off.
        _trust(matrix.data, "the entries")
        matrix = matrix.astype(np.int64)
    rows = matrix.tocsr()
    trust = _trust(rows.data, "the entries") if with_trust else None
    nodes: list[Hashable] = list(range(matrix.shape[0]))
    return Csr(rows.indptr.astype(np.int64), rows.indices.astype(np.int64), trust, nodes)


def _from_networkx(graph: Any, attribute: str | None) -> Csr:
    if graph.is_multigraph():
        expected = "one edge at most from node to node: make it a Graph or a DiGraph"
        raise ValueError(f"indptr: got a {type(graph).__name__}, expected {expected}")
    nodes = list(graph.nodes)
    position = {node: row for row, node in enumerate(nodes)}
    neighbors = [graph.adj[node] for node in nodes]
    indptr = np.cumsum([0, *map(len, neighbors)], dtype=np.int64)
    indices = np.fromiter((position[j] for row in neighbors for j in row), np.int64, count=int(indptr[-1]))
    found = [] if attribute is None else [data.get(attribute) for row in neighbors for data in row.values()]
    return Csr(indptr, indices, _edge_trust(found, str(attribute)), nodes)


def _edge_trust(found: list[Any], attribute: str) -> NDArray[np.uint16] | None:
    missing = found.count(None)
    if missing == len(found):
        return None
    if missing:
        got = f"no attribute '{attribute}' on {missing} of {len(found)} edges"
        raise ValueError(f"trust: got {got}, expected it on all or on none")
    return _trust(np.asarray(found), f"the attribute '{attribute}'")


def _trust(entries: NDArray[Any], source: str) -> NDArray[np.uint16]:
    expected = f"integers from 0 to {_TRUST_MAX}, Q0.16"
    if len(entries) and entries.dtype.kind not in "iu":
        raise ValueError(f"trust: got {entries.dtype} as {source}, expected {expected}")
    outside = (entries < 0) | (entries > _TRUST_MAX)
    if outside.any():
        raise ValueError(f"trust: got {entries[outside][0]} among {source}, expected {expected}")
    return entries.astype(np.uint16)
