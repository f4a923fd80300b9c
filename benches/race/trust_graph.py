"""Who trusts whom on Bitcoin OTC, or in a made-up graph where the data set is not at hand."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

TRUST_PER_RATING = 6_553


@dataclass
class TrustGraph:
    """CSR trust (row i trusts ``indices[indptr[i]:indptr[i+1]]``), pre-trust, and the known answer if there is one."""

    source: str
    indptr: NDArray[np.int64]
    indices: NDArray[np.int64]
    trust: NDArray[np.uint16]
    pretrust: NDArray[np.uint32]
    expected: NDArray[np.float64] | None = None

    @property
    def nodes(self) -> int:
        return len(self.pretrust)


def load(seed: int) -> TrustGraph:
    folders = [parent / "shared" / "data" for parent in Path(__file__).resolve().parents]
    for folder in folders:
        if (folder / "soc-sign-bitcoinotc.csv").exists():
            return bitcoin_otc(folder)
    return made_up(seed)


def bitcoin_otc(folder: Path) -> TrustGraph:
    """Nodes are ranks of the sorted ids; only positive ratings count."""
    with open(folder / "soc-sign-bitcoinotc.csv", encoding="utf-8", newline="") as file:
        ratings = np.array([[int(field) for field in row[:3]] for row in csv.reader(file) if row[0].isdigit()])
    ids = np.unique(ratings[:, :2])
    ratings = ratings[ratings[:, 2] > 0]
    sources, targets = np.searchsorted(ids, ratings[:, 0]), np.searchsorted(ids, ratings[:, 1])
    indptr, indices, trust = compressed(len(ids), sources, targets, TRUST_PER_RATING * ratings[:, 2])
    pretrust = column(folder / "eigentrust_otc_pretrust.csv", len(ids)).astype(np.uint32)
    expected = column(folder / "eigentrust_otc.csv", len(ids))
    return TrustGraph("Bitcoin OTC (positive ratings)", indptr, indices, trust, pretrust, expected)


def made_up(seed: int, nodes: int = 5_881, edges: int = 32_000) -> TrustGraph:
    random = np.random.default_rng(seed)
    pairs = np.unique(random.integers(0, nodes * nodes, edges))
    trust = TRUST_PER_RATING * random.integers(1, 11, len(pairs))
    indptr, indices, trust = compressed(nodes, pairs // nodes, pairs % nodes, trust)
    pretrust = np.zeros(nodes, np.uint32)
    pretrust[random.choice(nodes, 10, replace=False)] = 1
    source = f"made-up graph from seed {seed}: no shared/data beside or above the repository"
    return TrustGraph(source, indptr, indices, trust, pretrust)


def compressed(nodes: int, sources: np.ndarray, targets: np.ndarray, trust: np.ndarray) -> tuple[np.ndarray, ...]:
    order = np.lexsort((targets, sources))
    indptr = np.concatenate([[0], np.cumsum(np.bincount(sources, minlength=nodes))])
    return indptr, targets[order], trust[order].astype(np.uint16)


def column(path: Path, nodes: int) -> NDArray[np.float64]:
    """A file of ``node,number`` lines as an array, 0 where a node is absent."""
    numbers = np.zeros(nodes)
    with open(path, encoding="utf-8", newline="") as file:
        for node, number in csv.reader(file):
            numbers[int(node)] = float(number)
    return numbers
