"""Value units (VU) as people write them, and micro-VU as the kernels count them: exact, or refused."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

MICRO = 1_000_000
_LOWEST, _HIGHEST = -(2**63), 2**63 - 1
_RANGE = "-9223372036854.775808 to 9223372036854.775807 VU"


@overload
def to_units(values: float | Decimal | Fraction | str) -> int: ...
@overload
def to_units(values: Any) -> int | NDArray[np.int64]: ...
def to_units(values: Any) -> Any:
    """Micro-VU from VU, rounded to the nearest, halves to the even one.

    Parameters
    ----------
    values : number or array_like
        VU as an int, float, Decimal, Fraction or a decimal string, or an array or nested list of them. What is rounded is
        the number exactly as it is held, so a float counts as the binary fraction that it is: 0.1 becomes 100,000 and no
        error of a multiplication comes in.

    Returns
    -------
    int or NDArray[np.int64]
        An int for a single number, else int64 of the same shape.

    Raises
    ------
    ValueError
        For NaN, infinities, text that is no number, and for what int64 cannot hold.
    TypeError
        For anything that is not a number.

    Examples
    --------
    >>> import lvs
    >>> from decimal import Decimal
    >>> lvs.to_units(1.5), lvs.to_units("0.0000005"), lvs.to_units(Decimal("0.0000015"))
    (1500000, 0, 2)
    >>> lvs.to_units([[0.1, 2], [3.25, -4]])
    array([[  100000,  2000000],
           [ 3250000, -4000000]])
    """
    _expect_unmasked("values", values)
    if getattr(getattr(values, "dtype", None), "kind", "") == "f" and getattr(values, "ndim", 0):
        return _from_floats(np.asarray(values))
    # As they are, not as NumPy's common type for them, which for integers among floats is float.
    numbers = np.array(values, dtype=object)
    units = [_exactly(number, position) for position, number in enumerate(numbers.reshape(-1))]
    return units[0] if numbers.ndim == 0 else np.array(units, np.int64).reshape(numbers.shape)


def _expect_unmasked(name: str, numbers: Any) -> None:
    if np.ma.is_masked(numbers):
        raise ValueError(f"{name}: got an array with masked entries, expected numbers only")


def _from_floats(array: NDArray[Any]) -> NDArray[np.int64]:
    flat = array.astype(np.float64).reshape(-1) if array.dtype.itemsize <= 8 else array.reshape(-1)
    with np.errstate(over="ignore", invalid="ignore"):
        product = flat * MICRO
        nearest = np.rint(product)
        # Where the product's own rounding could decide, or the number does not fit, it is done exactly.
        doubt = np.abs(np.abs(product - np.floor(product)) - 0.5) <= np.abs(product) * 2.0**-52
        doubt |= ~(np.abs(product) < 2.0**52)
    units = np.where(doubt, 0, nearest).astype(np.int64)
    for position in np.flatnonzero(doubt):
        units[position] = _exactly(flat[position], int(position))
    return units.reshape(array.shape)


def _exactly(number: Any, position: int) -> int:
    where = f"{number!r} at entry {position}"
    if isinstance(number, bool) or not isinstance(number, _NUMBERS):
        raise TypeError(f"values: got {where} ({type(number).__name__}), expected a number of VU")
    try:
        exact = Fraction(_plain(number))
    except (ValueError, OverflowError) as error:
        raise ValueError(f"values: got {where}, expected {_RANGE}") from error
    units = round(exact * MICRO)
    if not _LOWEST <= units <= _HIGHEST:
        raise ValueError(f"values: got {where}, expected {_RANGE}")
    return units


def _plain(number: Any) -> Any:
    """Fraction knows only Python's own numbers by their type."""
    if isinstance(number, np.integer):
        return int(number)
    if isinstance(number, np.floating):
        return Fraction(*map(int, number.as_integer_ratio()))
    return number


_NUMBERS = (int, float, Decimal, Fraction, str, np.integer, np.floating)


@overload
def from_units(units: int) -> float: ...
@overload
def from_units(units: Any) -> float | NDArray[np.float64]: ...
def from_units(units: Any) -> Any:
    """VU as floats from micro-VU: the float nearest to the exact quotient. For people and plots, never for agreement.

    Parameters
    ----------
    units : int or array_like
        An integer, or an array or nested list of integers of any size: values, residuals, spreads.

    Returns
    -------
    float or NDArray[np.float64]
        A float for a single number, else float64 of the same shape. ``to_units`` gives the same integer back for all
        below 2^52 (4.5 thousand million VU); ``Decimal(units) / 10**6`` is exact for all.

    Raises
    ------
    TypeError
        For anything but integers.

    Examples
    --------
    >>> import lvs, numpy as np
    >>> lvs.from_units(1_500_000), lvs.from_units(np.array([1, 2**62]))
    (1.5, array([1.00000000e-06, 4.61168602e+12]))
    """
    _expect_unmasked("units", units)
    if getattr(getattr(units, "dtype", None), "kind", "") in ("i", "u"):
        array = np.asarray(units)
        # A float holds these; the one division is then rounded once.
        if array.ndim and np.abs(array.astype(np.float64)).max(initial=0) < 2.0**53:
            return array / MICRO
    numbers = np.array(units, dtype=object)
    quotients = [_quotient(number, position) for position, number in enumerate(numbers.reshape(-1))]
    return quotients[0] if numbers.ndim == 0 else np.array(quotients, np.float64).reshape(numbers.shape)


def _quotient(number: Any, position: int) -> float:
    if isinstance(number, bool) or not isinstance(number, (int, np.integer)):
        got = f"{number!r} at entry {position} ({type(number).__name__})"
        raise TypeError(f"units: got {got}, expected an integer of micro-VU")
    return int(number) / MICRO
