"""The golden vectors of tests/vectors, through the Python interface of every backend."""

import json
import pathlib

import lvs
import numpy as np
import pytest
import reference

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "tests" / "vectors"
MASK = 2**64 - 1


def cases(kernel):
    cases = json.loads((FOLDER / f"{kernel}.json").read_text())["cases"]
    assert cases
    return [pytest.param(case, id=case["name"]) for case in cases]


@pytest.fixture(scope="module")
def every_engine(engines, request):
    """Those of the processor, and of the adapters that there are."""
    adapters = any(backend.available for backend in lvs.backends() if backend.name.startswith("gpu:"))
    return engines + (request.getfixturevalue("gpus") if adapters else [])


def given(array, dtype, length):
    """An input array: its entries, or drawn as the format's README says."""
    if not isinstance(array, dict):
        return np.array([int(entry) for entry in array], dtype)
    fill = reference.splitmix64(int(array["seed"]))
    draw = reference.xoshiro256plusplus([next(fill) for _ in range(4)])
    low, span = int(array["low"]), int(array["span"]) or 2**64
    entries = np.array([(low + ((next(draw) * span) >> 64)) & MASK for _ in range(length)], np.uint64)
    return entries.view(np.int64) if dtype == np.int64 else entries.astype(dtype)


def same(result, expected):
    """Whether a result is what a vector tells of it: all its entries, or their digest."""
    entries = [int(entry) for entry in np.asarray(result).ravel()]
    if not isinstance(expected, dict):
        return entries == [int(entry) for entry in expected]
    digest = 14695981039346656037
    for byte in b"".join((entry & MASK).to_bytes(8, "little") for entry in entries):
        digest = (digest ^ byte) * 1099511628211 & MASK
    first = [int(entry) for entry in expected["first"]]
    return (len(entries), digest, entries[:4]) == (int(expected["length"]), int(expected["fnv1a"]), first)


def same_summary(result, expected):
    names = ("rate_limited", "floored", "max_correction", "sum_correction")
    return all(int(getattr(result, name)) == int(expected[name]) for name in names)


@pytest.mark.parametrize("case", cases("drift"))
def test_drift(every_engine, case):
    cells, count = case["cells"], case["neighbour_count"]
    values = given(case["values"], np.int64, cells)
    neighbors = given(case["neighbours"], np.int64, count * cells).reshape(count, cells)
    weights, anchor = given(case["weights"], np.uint16, count), given(case["anchors"], np.int64, cells)
    for engine in every_engine:
        drift = engine.drift(
            values,
            neighbors,
            weights,
            cycle=int(case["cycle"]),
            anchor=anchor,
            trim=case["trim"],
            hold=case["hold"],
        )
        assert same(drift.values, case["expected"]["values"]), engine
        assert same(drift.residuals, case["expected"]["residuals"]), engine
        assert same_summary(drift, case["expected"]), engine


@pytest.mark.parametrize("case", cases("pairwise"))
def test_pairwise(every_engine, case):
    shape = (case["rows"], case["cells"])
    values = given(case["values"], np.int64, shape[0] * shape[1]).reshape(shape)
    for engine in every_engine:
        assert same(engine.pairwise_residuals(values), case["expected"]["residuals"]), engine


@pytest.mark.parametrize("case", cases("trust"))
def test_trust(every_engine, case):
    count = case["neighbour_count"]
    trust, residuals = given(case["trust"], np.uint16, count), given(case["residuals"], np.uint64, count)
    for engine in every_engine:
        learned = engine.update_trust(trust, residuals, int(case["cells"]))
        assert same(learned, case["expected"]["trust"]), engine
        assert same(lvs.credit(learned), case["expected"]["credit"]), engine


@pytest.mark.parametrize("case", cases("weights"))
def test_weights(every_engine, case):
    trust = given(case["trust"], np.uint16, case["neighbour_count"])
    for engine in every_engine:
        assert same(engine.weights(trust), case["expected"]["weights"]), engine


@pytest.mark.filterwarnings("ignore:.*did not converge:RuntimeWarning", "ignore::RuntimeWarning")
@pytest.mark.parametrize("case", cases("reputation"))
def test_reputation(every_engine, case):
    indptr = np.array([int(entry) for entry in case["indptr"]])
    indices = given(case["indices"], np.uint32, int(indptr[-1])).astype(np.int64)
    trust = given(case["trust"], np.uint16, len(indices))
    pretrust = case["pretrust"]
    if pretrust is not None:
        pretrust = given(pretrust, np.uint32, len(indptr) - 1)
    for engine in every_engine:
        reputation = engine.reputation(
            indptr,
            indices,
            trust,
            damping=case["damping"],
            pretrust=pretrust,
            tol=case["tolerance"],
            max_iter=case["max_iterations"],
        )
        assert same(reputation, case["expected"]["reputation"]), engine


@pytest.mark.parametrize("case", cases("sample"))
def test_sample(case):
    sample = lvs.sample_cells(int(case["seed"]), case["cells"], case["count"])
    assert same(sample, case["expected"]["sample"])


@pytest.mark.parametrize("case", cases("swarm"))
def test_swarm(every_engine, case):
    indptr = np.array([int(entry) for entry in case["indptr"]])
    indices = given(case["indices"], np.uint32, int(indptr[-1])).astype(np.int64)
    shape = (len(indptr) - 1, case["cells"])
    values = given(case["values"], np.int64, shape[0] * shape[1]).reshape(shape)
    trust = None if case["trust"] is None else given(case["trust"], np.uint16, len(indices))
    for engine in every_engine:
        swarm = lvs.Swarm(
            indptr,
            indices,
            values,
            trust=trust,
            learn_trust=case["learn_trust"],
            frozen=None if case["frozen"] is None else np.array(case["frozen"], bool),
            engine=engine,
            trim=case["trim"],
            hold=case["hold"],
            seed=int(case["seed"]),
        )
        swarm.step(int(case["cycles"]))
        for name in ("values", "trust", "spread"):
            assert same(getattr(swarm, name), case["expected"][name]), (engine, name)
        assert same_summary(swarm.stats, case["expected"]), engine
