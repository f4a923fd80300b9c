"""Swarms and simulations in files, pickles and copies: whoever goes on from one takes the very same steps."""

import copy
import io
import json
import pickle
import zipfile

import cases
import lvs
import networkx
import numpy as np
import pytest


def through_a_file(folder):
    def again(what):
        lvs.save(what, folder / "kept.npz")
        return lvs.load(folder / "kept.npz")

    return again


@pytest.fixture(params=["file", "pickle", "copy", "deepcopy"])
def again(request, tmp_path):
    ways = {"pickle": lambda what: pickle.loads(pickle.dumps(what)), "copy": copy.copy, "deepcopy": copy.deepcopy}
    return ways.get(request.param) or through_a_file(tmp_path)


def some_swarm(cycles, **options):
    rng = np.random.default_rng(6)
    graph, values = cases.random_graph(rng, 14, 9), cases.close(rng, 14, 7)[1]
    frozen = np.arange(14) % 5 == 0
    values[frozen] = cases.edges(rng, frozen.sum(), 7)[1]
    trust = rng.integers(0, 65_536, len(graph[1]), np.uint16)
    swarm = lvs.Swarm(*graph, values, trust=trust, frozen=frozen, **options)
    swarm.step(cycles)
    return swarm


def same(swarm, other):
    for name in ("values", "trust", "anchors", "indptr", "indices", "frozen"):
        assert getattr(swarm, name).tolist() == getattr(other, name).tolist(), name
    assert (swarm.cycle, swarm.options, swarm.shape) == (other.cycle, other.options, other.shape)


def test_two_hundred_steps_of_two_hundred_are_equal(again):
    """Rows that were set and trust that was given, within a window; every option other than its default."""
    options = dict(loss=(9_000, 3), hold=True, seed=77, trim=True, learn_trust=True)
    swarm = some_swarm(123, **options)
    swarm.set_row(3, np.arange(7) * 1_000_000)
    other = again(swarm)
    assert other.options == options
    equal = 0
    for _ in range(200):
        swarm.step(), other.step()
        same(swarm, other)
        equal += swarm.stats == other.stats
    assert equal == 200 and swarm.stats.sum_correction > 0


@pytest.mark.parametrize("cycle", [0, 1, 4_095, 4_096, 4_099])
def test_wherever_in_a_window_it_stands(again, cycle):
    swarm = some_swarm(cycle, trim=False, learn_trust=False)
    other = again(swarm)
    for steps in (0, 1, 4_097):
        swarm.step(steps), other.step(steps)
        same(swarm, other)


def test_it_goes_on_on_another_backend(engines, gpus_or_none, tmp_path):
    swarm = some_swarm(50)
    lvs.save(swarm, tmp_path / "swarm.npz")
    swarm.step(30)
    for engine in [*engines, *gpus_or_none]:
        other = lvs.load(tmp_path / "swarm.npz", engine=engine)
        assert other.engine is engine
        other.step(30)
        same(swarm, other)


def simulations():
    graph = networkx.random_regular_graph(8, 40, seed=2)
    values = np.random.default_rng(1).integers(10**9, 10**9 + 10**7, (40, 3))
    return [
        dict(nodes=60, degree=8, cells=3, attack="noise", hostile=0.1, churn=0.02, loss=0.1, seed=5),
        dict(topology="groups", nodes=48, cells=2, attack="sleeper", strength=30, hostile=0.1, seed=None),
        dict(topology=graph, values=values, attack="edge", hostile_neighbors=2, record_every=7, loss=0.2),
        dict(nodes=np.int64(40), degree=6, trim=False, learn_trust=False, churn=0.1),
    ]


@pytest.mark.parametrize("number", range(4))
def test_simulations_give_the_same_records(again, number):
    simulation = lvs.Simulation(**simulations()[number], cycles=120)
    next(simulation)
    for record in range(3):
        other = again(simulation)
        assert other.setup == simulation.setup and other.cycle == simulation.cycle
        for _ in range(4):
            wanted, got = next(simulation), next(other)
            assert wanted | {"seconds": 0} == got | {"seconds": 0}, record
        assert other.values.tolist() == simulation.values.tolist()
    assert len(list(simulation)) == len(list(other))


def test_the_arrays_of_the_caller_are_not_looked_at_again():
    graph, values = lvs.topology("ring", nodes=20, degree=4), np.full((20, 2), 10**9)
    values[::2] += 10**6
    simulation = lvs.Simulation(graph, values=values)
    next(simulation)
    want = next(copy.copy(simulation))["mean_error"]
    values[:] = 0
    assert next(copy.copy(simulation))["mean_error"] == want


def test_a_topology_from_a_file_must_be_as_it_was(tmp_path):
    edges = tmp_path / "edges.csv"
    edges.write_text("".join(f"{i},{(i + 1) % 12}\n" for i in range(12)))
    simulation = lvs.Simulation(edges, cycles=9)
    next(simulation)
    lvs.save(simulation, tmp_path / "kept.npz")
    assert next(lvs.load(tmp_path / "kept.npz"))["cycle"] == 2
    edges.write_text("0,1\n1,2\n")
    with pytest.raises(ValueError, match="topology: got a file of 4 edges, expected 24: it has changed since"):
        lvs.load(tmp_path / "kept.npz")
    edges.unlink()
    with pytest.raises(FileNotFoundError, match="edges.csv"):
        lvs.load(tmp_path / "kept.npz")


def test_the_file_is_plain(tmp_path):
    """Any reader of zip and .npy files understands it: arrays without Python's objects, and a text."""
    swarm = some_swarm(5, loss=(1, 2**64 - 1))
    lvs.save(swarm, tmp_path / "swarm.npz")
    with zipfile.ZipFile(tmp_path / "swarm.npz") as archive:
        parts = {name: np.load(io.BytesIO(archive.read(name)), allow_pickle=False) for name in archive.namelist()}
    kinds = {name.removesuffix(".npy"): (part.dtype.name, part.shape) for name, part in parts.items()}
    edges = len(swarm.indices)
    assert kinds.pop("about")[0] == "uint8"
    assert kinds == {
        "values": ("int64", (14, 7)),
        "anchors": ("int64", (14, 7)),
        "trust": ("uint16", (edges,)),
        "indptr": ("int64", (15,)),
        "indices": ("int64", (edges,)),
        "frozen": ("bool", (14,)),
    }
    about = json.loads(parts["about.npy"].tobytes().decode())
    assert about == {"format": 1, "lvs": lvs.__version__, "kind": "swarm", "cycle": 5, "options": about["options"]}
    assert about["options"]["loss"] == [1, 2**64 - 1]
    assert [path.name for path in tmp_path.iterdir()] == ["swarm.npz"]


def archive(path, **about):
    np.savez(path, about=np.frombuffer(json.dumps(about).encode(), np.uint8))


def test_what_is_no_such_file_is_refused(tmp_path):
    path = tmp_path / "file"
    with pytest.raises(FileNotFoundError):
        lvs.load(path)
    path.write_text("nothing")
    with pytest.raises(ValueError, match="path: got .*, expected a file from lvs.save"):
        lvs.load(path)
    path = tmp_path / "file.npz"
    for about, message in (
        (dict(kind="swarm", format=2), "path: got kind 'swarm' of format 2, expected one from lvs.save"),
        (dict(kind="bee", format=1), "path: got kind 'bee' of format 1"),
        (dict(kind="swarm", format=1), "path: got a file without 'options'"),
    ):
        archive(path, **about)
        with pytest.raises(ValueError, match=message):
            lvs.load(path)
    np.savez(path, a=np.zeros(1))
    with pytest.raises(ValueError, match=r"path: got an archive of \['a'\]"):
        lvs.load(path)
    with pytest.raises(TypeError, match="what: got int, expected an lvs.Swarm or an lvs.Simulation"):
        lvs.save(3, path)


def test_what_does_not_fit_is_refused():
    swarm = some_swarm(3)
    for cycle, anchors, error, message in (
        (-1, swarm.anchors, ValueError, "cycle: got -1, expected an integer from 0"),
        (1.5, swarm.anchors, TypeError, r"cycle: got 1.5 \(float\)"),
        (1, swarm.anchors[1:], ValueError, r"anchors: got shape \[13, 7\], expected \[14, 7\]"),
        (1, -np.ones((14, 7), int), ValueError, "anchor.*: got -1 at cell 0 in row 1"),
    ):
        with pytest.raises(error, match=message):
            swarm.resume(cycle, anchors)
    assert swarm.cycle == 3
