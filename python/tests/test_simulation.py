"""Simulations, drawn graphs and their spectra, through the Python interface."""

import _thread
import signal
import threading
from pathlib import Path

import cases
import lvs
import networkx
import numpy as np
import pandas
import pytest

SMALL = dict(nodes=40, cells=3, cycles=12, degree=8, seed=5)


def records(**options):
    """All that is the same for the same arguments."""
    simulation = lvs.Simulation(**SMALL | options)
    told = [simulation.first(), *simulation]
    return [{name: value for name, value in record.items() if name != "seconds"} for record in told]


@pytest.mark.parametrize("attack", [None, *lvs.ATTACKS])
def test_every_engine_tells_the_same(engines, attack):
    options = dict(attack=attack, churn=0.02, loss=0.1)
    want = records(**options, engine=engines[0])
    assert [record["cycle"] for record in want] == list(range(13))
    for engine in engines[3::3]:
        assert records(**options, engine=engine) == want, engine
    assert records(**options, engine=engines[0], seed=6) != want


def test_records_say_what_the_values_do(engine):
    simulation = lvs.Simulation(**SMALL, attack="huge", hostile=0.2, engine=engine)
    start = simulation.values
    assert simulation.setup["hostile"] == 8 and start.shape == (32, 3) and len(set(simulation.nodes.tolist())) == 32
    low, high = start.min(0), start.max(0)
    for record in simulation:
        values = simulation.values
        assert record["spread"] == (values.max(0) - values.min(0)).max()
        assert record["mean_spread"] == pytest.approx((values.max(0) - values.min(0)).mean())
        assert record["mean_error"] == pytest.approx(np.abs(values.mean(0) - start.mean(0)).max(), rel=1e-9)
        assert record["range_violation"] == np.maximum(values - high, low - values).max().clip(0)
    assert simulation.cycle == 12 and next(simulation, None) is None


def test_without_anybody_hostile_it_is_a_swarm(engine):
    """The same rows and cycles by hand."""
    graph = lvs.topology("watts-strogatz", nodes=40, degree=8, rewire=0.3, seed=9)
    simulation = lvs.Simulation("watts-strogatz", **SMALL | dict(seed=9), rewire=0.3, engine=engine)
    swarm = lvs.Swarm(graph, values=simulation.values, engine=engine, seed=9)
    for record in simulation:
        swarm.step()
        assert simulation.values.tolist() == swarm.values.tolist()
        assert record["spread"] == swarm.spread.max() and record["rate_limited"] == swarm.stats.rate_limited


def test_own_graphs_and_values(engine):
    graph = networkx.circulant_graph(20, [1, 2, 3])
    values = cases.close(np.random.default_rng(1), 20, 4)[1]
    simulation = lvs.Simulation(graph, values=values, cycles=5, hostile=0.1, attack="pendulum", engine=engine)
    assert simulation.setup["nodes"] == 20 and simulation.setup["hostile"] == 2
    assert simulation.values.tolist() == values[simulation.nodes].tolist()
    assert [record["cycle"] for record in simulation] == [1, 2, 3, 4, 5]


def test_the_frame_has_every_record(capsys):
    frame = lvs.simulate(**SMALL, attack="alie", record_every=5, progress=True)
    assert frame["cycle"].tolist() == [0, 5, 10, 12] and "12/12" in capsys.readouterr().err
    want = records(attack="alie", record_every=5)
    for name in want[0]:
        told = [None if pandas.isna(entry) else entry for entry in frame[name]]
        assert told == [record[name] for record in want], name
    assert frame.attrs["setup"]["nodes"] == 40 and str(frame["spread"].dtype) == "uint64"


def test_a_trial_sums_it_up():
    options = dict(nodes=48, cells=2, cycles=300, attack="edge", hostile=0.1, learn_trust=False, seed=2)
    frame, result = lvs.simulate("groups", **options), lvs.trial("groups", **options)
    assert result["final_spread"] == 0 and frame["spread"].iloc[result["agreed_at"]] == 0
    assert frame["spread"].iloc[result["agreed_at"] - 1] > 0
    assert result["all_rate_limited"] == frame["rate_limited"].sum() and result["hostile_nodes"] == 5
    assert result["factor"] == lvs.measured_factor(frame["cycle"], frame["mean_spread"])
    assert lvs.trial("ring", nodes=48, degree=2, cycles=3)["agreed_at"] is None


def test_trials_are_what_a_sweep_makes_by_default():
    grid = dict(topology=["groups", "two-worlds"], attack=["pull", "split"], seed=[1, 2], nodes=26, cells=1, cycles=20)
    frame = lvs.sweep(**grid, scheduler="serial")
    want = lvs.trial("two-worlds", attack="pull", seed=2, nodes=26, cells=1, cycles=20)
    row = frame[(frame["topology"] == "two-worlds") & (frame["attack"] == "pull") & (frame["seed"] == 2)].iloc[0]
    assert {name: None if pandas.isna(row[name]) else row[name] for name in want} == want


@pytest.mark.parametrize("name", lvs.TOPOLOGIES)
def test_drawn_graphs(name):
    graph = lvs.topology(name, nodes=52, degree=6, group_size=13, bridges=4, seed=3)
    edges = {(row, int(j)) for row in range(52) for j in graph.indices[graph.indptr[row] : graph.indptr[row + 1]]}
    assert edges == {(j, i) for i, j in edges} and all(i != j for i, j in edges) and len(edges) == len(graph.indices)
    again = lvs.topology(name, nodes=52, degree=6, group_size=13, bridges=4, seed=3)
    assert again.indices.tolist() == graph.indices.tolist() and graph.nodes == list(range(52))
    assert len(lvs.Swarm(graph, values=np.ones((52, 1), int)).indices) == len(edges)


def test_a_file_of_edges(tmp_path):
    (tmp_path / "edges").write_text("# from to\n5 7\n7 9\n9 5\n")
    assert lvs.topology(str(tmp_path / "edges")).indptr.tolist() == [0, 2, 4, 6]
    assert lvs.topology(str(tmp_path / "edges"), directed=True).indptr.tolist() == [0, 1, 2, 3]
    # As a path too; but then as nothing else.
    assert lvs.topology(tmp_path / "edges").indptr.tolist() == [0, 2, 4, 6]
    assert lvs.Simulation(tmp_path / "edges").setup["nodes"] == 3
    for missing in (tmp_path / "none", Path("ring")):
        with pytest.raises(FileNotFoundError, match=f"topology: got '{missing}', expected a file that is there"):
            lvs.Simulation(missing)


@pytest.mark.parametrize("graph", [networkx.cycle_graph(12), networkx.karate_club_graph(), networkx.complete_graph(9)])
def test_the_spectrum_is_that_of_the_gossip_matrix(graph):
    """The eigenvalues, by NumPy: those of D^-1 A with each row's own weight are those of a symmetric matrix."""
    adjacency = networkx.to_numpy_array(graph, weight=None)
    degrees = adjacency.sum(1)
    weights = np.floor(65_535 / (degrees + 1)) / 65_536
    matrix = np.eye(len(degrees)) + weights[:, None] * (adjacency - np.diag(degrees))
    eigenvalues = np.sort(np.abs(np.linalg.eigvals(matrix).real))
    found = lvs.spectrum(graph)
    assert found.factor == pytest.approx(eigenvalues[-2], abs=1e-9) and found.gap == 1 - found.factor
    assert (found.parts, found.method) == (1, "dense")


def test_predicted_and_measured():
    where = dict(nodes=60, degree=4, seed=4)
    for name in ("ring", "regular", "erdos-renyi"):
        predicted = lvs.spectrum(lvs.topology(name, **where))
        frame = lvs.simulate(name, **where, cells=8, trim=False, learn_trust=False, cycles=400)
        assert predicted.parts > 1 or lvs.measured_factor(frame["cycle"], frame["mean_spread"]) == pytest.approx(predicted.factor, abs=0.02)


def test_ctrl_c_ends_a_simulation():
    simulation = lvs.Simulation(nodes=500, cycles=10**6, record_every=10**6)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        threading.Timer(0.2, _thread.interrupt_main).start()
        with pytest.raises(KeyboardInterrupt):
            next(simulation)
    finally:
        signal.signal(signal.SIGINT, before)
    assert 0 < simulation.cycle < 10**6 and next(simulation, None) is None


GRAPH = networkx.path_graph(3)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        (dict(topology="star"), ValueError, "topology: got 'star', expected groups, ring, regular"),
        (dict(topology=7), TypeError, "values: got nothing, expected int64"),
        (dict(topology=GRAPH), TypeError, r"values: got nothing, expected int64\[nodes, cells\] for the graph given"),
        (dict(topology=GRAPH, values=[[1]]), ValueError, r"values: got 1 rows, expected 3 \(the graph's nodes\)"),
        (dict(values=[[1]]), ValueError, "values: got values for a graph that is drawn, expected a graph as topology"),
        (dict(attack="kindness"), ValueError, "attack: got 'kindness', expected one of huge"),
        (dict(attack=3), TypeError, "attack: got int, expected a name from lvs.ATTACKS"),
        (dict(attack="huge", strength=2), ValueError, "strength: got 2, expected none"),
        (dict(attack="pull", strength="much"), TypeError, r"strength: got 'much' \(str\), expected a number"),
        (dict(hostile=0.1, hostile_neighbors=3), ValueError, "hostile: got 0.1 beside hostile_neighbors"),
        (dict(hostile=1.5), ValueError, "hostile: got 1.5"),
        (dict(topology="groups", group_size=0), ValueError, "group_size: got 0"),
        (dict(record_every=0), ValueError, "record_every: got 0"),
        (dict(churn=-0.1), ValueError, "churn: got -0.1"),
        (dict(engine="scalar"), TypeError, "engine: got str, expected an lvs.Engine"),
        (dict(cells=0), ValueError, "cells: got 0"),
        (dict(node=3), TypeError, "node: got an unknown keyword, expected one of"),
        (dict(topology=GRAPH, values=[[1]] * 3, nodes=99), ValueError, "nodes: got 99 beside a graph and its values"),
        (dict(topology=GRAPH, values=[[1]] * 3, degree=2), ValueError, "degree: got 2 beside a graph and its values"),
        (dict(topology=GRAPH, values=[[1]] * 3, cells=1), ValueError, "cells: got 1 beside a graph and its values"),
        (dict(topology=GRAPH, values=[[1]] * 3, width=9), ValueError, "width: got 9 beside a graph and its values"),
        (dict(topology="missing/edges.csv"), FileNotFoundError, "topology: got 'missing/edges.csv', expected a file"),
        (dict(topology=Path("ring")), FileNotFoundError, "topology: got 'ring', expected a file that is there"),
        (dict(seed=-1), ValueError, "seed: got -1"),
    ],
)
def test_mistakes(options, error, message):
    with pytest.raises(error, match=message):
        lvs.Simulation(**options)


def test_mistakes_about_graphs():
    with pytest.raises(ValueError, match="topology: got a graph, expected a name from lvs.TOPOLOGIES or a file"):
        lvs.topology(GRAPH)
    with pytest.raises(TypeError, match="hostile: got an unknown keyword, expected one of nodes, degree, group_size"):
        lvs.topology("ring", hostile=0.1)
    with pytest.raises(ValueError, match="graph: got"):
        lvs.spectrum(networkx.DiGraph([(0, 1)]))
    with pytest.raises(ValueError, match="graph: got 0 rows, expected at least 1"):
        lvs.spectrum(lvs.Csr(np.zeros(1, np.int64), np.zeros(0, np.int64), None, []))
    with pytest.raises(ValueError, match="spreads: got 2 entries, expected 3"):
        lvs.measured_factor([1, 2, 3], [1.0, 2.0])
    assert lvs.measured_factor([0, 1], [1.0, 0.5]) is None


SHORT = dict(cells=2, cycles=100, draws=1, seed=7)


@pytest.mark.parametrize("attack", ["dissensus", "spectral", "alie", "pull"])
def test_what_rules_bear(attack):
    """As docs/decisions/0007: below a third drift and CS+ hold, NNA and clipped gossip do not under every attack."""
    errors = {rule: lvs.breakdown(rule, attack, 7, **SHORT)["error"] for rule in lvs.RULES}
    assert errors["drift"] < 1 and errors["clipped-sum"] < 1
    assert (errors["nearest"] > 1e3) == (attack in ("dissensus", "spectral"))
    assert lvs.breakdown("drift", attack, 1, **SHORT)["error"] < errors["drift"]
    assert lvs.breakdown("nearest", attack, 7, **SHORT)["error"] == errors["nearest"]


@pytest.mark.parametrize(
    ("arguments", "options", "error", "message"),
    [
        (("vote", "pull", 1), {}, ValueError, "rule: got 'vote', expected one of drift, clipped-sum"),
        (("drift", "huge", 1), {}, ValueError, "attack: got 'huge', expected one with a strength: drain"),
        (("drift", "pull", 0), {}, ValueError, "hostile: got 0, expected an integer from 1 to 1000"),
        (("drift", "pull", 1.5), {}, TypeError, "hostile: got 1.5"),
        (("drift", "pull", 1), dict(draws=0), ValueError, "draws: got 0"),
        (("drift", "pull", 1), dict(cells=0), ValueError, "cells: got 0"),
    ],
)
def test_mistakes_about_rules(arguments, options, error, message):
    with pytest.raises(error, match=message):
        lvs.breakdown(*arguments, **options)


def test_html():
    assert "<td" in lvs.Simulation(**SMALL, attack="pull")._repr_html_()


def test_no_cycles_given_are_the_usual_ones():
    assert lvs.simulate(nodes=20, cells=1, degree=4, cycles=None)["cycle"].iloc[-1] == 100


def test_no_seed_is_a_fresh_one_that_is_told():
    simulations = [lvs.Simulation(**SMALL | dict(seed=None)) for _ in range(3)]
    seeds = [simulation.setup["seed"] for simulation in simulations]
    assert len(set(seeds)) == 3 and max(seeds) < 2**53
    again = lvs.Simulation(**SMALL | dict(seed=seeds[0]))
    assert again.values.tolist() == simulations[0].values.tolist() != simulations[1].values.tolist()
    frame = lvs.simulate(**SMALL | dict(seed=None))
    assert frame.attrs["setup"]["seed"] not in seeds
    assert lvs.Simulation(nodes=20, degree=4).setup["seed"] == 1
    graphs = [lvs.topology(nodes=40, degree=4, seed=None).indices.tolist() for _ in range(2)]
    assert graphs[0] != graphs[1]
