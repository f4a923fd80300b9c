"""VU to micro-VU and back, against exact fractions."""

import math
from decimal import Decimal
from fractions import Fraction

import lvs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

LOWEST, HIGHEST = -(2**63), 2**63 - 1
FITTING = st.floats(-9.2e12, 9.2e12)


def exactly(number):
    """Python rounds a fraction to the nearest, halves to the even one."""
    return round(Fraction(number) * 10**6)


@given(st.lists(FITTING | st.integers(-(10**12), 10**12).map(lambda n: (n + 0.5) / 10**6), max_size=20))
def test_floats_are_rounded_as_fractions_are(numbers):
    want = [exactly(number) for number in numbers]
    assert lvs.to_units(np.array(numbers, float)).tolist() == want
    assert lvs.to_units(numbers).tolist() == want
    assert [lvs.to_units(number) for number in numbers] == want


@given(st.lists(st.floats(-1e9, 1e9, width=32), min_size=1))
def test_narrow_floats_are_what_they_are(numbers):
    for kind in (np.float32, np.longdouble):
        assert lvs.to_units(np.array(numbers, kind)).tolist() == [exactly(number) for number in numbers]


@given(st.decimals(-(10**12), 10**12, places=7), st.fractions(-(10**9), 10**9))
def test_decimals_texts_and_fractions(decimal, fraction):
    assert lvs.to_units([decimal, str(decimal), fraction]).tolist() == [*[exactly(decimal)] * 2, exactly(fraction)]


def test_halves_go_to_the_even_one():
    halves = ["0.0000005", "0.0000015", "0.0000025", "-0.0000005", "-0.0000015"]
    assert lvs.to_units(halves).tolist() == [0, 2, 2, 0, -2]
    # A binary fraction that is a half exactly: 1/128 VU is 7,812.5 micro-VU.
    assert lvs.to_units(np.array([1, 3, 5, -1, -3]) / 128).tolist() == [7_812, 23_438, 39_062, -7_812, -23_438]


def test_a_product_of_floats_would_round_wrongly():
    """Just below a half; times a million, floats make the half of it."""
    below = math.nextafter(0.5e-6, 0)
    assert lvs.to_units(np.array([below, 1.0000005, 0.5e-6])).tolist() == [exactly(x) for x in (below, 1.0000005, 0.5e-6)]
    numbers = np.random.default_rng(1).integers(-(10**10), 10**10, 100_000) / 2e6
    assert lvs.to_units(numbers).tolist() == [exactly(number) for number in numbers]


def test_shapes_and_types():
    assert type(lvs.to_units(2)) is int and type(lvs.to_units(np.float64(2))) is int
    assert lvs.to_units([[1.5], [2]]).shape == (2, 1) and lvs.to_units(np.zeros((2, 0))).shape == (2, 0)
    assert lvs.to_units([]).dtype == np.int64
    assert lvs.to_units(np.array([3, 4], np.uint8)).tolist() == [3_000_000, 4_000_000]
    # Not through a float, which holds no more than 53 bits.
    assert lvs.to_units([2**40 + 1, 0.5]).tolist() == [(2**40 + 1) * 10**6, 500_000]


def test_the_ends_of_the_range():
    ends = [Decimal(LOWEST) / 10**6, Decimal(HIGHEST) / 10**6]
    assert lvs.to_units(ends).tolist() == [LOWEST, HIGHEST]
    for outside in (ends[0] - Decimal("0.000001"), ends[1] + Decimal("0.000001"), 1e13, -1e300, 10**40):
        with pytest.raises(ValueError, match=r"values: got .* at entry 1, expected -9223372036854.775808 to"):
            lvs.to_units([0, outside])


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, "much", "", Decimal("NaN"), np.float32(math.inf)])
def test_what_is_no_number_is_refused(bad):
    for values in (bad, [bad], np.array([bad])):
        with pytest.raises(ValueError, match="values: got .* at entry 0, expected -9223372036854.775808 to"):
            lvs.to_units(values)


@pytest.mark.parametrize("bad", [True, None, 1j, b"1", object(), np.bool_(True), np.datetime64("2020-01-01")])
def test_other_types_are_refused(bad):
    with pytest.raises(TypeError, match="values: got .*, expected a number of VU"):
        lvs.to_units([1, bad])


@given(st.lists(st.integers(-(2**52), 2**52), min_size=1))
def test_there_and_back(units):
    assert lvs.to_units(lvs.from_units(np.array(units))).tolist() == units
    assert lvs.to_units(lvs.from_units(units[0])) == units[0]


@given(st.lists(st.integers(LOWEST, HIGHEST) | st.integers(0, 2**64 - 1), min_size=1))
def test_back_to_the_nearest_float(units):
    want = [unit / 10**6 for unit in units]
    assert lvs.from_units(units).tolist() == want
    for kind in (np.int64, np.uint64):
        if np.iinfo(kind).min <= min(units) and max(units) <= np.iinfo(kind).max:
            assert lvs.from_units(np.array(units, kind)).tolist() == want


@pytest.mark.parametrize("bad", [1.5, np.zeros(2), "1", True, [True], Decimal(1), None])
def test_only_integers_go_back(bad):
    with pytest.raises(TypeError, match="units: got .* at entry 0 .*, expected an integer of micro-VU"):
        lvs.from_units(bad)
