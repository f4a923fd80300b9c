"""Graphs from files that list their edges: with their nodes' numbers and weights, and with what was not taken over."""

from __future__ import annotations

import os
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ._native import _edge_list
from .graphs import Csr


class EdgeFile(NamedTuple):
    """What a file of edges holds, from ``lvs.read_edges``.

    ``graph``: a ``Csr`` without a trust, whose ``nodes`` are the numbers in the file. ``weights``: float64[E], those of the
    third column along the graph's edges, or None unless every edge of the file has one. ``self_loops``, ``duplicates``: how
    many of the file's edges were dropped because they lead from a node to itself, or stood before; unless directed, an
    edge and its reverse are the same.

    >>> import lvs
    >>> pair = lvs.EdgeFile(lvs.topology("ring", nodes=3, degree=2), None, self_loops=1, duplicates=0)
    >>> len(pair.graph.indices), pair.weights is None, pair.self_loops, pair.duplicates
    (6, True, 1, 0)
    """

    graph: Csr
    weights: NDArray[np.float64] | None
    self_loops: int
    duplicates: int


def read_edges(path: str | os.PathLike[str], *, directed: bool = False) -> EdgeFile:
    """Reads a graph from a file with an edge on each line: two node numbers, and what may be its weight.

    Parameters
    ----------
    path : str | os.PathLike[str]
        Text, UTF-8; columns are parted by blanks, tabs, commas or semicolons, a heading and remarks after # or % are
        passed over.
    directed : bool, default False
        An edge leads from the first node to the second only.

    Returns
    -------
    EdgeFile
        The graph, and what else the file says.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If a line is not understood, which is then named, or a node has more than 4,096 neighbors.

    Examples
    --------
    >>> import lvs, pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "edges.csv"
    ...     size = path.write_text("from,to,weight\\n30,1412,0.5\\n1412,3352,2\\n30,30,1\\n1412,30,9\\n")
    ...     found = lvs.read_edges(path)
    >>> found.graph.nodes, found.weights.tolist(), found.self_loops, found.duplicates
    ([30, 1412, 3352], [0.5, 0.5, 2.0, 2.0], 1, 1)
    >>> graph = found.graph._replace(trust=lvs.to_trust(found.weights))
    >>> lvs.ranking(lvs.Engine().reputation(graph), graph.nodes)["node"].tolist()
    [1412, 3352, 30]
    """
    ids, rows, neighbors, listed, self_loops, duplicates = _edge_list(path, directed)
    weights = None if listed is None else np.asarray(listed, np.float64)
    if not directed:
        rows, neighbors = np.concatenate([rows, neighbors]), np.concatenate([neighbors, rows])
        weights = None if weights is None else np.tile(weights, 2)
    order = np.lexsort((neighbors, rows))
    degrees = np.bincount(rows, minlength=len(ids))
    indptr = np.concatenate([[0], np.cumsum(degrees)]).astype(np.int64)
    graph = Csr(indptr, neighbors[order], None, ids.tolist())
    return EdgeFile(graph, None if weights is None else weights[order], self_loops, duplicates)
