"""Reputation against a float64 power iteration, and on a real graph against published figures."""

import csv
import warnings
from pathlib import Path

import cases
import lvs
import numpy as np
import pytest
import reference
from hypothesis import given
from hypothesis import strategies as st

ONE = lvs.REPUTATION_ONE


def check(engines, indptr, indices, trust, **options):
    want = reference.reputation(indptr, indices, trust, options.get("damping", 0.15), options.get("pretrust"))
    first = None
    for engine in engines:
        got = engine.reputation(indptr, indices, trust, **options)
        assert got.dtype == np.uint64 and int(got.sum()) == ONE
        assert np.abs(got / ONE - want).sum() < 1e-6, engine
        first = got if first is None else first
        assert got.tolist() == first.tolist(), engine


def some_graph(seed, nodes, degree=8):
    rng = np.random.default_rng(seed)
    indptr, indices = cases.random_graph(rng, nodes, degree)
    trust = rng.integers(0, 65_536, len(indices), np.uint16)
    trust[rng.random(len(trust)) < 0.2] = 0
    return indptr, indices, trust


@pytest.mark.parametrize("nodes", [1, 2, 7, 100, 3000])
@pytest.mark.parametrize("damping", [0.15, 0.5, 1.0])
def test_random_graphs(engines, nodes, damping):
    check(engines, *some_graph(nodes, nodes), damping=damping, tol=1e-10)


@given(st.integers(0, 2**32), st.integers(1, 40))
def test_any_graph(engines, seed, nodes):
    check(engines[:3] + engines[-3:], *some_graph(seed, nodes), tol=1e-10)


@pytest.mark.parametrize(
    "pretrust",
    [
        np.arange(50),
        np.arange(50, dtype=np.uint8),
        np.arange(50) * 10**15,
        np.linspace(0, 1, 50),
        np.linspace(0, 1e-300, 50),
        np.linspace(0, 1, 50).astype(np.float32),
        [0] * 49 + [0.25],
        list(range(50)),
        np.eye(50, dtype=int)[:, 3],
    ],
    ids=["int64", "uint8", "large", "float64", "tiny", "float32", "float list", "int list", "strided"],
)
def test_pretrust(engines, pretrust):
    check(engines, *some_graph(5, 50), pretrust=pretrust, tol=1e-10)


def test_integer_pretrust_counts_as_it_is(engine):
    shares = engine.reputation([0, 0, 0, 0], [], [], pretrust=[1, 0, 3])
    assert shares.tolist() == [ONE // 4, 0, 3 * ONE // 4]


def test_index_types(engine):
    indptr, indices, trust = some_graph(1, 60)
    want = engine.reputation(indptr, indices, trust).tolist()
    for kind in (np.uint8, np.int16, np.int32, np.uint32, np.uint64, np.int64):
        if indptr.max() <= np.iinfo(kind).max:
            assert engine.reputation(indptr.astype(kind), indices.astype(kind), trust).tolist() == want
    assert engine.reputation(indptr.tolist(), indices.tolist(), trust.tolist()).tolist() == want
    assert engine.reputation(np.repeat(indptr, 2)[::2], indices, np.repeat(trust, 2)[::2]).tolist() == want


def test_no_nodes(engine):
    assert engine.reputation([0], [], []).tolist() == []


def test_not_converging_is_a_warning(engine):
    chain = [0, 1, 2, 3], [1, 2, 0], [1, 1, 1]
    options = dict(pretrust=[1, 0, 0], tol=0.0, max_iter=3)
    with pytest.warns(RuntimeWarning, match=r"did not converge in 3 iteration\(s\)"):
        shares = engine.reputation(*chain, **options)
    assert int(shares.sum()) == ONE
    with warnings.catch_warnings(), pytest.raises(RuntimeWarning):
        warnings.simplefilter("error")
        engine.reputation(*chain, **options)


def shared_data():
    """The folder of real data beside the repository, where there is one."""
    for folder in Path(__file__).resolve().parents:
        if (folder / "shared" / "data" / "eigentrust_otc.csv").exists():
            return folder / "shared" / "data"
    pytest.skip("no folder shared/data beside the repository: the Bitcoin OTC graph is not at hand")


def rows(path):
    with open(path, newline="") as file:
        return list(csv.reader(file))


def otc_graph(data):
    """Node numbers are ranks of the sorted ids; trust is 6,553 times a positive rating."""
    ratings = np.array([[int(field) for field in row[:3]] for row in rows(data / "soc-sign-bitcoinotc.csv")[1:]])
    ids, ranks = np.unique(ratings[:, :2], return_inverse=True)
    ranks = ranks.reshape(-1, 2)
    positive = ratings[:, 2] > 0
    assert (len(ids), len(ratings), (~positive).sum()) == (5_881, 35_592, 3_563)
    (source, target), rating = ranks[positive].T, ratings[positive, 2]
    order = np.argsort(source, kind="stable")
    indptr = np.concatenate([[0], np.cumsum(np.bincount(source, minlength=len(ids)))])
    return indptr, target[order], (6_553 * rating[order]).astype(np.uint16)


def column(path, size):
    vector = np.zeros(size)
    for node, number in rows(path):
        vector[int(node)] = float(number)
    return vector


def test_bitcoin_otc(engines):
    data = shared_data()
    graph = otc_graph(data)
    nodes = len(graph[0]) - 1
    want = column(data / "eigentrust_otc.csv", nodes)
    pretrust = column(data / "eigentrust_otc_pretrust.csv", nodes)
    for engine in engines:
        shares = engine.reputation(*graph, pretrust=pretrust)
        assert int(shares.sum()) == ONE
        assert np.abs(shares / ONE - want).sum() < 1e-6, engine


def test_alpha_is_what_pagerank_users_mean_by_damping(engine):
    graph = some_graph(9, 80)
    with_alpha = engine.reputation(*graph, alpha=0.85)
    assert with_alpha.tolist() == engine.reputation(*graph).tolist() == engine.reputation(*graph, damping=0.15).tolist()
    assert with_alpha.tolist() != engine.reputation(*graph, damping=0.85).tolist()
    for options, error, message in (
        (dict(alpha=0.85, damping=0.15), ValueError, "damping: got 0.15 beside alpha, expected one of the two"),
        (dict(alpha=1.5), ValueError, "alpha: got 1.5, expected 0 to 1"),
        (dict(alpha="most"), TypeError, r"alpha: got 'most' \(str\), expected a number"),
    ):
        with pytest.raises(error, match=message):
            engine.reputation(*graph, **options)


def test_alpha_agrees_with_networkx(engine):
    networkx = pytest.importorskip("networkx")
    graph = networkx.gnp_random_graph(60, 0.1, seed=4, directed=True)
    ranks = networkx.pagerank(graph, alpha=0.85, tol=1e-12)
    shares = engine.reputation(graph, alpha=0.85) / ONE
    assert np.abs(shares - [ranks[node] for node in graph]).sum() < 1e-6


def test_how_it_ended_can_be_asked_for(engine):
    graph = some_graph(2, 60)
    shares, end = engine.reputation(*graph, full_output=True)
    assert shares.tolist() == engine.reputation(*graph).tolist()
    assert isinstance(end, lvs.Convergence) and end.converged and 0 <= end.change <= 1e-9
    # One fewer does not do: no warning where the end is told.
    short, cut = engine.reputation(*graph, max_iter=end.iterations - 1, full_output=True)
    assert not cut.converged and cut.iterations == end.iterations - 1 and cut.change > 1e-9
    out = np.zeros(60, np.uint64)
    assert engine.reputation(*graph, full_output=True, out=out)[0] is out
