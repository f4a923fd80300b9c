"""What can be sent to another process and copied. Swarms and simulations are in test_saved.py."""

import copy
import pickle

import cases
import lvs
import numpy as np
import pytest

WAYS = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    **{f"pickle {n}": lambda thing, n=n: pickle.loads(pickle.dumps(thing, n)) for n in range(pickle.HIGHEST_PROTOCOL + 1)},
}


@pytest.fixture(params=WAYS.values(), ids=WAYS)
def again(request):
    return request.param


def test_engines(again):
    for engine in (lvs.Engine("scalar", threads=3), lvs.Engine("simd", threads=1), lvs.Engine(threads=2)):
        other = again(engine)
        assert (other.backend, other.threads, other.choice) == (engine.backend, engine.threads, engine.choice)


def test_an_engine_is_again_what_was_asked_for(monkeypatch):
    """Elsewhere something else may be the fastest."""
    monkeypatch.delenv("LVS_BACKEND", raising=False)
    sent = pickle.dumps(lvs.Engine(threads=1))
    monkeypatch.setenv("LVS_BACKEND", "scalar")
    assert pickle.loads(sent).backend == "scalar"


def test_backends(again):
    assert [again(backend) for backend in lvs.backends()] == lvs.backends()
    with pytest.raises(ValueError, match="kind: got 'abacus', expected 'scalar', 'simd' or 'gpu'"):
        lvs.Backend("abacus", "abacus", "beads", True, True, True, "on the desk")


def test_stats(again):
    swarm = lvs.Swarm(*cases.complete_graph(6), cases.close(np.random.default_rng(1), 6, 5)[1])
    swarm.step(3)
    assert again(swarm.stats) == swarm.stats != lvs.Stats(1, 2, 3, 4)


def test_spectra(again):
    spectrum = lvs.spectrum(lvs.topology("ring", nodes=20, degree=4))
    assert repr(again(spectrum)) == repr(spectrum)
    with pytest.raises(ValueError, match="method: got 'guess', expected 'dense', 'power' or"):
        lvs.Spectrum(0.5, 0.5, 1, "guess")


def test_drift(engine, again):
    case = cases.make(cases.close, cases.random_weights, 9, 33)
    without = lvs.Drift(np.zeros(33, np.int64), None, np.zeros(9, np.uint64))
    for drift in (engine.drift(*case.arrays), engine.drift(*case.arrays, out=without)):
        other = again(drift)
        assert repr(other) == repr(drift) and drift.sum_correction > 0
        assert other.values.tolist() == drift.values.tolist() and other.residuals.tolist() == drift.residuals.tolist()
        assert (other.correction is None) == (drift.correction is None)


def test_vaultguard(again):
    assert again(lvs.vaultguard) is lvs.vaultguard
