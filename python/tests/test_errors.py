"""Every mistake raises ValueError or TypeError and names the argument, what came and what was expected."""

import os
import re
import subprocess
import sys

import lvs
import numpy as np
import pytest

I64 = np.zeros(4, np.int64)
ROWS = np.zeros((3, 4), np.int64)
U16 = np.zeros(3, np.uint16)
U64 = np.zeros(3, np.uint64)
INDPTR, INDICES = np.array([0, 1, 2, 3]), np.array([1, 2, 0])

DRIFT = dict(values=I64, neighbors=ROWS, weights=U16)
TRUST = dict(trust=U16, residuals=U64, cells=4)
REPUTATION = dict(indptr=INDPTR, indices=INDICES, trust=U16)
SWARM = dict(indptr=INDPTR, indices=INDICES, values=np.zeros((3, 2), np.int64))

ENGINE = lvs.Engine(threads=1)


def swarm(**arguments):
    return lvs.Swarm(engine=arguments.pop("engine", ENGINE), **arguments)


def step(**arguments):
    return swarm(**SWARM).step(**arguments)


def drift_into(**arrays):
    own = dict(values=np.zeros(4, np.int64), correction=None, residuals=np.zeros(3, np.uint64))
    return ENGINE.drift(**DRIFT, out=lvs.Drift(**own | arrays))


def read_only(array):
    array.flags.writeable = False
    return array


def many(k):
    """K rows without K rows of memory."""
    return np.broadcast_to(I64, (k, 4))


# The call, the arguments that are right, then per mistake: the argument, what is passed, the error, what it says.
MISTAKES = [
    (ENGINE.drift, DRIFT, [
        ("values", I64.astype(float), TypeError, "an array of float64", "int64[B]"),
        ("values", I64.astype(np.int32), TypeError, "an array of int32", "int64[B]"),
        ("values", I64.astype(">i8"), TypeError, "an array of >i8", "int64[B]"),
        ("values", I64.astype("M8[s]"), TypeError, "an array of datetime64[s]", "int64[B]"),
        ("values", I64.astype(object), TypeError, "an array of object", "int64[B]"),
        ("values", [0.5] * 4, TypeError, "list, which makes an array of float64", "int64[B]"),
        ("values", ["a"] * 4, TypeError, "list, which makes an array of <U1", "int64[B]"),
        ("values", [True] * 4, TypeError, "list, which makes an array of bool", "int64[B]"),
        ("values", None, TypeError, "NoneType, which makes an array of object", "int64[B]"),
        ("values", [2**63] * 4, ValueError, "9223372036854775808", "entries from -9223372036854775808"),
        ("values", [2**64] * 4, TypeError, "list, which makes an array of object", "int64[B]"),
        ("values", [[1], [2, 3]], ValueError, "list that is no array", "int64[B]"),
        ("values", ROWS, ValueError, "2 dimension(s), shape [3, 4]", "int64[B]"),
        ("values", np.int64(3), ValueError, "0 dimension(s), shape []", "int64[B]"),
        ("values", np.array([0, -1, 0, 0]), ValueError, "-1 at cell 1", "0 to 2^62"),
        ("values", np.array([0, 0, 0, 2**62 + 1]), ValueError, "4611686018427387905 at cell 3", "0 to 2^62"),
        ("neighbors", ROWS[:, :3], ValueError, "rows of 3 cells", "4 (the length of values)"),
        ("neighbors", np.zeros((0, 3), np.int64), ValueError, "rows of 3 cells", "4"),
        ("neighbors", I64, ValueError, "1 dimension(s), shape [4]", "int64[K, B]"),
        ("neighbors", ROWS.astype(np.uint64), TypeError, "an array of uint64", "int64[K, B]"),
        ("neighbors", many(4097), ValueError, "4097 neighbors", "at most 4096"),
        ("neighbors", many(10**12), ValueError, "1000000000000 neighbors", "at most 4096"),
        ("weights", np.zeros(2, np.uint16), ValueError, "2 entries", "3"),
        ("weights", np.full(3, 22_000, np.uint16), ValueError, "a sum of 66000", "at most 65535"),
        ("weights", U16.astype(np.int64), TypeError, "an array of int64", "uint16[K]"),
        ("weights", [1, 2, 65_536], ValueError, "65536", "entries from 0 to 65535"),
        ("weights", [1, 2, -1], ValueError, "-1", "entries from 0 to 65535"),
        ("anchor", np.zeros(3, np.int64), ValueError, "3 entries", "4"),
        ("anchor", np.array([0, 0, -5, 0]), ValueError, "-5 at cell 2", "0 to 2^62"),
        ("anchor", I64.astype(float), TypeError, "an array of float64", "int64[B]"),
        ("cycle", -1, ValueError, "-1", "an integer from 0 to 18446744073709551615"),
        ("cycle", 2**64, ValueError, "18446744073709551616", "an integer from 0 to 18446744073709551615"),
        ("cycle", 1.0, TypeError, "1.0 (float)", "an integer"),
        ("cycle", None, TypeError, "None", "an integer"),
        ("trim", 1, TypeError, "1 (int)", "True or False"),
        ("trim", None, TypeError, "None", "True or False"),
        ("out", I64, TypeError, "ndarray", "an lvs.Drift"),
    ]),
    (drift_into, {}, [
        ("out.values", np.zeros(5, np.int64), ValueError, "shape [5]", "int64 array of shape [4]"),
        ("out.values", read_only(np.zeros(4, np.int64)), ValueError, "a read-only array", "a writable one"),
        ("out.values", I64, ValueError, "shares memory with another argument", "memory of its own"),
        ("out.correction", np.zeros(3, np.int64), ValueError, "shape [3]", "int64 array of shape [4]"),
        ("out.correction", ROWS[1], ValueError, "shares memory with another argument", "memory of its own"),
        ("out.residuals", np.zeros(4, np.uint64), ValueError, "shape [4]", "uint64 array of shape [3]"),
    ]),
    (lvs.Drift, dict(values=I64, correction=None, residuals=U64), [
        ("values", [1, 2], TypeError, "list", "int64 array"),
        ("values", U64, TypeError, "an array of uint64", "int64 array"),
        ("values", np.zeros(8, np.int64)[::2], ValueError, "not contiguous", "int64 array of shape [4]"),
        ("correction", ROWS, ValueError, "shape [3, 4]", "int64 array of shape [3]"),
        ("residuals", I64, TypeError, "an array of int64", "uint64 array"),
    ]),
    (ENGINE.pairwise_residuals, dict(values=ROWS), [
        ("values", I64, ValueError, "1 dimension(s)", "int64[N, D]"),
        ("values", ROWS.astype(np.float32), TypeError, "an array of float32", "int64[N, D]"),
        ("out", np.zeros((3, 4), np.uint64), ValueError, "shape [3, 4]", "uint64 array of shape [3, 3]"),
        ("out", np.zeros((3, 3), np.int64), TypeError, "an array of int64", "uint64 array of shape [3, 3]"),
        ("out", np.zeros((3, 3), np.uint64, order="F"), ValueError, "not contiguous", "shape [3, 3]"),
        ("out", [[0] * 3] * 3, TypeError, "list", "uint64 array of shape [3, 3]"),
    ]),
    (ENGINE.update_trust, TRUST, [
        ("trust", U64, TypeError, "an array of uint64", "uint16[K]"),
        ("trust", np.zeros(4097, np.uint16), ValueError, "4097 neighbors", "at most 4096"),
        ("trust", np.broadcast_to(np.uint16(0), 5000), ValueError, "5000 neighbors", "at most 4096"),
        ("residuals", np.zeros(2, np.uint64), ValueError, "2 entries", "3"),
        ("residuals", np.zeros(3, np.int64), TypeError, "an array of int64", "uint64[K]"),
        ("residuals", [1, 2, -1], ValueError, "-1", "entries from 0 to 18446744073709551615"),
        ("cells", -1, ValueError, "-1", "an integer from 0"),
        ("cells", 2.5, TypeError, "2.5 (float)", "an integer"),
        ("out", np.zeros(2, np.uint16), ValueError, "shape [2]", "uint16 array of shape [3]"),
    ]),
    (ENGINE.weights, dict(trust=U16), [
        ("trust", np.zeros((3, 1), np.uint16), ValueError, "2 dimension(s)", "uint16[K]"),
        ("trust", np.zeros(4097, np.uint16), ValueError, "4097 neighbors", "at most 4096"),
        ("out", np.zeros(4, np.uint16), ValueError, "shape [4]", "uint16 array of shape [3]"),
        ("out", read_only(np.zeros(3, np.uint16)), ValueError, "a read-only array", "a writable one"),
    ]),
    (ENGINE.reputation, REPUTATION, [
        ("indptr", [], ValueError, "0 entries", "one more than there are rows"),
        ("indptr", [1, 1, 2, 3], ValueError, "a first entry of 1", "0"),
        ("indptr", [0, 2, 1, 3], ValueError, "1 after 2 at entry 2", "never fall"),
        ("indptr", [0, 1, 2, 4], ValueError, "a last entry of 4", "3 (the number of edges)"),
        ("indptr", [0, -1, 2, 3], ValueError, "-1 at entry 1", "entries from 0"),
        ("indptr", INDPTR.astype(float), TypeError, "an array of float64", "integer[N + 1]"),
        ("indptr", INDPTR[None], ValueError, "2 dimension(s)", "integer[N + 1]"),
        ("indices", [1, 2, 3], ValueError, "3 at entry 2", "below 3"),
        ("indices", [1, -2, 0], ValueError, "-2 at entry 1", "entries from 0"),
        ("indices", [1, 2**32, 0], ValueError, "4294967296 at entry 1", "entries from 0"),
        ("indices", np.array([1, 2**64 - 1, 0], np.uint64), ValueError, "18446744073709551615 at entry 1", "from 0"),
        ("indices", np.ones(3, bool), TypeError, "an array of bool", "integer[E]"),
        ("trust", np.zeros(2, np.uint16), ValueError, "2 entries", "3"),
        ("trust", np.zeros(3), TypeError, "an array of float64", "uint16[E]"),
        ("damping", 1.5, ValueError, "1.5", "0 to 1"),
        ("damping", float("nan"), ValueError, "NaN", "0 to 1"),
        ("damping", "half", TypeError, "'half' (str)", "a number"),
        ("tol", -1e-9, ValueError, "-0.000000001", "0 to 1"),
        ("tol", None, TypeError, "None", "a number"),
        ("max_iter", -1, ValueError, "-1", "an integer from 0"),
        ("max_iter", 1e3, TypeError, "1000.0 (float)", "an integer"),
        ("pretrust", [0, 0, 0], ValueError, "weights that sum to 0", "at least one above 0"),
        ("pretrust", [0.0, 0.0, 0.0], ValueError, "weights that sum to 0", "at least one above 0"),
        ("pretrust", [1, 2], ValueError, "2 entries", "3"),
        ("pretrust", [1, -1, 0], ValueError, "-1", "not below 0"),
        ("pretrust", [1.0, float("nan"), 0], ValueError, "NaN", "finite"),
        ("pretrust", [1.0, float("inf"), 0], ValueError, "inf", "finite"),
        ("pretrust", "everyone", TypeError, "str", "numbers"),
        ("pretrust", [[1.0], [2.0], [3.0]], ValueError, "dimension", "numbers"),
        ("out", np.zeros(4, np.uint64), ValueError, "shape [4]", "uint64 array of shape [3]"),
    ]),
    (swarm, SWARM, [
        ("indptr", [0, 1, 2], ValueError, "a last entry of 2", "3 (the number of edges)"),
        ("indices", [0, 1, 7], ValueError, "7 at entry 2", "below 3"),
        ("values", np.zeros((2, 2), np.int64), ValueError, "2 rows", "3"),
        ("values", np.zeros((3, 2)), TypeError, "an array of float64", "int64[N, D]"),
        ("values", np.array([[0, 0], [0, -9], [0, 0]]), ValueError, "-9 at cell 1 in row 1", "0 to 2^62"),
        ("trust", np.zeros(4, np.uint16), ValueError, "4 entries", "3"),
        ("trust", np.zeros(3, np.int64), TypeError, "an array of int64", "uint16[E]"),
        ("frozen", np.zeros(2, bool), ValueError, "2 entries", "3"),
        ("frozen", np.zeros(3, np.int64), TypeError, "an array of int64", "bool[N]"),
        ("frozen", [0, 1, 0], TypeError, "list, which makes an array of int64", "bool[N]"),
        ("learn_trust", 1, TypeError, "1 (int)", "True or False"),
        ("trim", "yes", TypeError, "'yes' (str)", "True or False"),
        ("engine", "scalar", TypeError, "str", "an lvs.Engine"),
    ]),
    (step, {}, [
        ("cycles", -1, ValueError, "-1", "an integer from 0"),
        ("cycles", 1.5, TypeError, "1.5 (float)", "an integer"),
    ]),
    (lvs.sample_cells, dict(seed=1), [
        ("seed", -1, ValueError, "-1", "an integer from 0 to 18446744073709551615"),
        ("seed", "x", TypeError, "'x' (str)", "an integer"),
        ("cells", 65_537, ValueError, "65537", "an integer from 0 to 65536"),
        ("count", 257, ValueError, "257", "an integer from 0 to 256"),
        ("count", 10**18, ValueError, "1000000000000000000", "an integer from 0 to 256"),
        ("out", np.zeros(3, np.uint16), ValueError, "shape [3]", "uint16 array of shape [64]"),
    ]),
    (lvs.Engine, {}, [
        ("backend", "cuda", ValueError, "'cuda'", "auto, scalar, simd"),
        ("backend", 7, TypeError, "int", "a name from lvs.backends()"),
        ("threads", 0, ValueError, "0", "an integer from 1"),
        ("threads", -1, ValueError, "-1", "an integer from 1"),
        ("threads", 1.0, TypeError, "1.0 (float)", "an integer"),
    ]),
]  # fmt: skip

TABLE = [(call, right, *mistake) for call, right, mistakes in MISTAKES for mistake in mistakes]


@pytest.mark.parametrize(
    ("call", "right", "name", "given", "error", "got", "expected"),
    TABLE,
    ids=[f"{call.__name__}-{name}-{got}" for call, _, name, _, _, got, _ in TABLE],
)
def test_mistakes(call, right, name, given, error, got, expected):
    call(**right)
    with pytest.raises(error) as caught:
        call(**right | {name.removeprefix("out."): given})
    message = str(caught.value)
    assert re.match(rf"{re.escape(name)}: got .*{re.escape(got)}.*, expected .*{re.escape(expected)}", message), message


def test_a_row_with_too_many_neighbors():
    for values in (np.zeros((1, 2), np.int64), np.zeros((1, 0), np.int64)):
        with pytest.raises(ValueError, match="indptr: got a row with 4097 neighbors, expected at most 4096"):
            swarm(indptr=[0, 4097], indices=np.zeros(4097, int), values=values)


def test_what_no_machine_can_hold_is_an_error():
    endless = np.broadcast_to(np.int64(0), 2**58)
    for call in (
        lambda: ENGINE.drift(endless, endless[None], np.ones(1, np.uint16)),
        lambda: ENGINE.pairwise_residuals(np.zeros((2**29, 0), np.int64)),
        lambda: ENGINE.reputation(endless, INDICES, U16),
    ):
        with pytest.raises((MemoryError, ValueError)):
            call()


def test_a_refused_call_does_no_harm():
    out = ENGINE.drift(**DRIFT | dict(neighbors=ROWS + 9))
    want = out.values.tolist(), out.residuals.tolist()
    for bad in (dict(values=I64 - 1), dict(weights=np.full(3, 30_000, np.uint16)), dict(anchor=I64 - 1)):
        with pytest.raises(ValueError):
            ENGINE.drift(**DRIFT | bad, out=out)
    ENGINE.drift(**DRIFT | dict(neighbors=ROWS + 9), out=out)
    assert want == (out.values.tolist(), out.residuals.tolist())
    trust = np.full(3, 9, np.uint16)
    with pytest.raises(ValueError):
        ENGINE.update_trust(trust, U64[:2], 4, out=trust)
    assert trust.tolist() == [9] * 3


def test_a_backend_that_cannot_run_says_why():
    missing = [backend for backend in lvs.backends() if not backend.available]
    assert missing, "no processor has both NEON and AVX2"
    for backend in missing:
        for asked in (backend, backend.name):
            with pytest.raises(lvs.BackendUnavailable, match=f"backend '{backend.name}' cannot run here: .+"):
                lvs.Engine(asked)
    assert issubclass(lvs.BackendUnavailable, RuntimeError)


def test_an_adapter_nobody_has():
    with pytest.raises(lvs.BackendUnavailable, match="gpu:no such adapter.*cannot run here: .+"):
        lvs.Engine("gpu:no such adapter")


@pytest.mark.parametrize(
    ("variable", "outcome"),
    [
        ("nonsense", "ValueError: LVS_BACKEND: got 'nonsense', expected auto, scalar"),
        ("scalar", "lvs.Engine(backend='scalar', threads=2)"),
        ("", "lvs.Engine(backend='simd:"),
        ("gpu:no such adapter", "BackendUnavailable: backend 'gpu:no such adapter' cannot run here"),
    ],
)
def test_the_environment_variable(variable, outcome):
    """Importing never fails for it; making an engine that is left the choice does."""
    code = "import lvs; lvs.Engine('scalar'); print('imported'); print(lvs.Engine(threads=2))"
    environment = dict(os.environ, LVS_BACKEND=variable)
    run = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert run.stdout.startswith("imported")
    assert outcome in run.stdout + run.stderr


def test_messages_read_well():
    """What is expected is said in English."""
    with pytest.raises(TypeError, match="values: got list, expected an int64 array of shape"):
        lvs.Drift([], None, np.zeros(1, np.uint64))
    with pytest.raises(ValueError, match="out: got shape .*, expected a uint16 array of shape"):
        ENGINE.weights(U16, out=np.zeros(4, np.uint16))
