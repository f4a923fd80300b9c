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


@pytest.mark.parametrize("trim", [True, False])
def test_missing_values_count_as_no_difference(engines, trim):
    """With their full weight, whatever stands in their place; what is missing adds nothing to a residual."""
    rng = np.random.default_rng(12)
    case = cases.make(cases.close, cases.random_weights, 9, 65)
    mask = rng.random((9, 65)) < 0.3
    mask[4], mask[:, 7] = True, True
    want = reference.drift(case.values, np.where(mask, case.values, case.neighbors), case.weights, 3, case.anchor, trim)
    for nonsense in (cases.LOWEST, 0, cases.HIGHEST):
        neighbors = np.where(mask, nonsense, case.neighbors)
        for engine in engines:
            got = engine.drift(case.values, neighbors, case.weights, cycle=3, anchor=case.anchor, trim=trim, mask=mask)
            assert got.values.tolist() == want.values and got.residuals.tolist() == want.residuals, engine
    assert want.residuals[4] == 0 and want.values[7] == case.values[7]
    lists = engines[0].drift([5, 6], [[9, 9], [7, 7]], [20_000] * 2, trim=trim, mask=[[False, True], [True, True]])
    assert lists.residuals.tolist() == [4, 0]


def test_mistakes_about_masks(engine):
    values, neighbors, weights = np.zeros(4, np.int64), np.zeros((3, 4), np.int64), np.zeros(3, np.uint16)
    for mask, error, message in (
        (np.zeros((2, 4), bool), ValueError, r"mask: got shape \[2, 4\], expected \[3, 4\] \(as neighbors\)"),
        (np.zeros(4, bool), ValueError, r"mask: got 1 dimension\(s\)"),
        (np.zeros((3, 4), int), TypeError, r"mask: got an array of int64, expected bool\[K, B\]"),
    ):
        with pytest.raises(error, match=message):
            engine.drift(values, neighbors, weights, mask=mask)
    with pytest.raises(ValueError, match=r"neighbors: got rows of 4 cells, expected 3"):
        engine.drift(values[:3], neighbors, weights, mask=np.zeros((3, 4), bool))


def test_no_neighbors(engines):
    """A list without rows is as good as an array of none."""
    for engine in engines:
        for none in ([], (), np.zeros((0, 3), np.int64)):
            drift = engine.drift([1, 2, 3], none, [])
            assert drift.values.tolist() == [1, 2, 3] and drift.residuals.shape == (0,)
            drift = engine.drift([1, 2, 3], none, [], mask=np.zeros((0, 3), bool))
            assert drift.values.tolist() == [1, 2, 3]


def test_held_rows_leave_their_anchors_for_more_than_half_of_the_weight(engines):
    """Two of five pull up: held they do not move; three of five do."""
    mine = np.array([10**9])
    for engine in engines:
        for pulling, moves in ((2, False), (3, True)):
            theirs = np.where(np.arange(5)[:, None] < pulling, 10**9 + 10**6, 10**9)
            weights = np.full(5, 10_000, np.uint16)
            held = engine.drift(mine, theirs, weights, trim=False, hold=True).values[0] - 10**9
            free = engine.drift(mine, theirs, weights, trim=False).values[0] - 10**9
            assert free > 0 and held == (free if moves else 0), (engine, pulling)
        # Away from its anchor, towards it, nothing is held.
        back = engine.drift(mine, np.full((5, 1), 10**9 - 10**6), np.full(5, 10_000, np.uint16), anchor=mine - 10**5, hold=True)
        assert back.values[0] < 10**9
