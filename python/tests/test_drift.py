"""Drift on every backend and number of threads against the reference, bit for bit."""

import cases
import numpy as np
import pytest
import reference
from hypothesis import given
from hypothesis import strategies as st

COUNTERS = ("rate_limited", "floored", "max_correction", "sum_correction")


def check(engines, case, cycle=0, trim=True):
    want = reference.drift(*case.arrays, cycle, case.anchor, trim)
    for engine in engines:
        got = engine.drift(*case.arrays, cycle=cycle, anchor=case.anchor, trim=trim)
        assert (got.values.dtype, got.correction.dtype, got.residuals.dtype) == (np.int64, np.int64, np.uint64)
        assert got.values.tolist() == want.values, engine
        assert got.correction.tolist() == want.correction, engine
        assert got.residuals.tolist() == want.residuals, engine
        assert [getattr(got, c) for c in COUNTERS] == [getattr(want, c) for c in COUNTERS], engine
    return want


@pytest.mark.parametrize("b", cases.CELL_COUNTS)
@pytest.mark.parametrize("k", cases.NEIGHBOR_COUNTS)
def test_sizes(engines, k, b):
    """Every size twice, with the inputs and options taking turns."""
    turn = cases.NEIGHBOR_COUNTS.index(k) + 5 * cases.CELL_COUNTS.index(b)
    for step in range(2):
        shape = cases.SHAPES[(turn + step) % len(cases.SHAPES)]
        weigh = cases.WEIGHTS[(turn + 3 * step) % len(cases.WEIGHTS)]
        check(engines, cases.make(shape, weigh, k, b, seed=step), cycle=turn + step, trim=step == 0 or turn % 3 > 0)


@pytest.mark.parametrize("trim", [True, False])
@pytest.mark.parametrize("weigh", cases.WEIGHTS)
@pytest.mark.parametrize("shape", cases.SHAPES)
def test_kinds(engines, shape, weigh, trim):
    """Every kind of input with every kind of weights, on even and odd cycles."""
    for k, cycle in ((5, 0), (16, 1), (33, 2**64 - 1)):
        check(engines, cases.make(shape, weigh, k, 70), cycle, trim)


def test_most_neighbors(engines):
    for trim in (True, False):
        check(engines, cases.make(cases.edges, cases.full_weights, 4096, 9), cycle=1, trim=trim)


def test_rows_long_enough_for_several_threads(engines):
    check(engines, cases.make(cases.close, cases.random_weights, 8, 40_001), cycle=1)
    check(engines, cases.make(cases.uniform, cases.equal_weights, 7, 40_001), trim=False)


@given(case=cases.cases(), cycle=st.integers(0, 2**64 - 1), trim=st.booleans())
def test_any_input(engines, case, cycle, trim):
    check(engines, case, cycle, trim)


def test_every_limit_is_hit(engines):
    """The cases above are worth little if no cell meets a limit."""
    want = check(engines, cases.make(cases.hostile_majority, cases.full_weights, 16, 1000))
    assert want.rate_limited > 0 and 0 < want.floored < 1000
    assert check(engines, cases.make(cases.close, cases.full_weights, 16, 1000)).rate_limited < 1000


def test_the_anchor_is_the_values_unless_given(engines):
    case = cases.make(cases.hostile_majority, cases.full_weights, 16, 100)
    for engine in engines:
        plain = engine.drift(*case.arrays)
        assert plain.values.tolist() == engine.drift(*case.arrays, anchor=case.values).values.tolist()


def test_layouts(engines):
    """Slices, steps, reversed and transposed arrays give what their copies give."""
    case = cases.make(cases.close, cases.random_weights, 12, 50)
    wide = np.full((24, 101), -7)
    wide[::2, 1:51] = case.neighbors
    layouts = {
        "rows apart": wide[::2, 1:51],
        "rows from last to first": np.ascontiguousarray(case.neighbors[::-1])[::-1],
        "columns apart": np.repeat(case.neighbors, 2, axis=1)[:, ::2],
        "columns from last to first": np.ascontiguousarray(case.neighbors[:, ::-1])[:, ::-1],
        "Fortran order": np.asfortranarray(case.neighbors),
        "unaligned": unaligned(case.neighbors),
    }
    for name, neighbors in layouts.items():
        assert np.array_equal(neighbors, case.neighbors), name
        check(engines, cases.Case(case.values, neighbors, case.weights, case.anchor))
    strided = cases.Case(np.repeat(case.values, 3)[::3], case.neighbors, np.repeat(case.weights, 2)[::2], case.anchor[::-1])
    check(engines, strided)


def unaligned(array):
    buffer = np.zeros(array.nbytes + 1, np.uint8)
    shifted = buffer[1:].view(array.dtype).reshape(array.shape)
    shifted[...] = array
    assert not shifted.flags.aligned
    return shifted


def test_one_row_for_all_neighbors(engines):
    case = cases.make(cases.close, cases.equal_weights, 1, 40)
    shared = np.broadcast_to(case.neighbors, (9, 40))
    check(engines, cases.Case(case.values, shared, np.full(9, 6_000, np.uint16), case.anchor))


def test_lists_are_taken(engine):
    got = engine.drift([2_000_000], [[2_000_300], [2_000_600]], [16_000, 16_000], trim=False)
    assert got.values.tolist() == [2_000_219]
