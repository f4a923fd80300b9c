"""Pairwise residuals, trust, weights and cell sampling against the reference, bit for bit."""

import cases
import lvs
import numpy as np
import pytest
import reference
from hypothesis import given
from hypothesis import strategies as st

UINT64 = st.one_of(st.integers(0, 2**64 - 1), st.integers(0, 10**6), st.sampled_from([0, 2**47 - 1, 2**47, 2**64 - 1]))
TRUST = st.one_of(st.integers(0, 65_535), st.sampled_from([0, 1, 1_024, 65_534, 65_535]))


@pytest.mark.parametrize("n", [0, 1, 2, 7, 17, 33])
@pytest.mark.parametrize("d", [0, 1, 8, 9, 33, 257])
def test_pairwise_residuals(engines, n, d):
    for shape in (cases.edges, cases.uniform, cases.close):
        values = shape(np.random.default_rng([n, d]), n, d)[1]
        want = reference.pairwise_residuals(values)
        for engine in engines:
            got = engine.pairwise_residuals(values)
            assert got.dtype == np.uint64 and got.shape == (n, n)
            assert got.tolist() == want, engine


def test_pairwise_residuals_of_other_layouts(engines):
    values = cases.uniform(np.random.default_rng(1), 9, 40)[1]
    want = engines[0].pairwise_residuals(values).tolist()
    for layout in (np.asfortranarray(values), np.repeat(values, 2, axis=1)[:, ::2], np.repeat(values, 2, axis=0)[::2]):
        assert all(engine.pairwise_residuals(layout).tolist() == want for engine in engines)


def test_a_residual_saturates(engines):
    """2^18 cells at the largest difference sum to 2^64 - 2^18, and one more block goes over."""
    rows = np.array([[0], [2**62]]) + np.zeros((1, 2**18 + 300), np.int64)
    values, neighbors = rows[0], rows[1:]
    for engine in engines:
        assert engine.pairwise_residuals(rows)[0, 1] == 2**64 - 1
        assert engine.drift(values, neighbors, np.ones(1, np.uint16)).residuals[0] == 2**64 - 1


@given(st.data(), st.integers(0, 70), st.one_of(st.integers(0, 300), st.integers(0, 2**64 - 1)))
def test_update_trust(engines, data, k, compared):
    trust = np.array(data.draw(st.lists(TRUST, min_size=k, max_size=k)), np.uint16)
    residuals = np.array(data.draw(st.lists(UINT64, min_size=k, max_size=k)), np.uint64)
    want = reference.update_trust(trust, residuals, compared)
    for engine in engines:
        got = engine.update_trust(trust, residuals, compared)
        assert got.dtype == np.uint16 and got.tolist() == want, engine


@given(st.lists(TRUST, max_size=70))
def test_weights(engines, trust):
    want = reference.weights(trust)
    for engine in engines:
        got = engine.weights(np.array(trust, np.uint16))
        assert got.dtype == np.uint16 and got.tolist() == want, engine
        assert got.sum() <= 65_535


def test_trust_of_the_most_neighbors(engines):
    rng = np.random.default_rng(3)
    trust, residuals = rng.integers(0, 65_536, 4096, np.uint16), rng.integers(0, 2**63, 4096, np.uint64)
    for engine in engines:
        assert engine.weights(trust).tolist() == reference.weights(trust)
        assert engine.update_trust(trust, residuals, 256).tolist() == reference.update_trust(trust, residuals, 256)


def test_the_reference_generator_is_the_published_one():
    """Outputs that the authors of both generators give."""
    fill, random = reference.splitmix64(1234567), reference.xoshiro256plusplus([1, 2, 3, 4])
    assert [next(fill) for _ in range(2)] == [6457827717110365317, 3203168211198807973]
    assert [next(random) for _ in range(4)] == [41943041, 58720359, 3588806011781223, 3591011842654386]


@given(st.integers(0, 2**64 - 1), st.integers(1, 2**16), st.data())
def test_sample_cells(seed, cells, data):
    count = data.draw(st.integers(0, min(cells, 100)))
    got = lvs.sample_cells(seed, cells, count)
    assert got.dtype == np.uint16 and got.tolist() == reference.sample_cells(seed, cells, count)


def test_sample_cells_by_default():
    assert lvs.sample_cells(7).tolist() == reference.sample_cells(7, 256, 64)
    assert sorted(lvs.sample_cells(2**64 - 1, 256, 256).tolist()) == list(range(256))


def test_credit_is_what_lies_above_the_floor():
    trust = np.arange(65_536, dtype=np.uint16)
    assert lvs.credit(trust).tolist() == [max(t - lvs.TRUST_FLOOR, 0) for t in range(65_536)]
    assert lvs.TRUST_FLOOR == 61_440 and lvs.credit(trust).dtype == np.uint16
    assert lvs.credit([[1, 65_535]]).tolist() == [[0, 4_095]] and lvs.credit([]).shape == (0,)
    for trust, error, message in (
        ([0.5], TypeError, "trust: got an array of float64, expected integers from 0"),
        ([65_536], ValueError, "trust: got 65536"),
        ([-1], ValueError, "trust: got -1"),
    ):
        with pytest.raises(error, match=message):
            lvs.credit(trust)


def test_credit_tells_liars_from_honest_rows(engine):
    """Trust alone does not: both have nearly all of it."""
    values = np.linspace(10**9, 10**9 + 10**7, 16).astype(np.int64)[:, None]
    values[12:] = 0
    swarm = lvs.Swarm(*cases.complete_graph(16), values, frozen=np.arange(16) >= 12, engine=engine)
    swarm.step(600)
    by_honest = swarm.trust[: 12 * 15].reshape(12, 15)[:, -4:]
    assert by_honest.min() >= lvs.TRUST_FLOOR
    assert lvs.credit(by_honest).max() < 200 < lvs.credit(swarm.trust[: 12 * 15].reshape(12, 15)[:, :11]).min()
