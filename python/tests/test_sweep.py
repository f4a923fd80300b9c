"""Sweeps: the same frame serially, on Dask, resumed, and with a worker killed half-way."""

import json
import os
import signal
import threading
import time
from functools import partial

import distributed
import lvs
import numpy as np
import pandas
import pytest
import runs

GRID = dict(seed=range(5), nodes=[4, 9], hostile=(0, 0.25))


@pytest.fixture(scope="module")
def client():
    """Two workers, each a process."""
    places = dict(host="127.0.0.1", dashboard_address="127.0.0.1:0")
    options = dict(n_workers=2, threads_per_worker=1, processes=True)
    with distributed.LocalCluster(**options, **places) as cluster, distributed.Client(cluster) as client:
        yield client


def serial(**grid):
    return lvs.sweep(runs.small_swarm, scheduler="serial", **grid)


def same(got, want):
    pandas.testing.assert_frame_equal(got, want, check_exact=True)


def test_a_row_for_every_point():
    frame = serial(**GRID)
    points = [(seed, nodes, hostile) for seed in range(5) for nodes in (4, 9) for hostile in (0, 0.25)]
    assert list(zip(frame["seed"], frame["nodes"], frame["hostile"], strict=True)) == points
    for (seed, nodes, hostile), row in zip(points, frame.to_dict("records"), strict=True):
        want = runs.small_swarm(seed, nodes, hostile)
        assert (row["spread"], row["mean"], row["agreed"], row["ratio"]) == tuple(want[name] for name in ("spread", "mean", "agreed", "ratio"))
    same(lvs.sweep(runs.small_swarm, scheduler=None, **GRID), frame)


def test_grids_of_any_kind():
    def run(**point):
        return {"text": repr(point)}

    frame = lvs.sweep(run, scheduler=None, a=np.array([1, 2], np.uint8), b="xy", c=None, d=(x / 2 for x in range(2)), e=[True])
    assert frame["text"].tolist() == [repr(dict(a=a, b="xy", c=None, d=d, e=True)) for a in (1, 2) for d in (0.0, 0.5)]
    assert len(lvs.sweep(run, scheduler=None)) == 1
    empty = lvs.sweep(run, scheduler=None, a=[], b=3)
    assert list(empty) == ["a", "b"] and empty.empty


@pytest.mark.parametrize(
    ("results", "kind"),
    [
        ([2**60 + 1, None, 7], "Int64"),
        ([2**63 + 1, None, 7], "UInt64"),
        ([2**63 + 1, None, -7], "object"),
        ([2**64 + 1, None, 7], "object"),
        ([2**60 + 1, 0.5, 7], "object"),
        ([3, 0.5, 7], "float64"),
        ([2**60 + 1, 8, 7], "int64"),
        ([None, 0.5, 7.5], "float64"),
        ([None, True, False], "object"),
        ([None, None, None], "object"),
    ],
)
def test_no_integer_is_rounded(tmp_path, results, kind):
    def run(point):
        return {"found": results[point]}

    sweep = partial(lvs.sweep, run, scheduler="serial", point=range(3))
    frame = sweep()
    assert frame["found"].dtype == kind
    assert [None if pandas.isna(found) else found for found in frame["found"]] == results
    for _ in range(2):
        same(sweep(results=tmp_path / "results"), frame)


def test_dask_gives_the_serial_frame(client):
    want = serial(**GRID)
    same(lvs.sweep(runs.small_swarm, scheduler=client, **GRID), want)
    same(lvs.sweep(runs.small_swarm, scheduler=client.scheduler.address, **GRID), want)
    assert client.status == "running"


def test_rules_for_gossip_on_dask(client):
    grid = dict(rule=lvs.RULES, attack=["alie", "spectral"], hostile=[2, 6], cells=1, cycles=20, draws=1)
    want = lvs.sweep(lvs.breakdown, scheduler="serial", **grid)
    same(lvs.sweep(lvs.breakdown, scheduler=client, **grid), want)
    assert lvs.plot.compare(want, "hostile", "error", by="rule").get_legend() is not None


def test_a_local_cluster_of_its_own(capfd):
    same(lvs.sweep(runs.small_swarm, workers=2, progress=True, **GRID), serial(**GRID))
    assert "20/20" in capfd.readouterr().err


def killer(results, lines, worker, killed):
    """Kills a worker once so many runs are in the file."""
    while not (results.exists() and results.read_bytes().count(b"\n") > lines):
        time.sleep(0.005)
    os.kill(worker, signal.SIGKILL)
    killed.append(results.read_bytes().count(b"\n"))


def test_a_thousand_runs_survive_a_killed_worker(client, tmp_path):
    grid = dict(seed=range(125), nodes=[4, 6, 8, 10], hostile=[0, 0.25])
    worker, results, killed = next(iter(client.run(os.getpid).values())), tmp_path / "runs", []
    thread = threading.Thread(target=killer, args=(results, 200, worker, killed))
    thread.start()
    frame = lvs.sweep(runs.small_swarm, scheduler=client, results=results, **grid)
    thread.join()
    assert len(frame) == 1_000 and 200 < killed[0] < 1_000
    assert worker not in client.run(os.getpid).values()
    same(frame, serial(**grid))
    # Every run is in the file once, the head apart.
    lines = [json.loads(line) for line in results.read_text().splitlines()]
    assert len(lines) == 1_001 and len({json.dumps(line["point"]) for line in lines[1:]}) == 1_000


def test_a_run_that_kills_every_worker_is_named(client):
    with pytest.raises(RuntimeError, match=r"the run at \{'seed': 1\} failed: KilledWorker"):
        lvs.sweep(runs.kills_its_worker, scheduler=client, seed=[1])


def counting(path):
    """A run that leaves a trace of every time it is made."""

    def run(seed, **_):
        with path.open("a") as file:
            file.write(f"{seed:g}\n")
        return {"twice": 2 * seed, "part": seed / 7, "none": None, "big": 2**63 + seed, "far": float("-inf")}

    return run, lambda: [int(line) for line in path.read_text().split()]


def test_finished_runs_are_not_run_again(tmp_path):
    run, made = counting(tmp_path / "made")
    sweep = partial(lvs.sweep, run, scheduler=None, results=tmp_path / "results")
    first = sweep(seed=range(4))
    same(sweep(seed=range(4)), first)
    assert made() == [0, 1, 2, 3]
    # Points and orders of their own, and only what is new is run.
    assert sweep(seed=[9, 2, 0])["twice"].tolist() == [18, 4, 0]
    assert sweep(seed=[0, 0.0, False], extra=1)["twice"].tolist() == [0, 0, 0]
    assert made() == [0, 1, 2, 3, 9, 0, 0, 0]
    same(lvs.sweep(run, scheduler=None, seed=range(4)), first)


def test_it_goes_on_where_it_was_cut_off(tmp_path):
    run, made = counting(tmp_path / "made")
    sweep = partial(lvs.sweep, run, scheduler=None, results=tmp_path / "results", seed=range(6))
    whole = sweep()
    content = (tmp_path / "results").read_bytes()
    for length in (len(content) - 1, len(content) - 30, content.index(b"\n") + 1, 20, 0):
        (tmp_path / "results").write_bytes(content[:length])
        same(sweep(), whole)
        assert (tmp_path / "results").read_bytes() == content
    assert made() == [*range(6), 5, 5, *range(6), *range(6), *range(6)]


@pytest.mark.parametrize("scheduler", ["serial", "dask"])
def test_what_was_finished_before_a_failure_is_kept(tmp_path, client, scheduler):
    sweep = partial(lvs.sweep, runs.fails_at, scheduler=client if scheduler == "dask" else scheduler)
    options = dict(seed=range(6), bad=3, results=tmp_path / "results")
    with pytest.raises(RuntimeError, match=r"the run at \{'seed': 3, 'bad': 3\} failed: ArithmeticError: seed 3 is a bad"):
        sweep(**options)
    kept = (tmp_path / "results").read_text().splitlines()[1:]
    assert 1 <= len(kept) <= 5 and (scheduler == "dask" or len(kept) == 3)
    assert len(sweep(**options | {"seed": range(3)})) == 3


def test_a_file_of_other_runs_is_refused(tmp_path):
    results = tmp_path / "results"
    lvs.sweep(runs.fails_at, scheduler=None, results=results, seed=1, bad=2)
    with pytest.raises(ValueError, match=r"results: .*results holds runs of .*fails_at.*, expected .*small_swarm"):
        lvs.sweep(runs.small_swarm, scheduler=None, results=results, **GRID)
    for text, message in (("no JSON", "line 1 of .* is no JSON"), ("[1]", "line 1 of .* is no finished run")):
        results.write_text(text + "\n")
        with pytest.raises(ValueError, match=f"results: {message}"):
            lvs.sweep(runs.small_swarm, scheduler=None, results=results, **GRID)


def test_a_run_that_cannot_be_sent_is_refused_before_a_cluster_starts(monkeypatch):
    monkeypatch.setattr(distributed, "LocalCluster", lambda *_, **__: pytest.fail("a cluster was started"))
    for held in (threading.Lock(), (n for n in range(3))):
        with pytest.raises(TypeError, match=r"run: got what cannot be pickled \(.*\), expected a function that cloudpickle can"):
            lvs.sweep(partial(runs.fails_at, bad=held), seed=[1])


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        (dict(seed=[1, 1]), ValueError, "seed: got a value more than once"),
        (dict(seed=[[1]]), TypeError, "seed: got list, expected numbers, strings, flags or None"),
        (dict(seed={"a": 1}), TypeError, "seed: got dict, expected numbers"),
        (dict(scheduler=7), TypeError, "scheduler: got int, expected 'local', 'serial', None, an address or"),
        (dict(run=lambda: 3), RuntimeError, "TypeError: run: returned int, expected a mapping"),
        (dict(run=lambda seed: {"seed": 1}, seed=1), RuntimeError, r"ValueError: run: returned 'seed', which is"),
        (dict(run=lambda: {"a": [1]}), RuntimeError, "run: returned list for 'a', expected a number, string, flag or None"),
    ],
)
def test_mistakes(options, error, message):
    with pytest.raises(error, match=message):
        lvs.sweep(**dict(run=runs.fails_at, scheduler=None) | options)


@pytest.mark.parametrize("scheduler", ["serial", "client"])
def test_it_can_go_on_past_runs_that_fail(scheduler, client, tmp_path):
    """They are named, not kept, and made again by the next sweep."""
    options = dict(scheduler=client if scheduler == "client" else None, results=tmp_path / "runs.jsonl", bad=2)
    frame = lvs.sweep(runs.fails_at, seed=range(5), on_error="keep", **options)
    failed = frame["failed"]
    assert failed.isna().tolist() == [True, True, False, True, True] and failed[2] == "ArithmeticError: seed 2 is a bad one"
    assert frame["seed"].tolist() == [0, 1, 2, 3, 4]
    assert len((tmp_path / "runs.jsonl").read_text().splitlines()) == 1 + 4
    with pytest.raises(RuntimeError, match="the run at .*'seed': 2.* failed"):
        lvs.sweep(runs.fails_at, seed=range(5), **options)
    with pytest.raises(ValueError, match="on_error: got 'ignore', expected 'raise' or 'keep'"):
        lvs.sweep(runs.fails_at, seed=1, on_error="ignore")
