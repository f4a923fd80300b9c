"""Graphs of SciPy and networkx give the same swarm and the same reputation as their CSR arrays."""

import cases
import lvs
import networkx
import numpy as np
import pandas
import pytest
import scipy.sparse

FORMATS = ["csr", "csc", "coo", "lil", "dok", "bsr"]


def some_matrix(nodes=20, seed=3):
    rng = np.random.default_rng(seed)
    dense = rng.integers(1, 65_536, (nodes, nodes)) * (rng.random((nodes, nodes)) < 0.3)
    return dense.astype(np.uint16)


def arrays_of(dense):
    """By hand, without SciPy."""
    indptr = np.concatenate([[0], np.cumsum((dense > 0).sum(1))])
    return indptr, np.nonzero(dense)[1], dense[dense > 0]


def same(csr, arrays):
    assert [part.tolist() for part in csr[:3]] == [part.tolist() for part in arrays]
    assert (csr.indptr.dtype, csr.indices.dtype, csr.trust.dtype) == (np.int64, np.int64, np.uint16)


@pytest.mark.parametrize("make", [scipy.sparse.csr_array, scipy.sparse.csr_matrix])
@pytest.mark.parametrize("form", FORMATS)
def test_scipy(engine, make, form):
    dense = some_matrix()
    matrix, arrays = make(dense).asformat(form), arrays_of(dense)
    same(lvs.csr(matrix), arrays)
    assert engine.reputation(matrix).tolist() == engine.reputation(*arrays).tolist()
    values = cases.close(np.random.default_rng(1), 20, 5)[1]
    swarms = [lvs.Swarm(matrix, values=values, engine=engine), lvs.Swarm(*arrays[:2], values, engine=engine)]
    for swarm in swarms:
        swarm.step(9)
    assert swarms[0].values.tolist() == swarms[1].values.tolist()
    # Who is joined to whom is what a swarm takes of it.
    assert lvs.Swarm(matrix, values=values, engine=engine).trust.tolist() == [65_535] * len(arrays[1])


def test_entries_of_any_integer_type_are_trust_and_a_stored_zero_is_an_edge(engine):
    matrix = scipy.sparse.csr_array((np.array([5, 0, 65_535]), [1, 2, 0], [0, 2, 3, 3]))
    csr = lvs.csr(matrix)
    assert csr.trust.tolist() == [5, 0, 65_535] and csr.nodes == [0, 1, 2]
    assert lvs.Swarm(matrix.astype(float), values=np.ones((3, 1), np.int64)).indices.tolist() == [1, 2, 0]


@pytest.mark.parametrize("kind", [networkx.Graph, networkx.DiGraph])
def test_networkx(engine, kind):
    rng = np.random.default_rng(8)
    graph = kind()
    names = [f"node {n}" for n in rng.permutation(15)]
    graph.add_nodes_from(names)
    for i, j in rng.integers(0, 15, (40, 2)):
        graph.add_edge(names[i], names[j], trust=int(rng.integers(0, 65_536)), weight=0.5)
    csr = lvs.csr(graph)
    assert csr.nodes == names
    edges = {
        (names[row], names[csr.indices[at]]): csr.trust[at]
        for row in range(15)
        for at in range(csr.indptr[row], csr.indptr[row + 1])
    }
    want = {(i, j): trust for i, j, trust in graph.edges(data="trust")}
    if not graph.is_directed():
        want |= {(j, i): trust for (i, j), trust in want.items()}
    assert edges == want and len(csr.indices) == len(want)
    assert engine.reputation(graph).tolist() == engine.reputation(*csr[:3]).tolist()
    assert lvs.csr(graph, trust=None).trust is None and lvs.csr(csr, trust=None).trust is None


def test_networkx_graphs_without_a_trust(engine):
    graph = networkx.karate_club_graph()
    swarm = lvs.Swarm(graph, values=np.arange(34)[:, None] * 1_000, engine=engine)
    assert swarm.shape == (34, 1) and len(swarm.indices) == 2 * 78
    assert lvs.csr(graph).trust is None
    # An attribute of another name may be meant.
    assert lvs.csr(graph, trust="weight").trust.max() == 7
    # Where no edge has a weight all count alike.
    ones = np.ones(2 * 78, np.uint16)
    assert engine.reputation(graph, trust=ones).argmax() == 33
    assert np.abs(engine.reputation(graph, trust=ones) / 2**47 - engine.reputation(graph) / 2**47).max() < 1e-8
    with pytest.raises(TypeError, match=r"trust: got nothing, expected uint16\[E\]"):
        engine.reputation([0, 1, 2], [1, 0])


def test_no_edges_and_no_nodes(engine):
    for graph in (networkx.empty_graph(3), scipy.sparse.csr_array((3, 3), dtype=np.uint16)):
        assert lvs.csr(graph).indptr.tolist() == [0, 0, 0, 0]
        assert lvs.Swarm(graph, values=[[1], [2], [3]], engine=engine).spread.tolist() == [2]
    assert lvs.csr(networkx.Graph()).indptr.tolist() == [0]


def with_trust(*entries):
    graph = networkx.path_graph(len(entries) + 1)
    for (i, j), trust in zip(graph.edges, entries, strict=True):
        graph[i][j].update({} if trust is None else {"trust": trust})
    return graph


@pytest.mark.parametrize(
    ("graph", "error", "message"),
    [
        ([0, 1], TypeError, "indptr: got list without indices, expected a SciPy sparse array, a networkx graph"),
        (np.eye(3), ValueError, "trust: got float64 as the entries, expected integers from 0 to 65535"),
        (np.ones((2, 3), int), ValueError, r"indptr: got an array of shape \(2, 3\), expected a square one"),
        (np.ones(3, int), ValueError, r"indptr: got an array of shape \(3,\), expected a square one"),
        (np.full((2, 2), "x"), ValueError, "indptr: got an array of <U1, expected numbers"),
        (pandas.DataFrame([[1]], ["a"], ["b"]), ValueError, "indptr: got a DataFrame whose index and columns differ"),
        (networkx.MultiGraph([(0, 1)]), ValueError, "indptr: got a MultiGraph, expected one edge at most"),
        (scipy.sparse.csr_array((2, 3)), ValueError, r"indptr: got a sparse array of shape \(2, 3\), expected a square"),
        (scipy.sparse.csr_array(np.eye(2)), ValueError, "trust: got float64 as the entries, expected integers from 0"),
        (scipy.sparse.csr_array([[0, -1], [1, 0]]), ValueError, "trust: got -1 among the entries, expected integers"),
        (with_trust(1, 65_536), ValueError, "trust: got 65536 among the attribute 'trust'"),
        (with_trust(1, None), ValueError, "trust: got no attribute 'trust' on 2 of 4 edges, expected it on all"),
        (with_trust(1, 0.5), ValueError, "trust: got float64 as the attribute 'trust'"),
        (with_trust("a"), ValueError, "trust: got <U1 as the attribute 'trust'"),
    ],
)
def test_mistakes(engine, graph, error, message):
    with pytest.raises(error, match=message):
        engine.reputation(graph)


def test_values_must_come_and_fit(engine):
    graph = networkx.complete_graph(3)
    with pytest.raises(TypeError, match=r"values: got nothing, expected int64\[N, D\]"):
        lvs.Swarm(graph, engine=engine)
    with pytest.raises(ValueError, match="values: got 2 rows, expected 3"):
        lvs.Swarm(graph, values=[[1], [2]], engine=engine)


def test_entries_that_are_summed_are_not_cut_off():
    """Two entries at one place: their sum is the trust, or is refused, whatever type they have."""
    where = ([0, 0, 1], [1, 1, 0])
    make = lambda *entries: scipy.sparse.coo_array((np.array(entries, np.uint16), where), (2, 2))
    assert lvs.csr(make(40_000, 25_000, 1)).trust.tolist() == [65_000, 1]
    with pytest.raises(ValueError, match="trust: got 70000 among the entries, expected integers from 0 to 65535"):
        lvs.csr(make(40_000, 30_000, 1))
    assert lvs.csr(make(40_000, 30_000, 1), trust=None).indices.tolist() == [1, 0]


def test_equal_matrices_have_one_meaning(engine):
    """Several entries at one place are one edge, their sum, in whatever form they come."""
    where = [0, 0, 1, 2], [1, 1, 2, 0]
    coo = scipy.sparse.coo_array((np.array([40_000, 25_000, 7, 9], np.uint16), where), (3, 3))
    doubled = scipy.sparse.csr_array((coo.data, where[1], [0, 2, 3, 4]), (3, 3))
    assert not doubled.has_canonical_format and doubled.nnz == 4
    for matrix in (coo, doubled, doubled.astype(np.int64).tocsc()):
        graph = lvs.csr(matrix)
        assert [part.tolist() for part in graph[:3]] == [[0, 1, 2, 3], [1, 2, 0], [65_000, 7, 9]]
        assert lvs.csr(matrix, trust=None).indices.tolist() == [1, 2, 0]
        assert lvs.Swarm(matrix, values=[[1], [2], [3]]).indices.tolist() == [1, 2, 0]
    # The caller's own is as it was; and without doubles the order is the caller's, as other arrays run along it.
    assert doubled.nnz == 4
    unsorted = scipy.sparse.csr_array((np.array([3, 5, 7]), [2, 1, 0], [0, 2, 3, 3]), (3, 3))
    assert lvs.csr(unsorted).indices.tolist() == [2, 1, 0] and lvs.csr(unsorted).trust.tolist() == [3, 5, 7]


@pytest.mark.parametrize("make", [np.asarray, pandas.DataFrame])
def test_dense_matrices(engine, make):
    dense = some_matrix()
    same(lvs.csr(make(dense)), arrays_of(dense))
    assert engine.reputation(make(dense)).tolist() == engine.reputation(*arrays_of(dense)).tolist()
    graph = lvs.csr(make(dense > 0))
    assert graph.trust is None and graph.indices.tolist() == arrays_of(dense)[1].tolist()
    values = cases.close(np.random.default_rng(1), 20, 5)[1]
    assert lvs.Swarm(make(dense), values=values).indices.tolist() == graph.indices.tolist()


def test_a_frame_names_its_nodes(engine):
    frame = pandas.DataFrame([[0, 5], [7, 0]], ["ada", "bob"], ["ada", "bob"])
    graph = lvs.csr(frame)
    assert graph.nodes == ["ada", "bob"] and graph.trust.tolist() == [5, 7]
    assert lvs.edges(graph).to_numpy().tolist() == [["ada", "bob", 5, 0], ["bob", "ada", 7, 0]]
    assert list(lvs.edges(lvs.csr(frame, trust=None)).columns) == ["row", "neighbor"]


def test_weights_of_any_size(engine):
    """Scaled so that the largest is all, in whatever form they come; in proportion, as reputation takes them."""
    rng = np.random.default_rng(3)
    weights = rng.random((12, 12)) * (rng.random((12, 12)) < 0.4) * 1e-3
    trust = lvs.to_trust(weights[weights > 0])
    assert trust.dtype == np.uint16 and trust.max() == 65_535
    assert np.abs(trust - weights[weights > 0] / weights.max() * 65_535).max() <= 0.5
    graph = networkx.from_numpy_array(weights, create_using=networkx.DiGraph)
    for form in (weights, pandas.DataFrame(weights), scipy.sparse.csr_array(weights), graph):
        assert sorted(lvs.csr(form, weight="weight").trust.tolist()) == sorted(trust.tolist())
    ranks = networkx.pagerank(graph, alpha=0.85, tol=1e-12)
    shares = engine.reputation(lvs.csr(graph, weight="weight"), alpha=0.85) / lvs.REPUTATION_ONE
    assert np.abs(shares - [ranks[node] for node in graph]).sum() < 1e-3
    with pytest.raises(ValueError, match="trust: got no attribute 'cost' on .* expected it on all"):
        graph.edges[next(iter(graph.edges))]["cost"] = 1.5
        lvs.csr(graph, weight="cost")


def test_weights_that_are_none():
    assert lvs.to_trust([0, 0]).tolist() == [0, 0] and lvs.to_trust([]).tolist() == []
    assert lvs.to_trust([1e308, 1e-308]).tolist() == [65_535, 1]
    for weights, error, message in (
        ([1.0, -0.5], ValueError, "weights: got -0.5, expected finite numbers not below 0"),
        ([np.nan], ValueError, "weights: got nan"),
        ([np.inf], ValueError, "weights: got inf"),
        (["a"], TypeError, "weights: got an array of <U1"),
        (np.ma.masked_array([1], [True]), ValueError, "weights: got an array with masked entries"),
    ):
        with pytest.raises(error, match=message):
            lvs.to_trust(weights)


def test_numbers_and_weights_of_a_file_are_kept(tmp_path):
    """And what is dropped is told."""
    path = tmp_path / "edges.csv"
    path.write_bytes(b"\xef\xbb\xbfsource,target,weight\r\n30,1412,0.5\r\n1412,3352,2\r\n7,7,1\r\n3352,1412,9\r\n30,1412,3\r\n")
    found = lvs.read_edges(path)
    assert found.graph.nodes == [7, 30, 1412, 3352] and (found.self_loops, found.duplicates) == (1, 2)
    with pytest.warns(UserWarning, match=r"edges.csv: dropped 1 self-loop\(s\) and 2 duplicate\(s\) \(an edge and its"):
        graph = lvs.topology(path)
    assert [part if part is None else list(part) for part in found.graph] == [part if part is None else list(part) for part in graph]
    assert lvs.edges(graph).to_numpy().tolist() == [[30, 1412], [1412, 30], [1412, 3352], [3352, 1412]]
    assert found.weights.tolist() == [0.5, 0.5, 2.0, 2.0]
    one_way = lvs.read_edges(path, directed=True)
    assert (one_way.self_loops, one_way.duplicates) == (1, 1) and one_way.weights.tolist() == [0.5, 2.0, 9.0]
    with pytest.warns(UserWarning, match=r"edges.csv: dropped 1 self-loop\(s\) and 1 duplicate\(s\)$") as told:
        assert lvs.topology(path, directed=True).indices.tolist() == one_way.graph.indices.tolist() == [2, 3, 2]
    assert told[0].filename == __file__
    path.write_text("1 2 5\n2 3 heavy\n")
    assert lvs.read_edges(path).weights is None


def test_files_that_are_not_there_or_not_understood(tmp_path):
    for call in (lvs.read_edges, lvs.topology, lvs.Simulation):
        with pytest.raises(FileNotFoundError, match="topology: got '.*edges.csv', expected a file that is there"):
            call(tmp_path / "edges.csv")
        (tmp_path / "bad.csv").write_text("1 2\n3\n")
        with pytest.raises(ValueError, match="line 2: '3'"):
            call(tmp_path / "bad.csv")


def test_a_simulation_says_what_it_drops_of_a_file(tmp_path):
    """A file that is clean is read without a word: warnings are errors here."""
    path = tmp_path / "edges.csv"
    path.write_text("1 2\n2 2\n2 1\n")
    with pytest.warns(UserWarning, match=r"edges.csv: dropped 1 self-loop\(s\) and 1 duplicate\(s\)") as told:
        setup = lvs.Simulation(path).setup
    assert (setup["self_loops_dropped"], setup["duplicates_dropped"], setup["edges"]) == (1, 1, 2)
    assert told[0].filename == __file__
    path.write_text("1 2\n")
    assert lvs.Simulation(path).setup["duplicates_dropped"] == 0
