"""Arrays from elsewhere: by DLPack, by the buffer protocol, from pandas; and floats, which are refused."""

import array
import ctypes

import cases
import lvs
import numpy as np
import pandas
import pytest


class Tensor:
    """What a library of tensors offers: its memory by DLPack, and nothing else that NumPy knows."""

    def __init__(self, entries):
        self.entries = entries

    def __dlpack__(self, **options):
        return self.entries.__dlpack__(**options)

    def __dlpack_device__(self):
        return self.entries.__dlpack_device__()


class OnSomeGpu(Tensor):
    def __dlpack__(self, **_):
        raise BufferError("the memory is on another device")

    def __dlpack_device__(self):
        return (2, 0)


def by_ctypes(entries):
    kinds = {"int64": ctypes.c_int64, "uint16": ctypes.c_uint16, "uint64": ctypes.c_uint64}
    flat = np.ascontiguousarray(entries)
    made = (kinds[flat.dtype.name] * flat.size)(*flat.ravel().tolist())
    return memoryview(made).cast("B").cast(flat.dtype.char, flat.shape)


SOURCES = [Tensor, memoryview, by_ctypes]


@pytest.mark.parametrize("source", SOURCES)
def test_every_call_takes_them(engine, source):
    case = cases.make(cases.close, cases.random_weights, 9, 33)
    got, want = (engine.drift(*map(of, case.arrays), anchor=of(case.values)) for of in (source, lambda array: array))
    assert got.values.tolist() == want.values.tolist() and got.residuals.tolist() == want.residuals.tolist()
    apart = engine.pairwise_residuals(case.neighbors)
    assert engine.pairwise_residuals(source(case.neighbors)).tolist() == apart.tolist()
    trust = engine.update_trust(source(case.weights), source(want.residuals), 33)
    assert trust.tolist() == engine.update_trust(case.weights, want.residuals, 33).tolist()
    graph = cases.complete_graph(9)
    swarms = [lvs.Swarm(*map(of, graph), of(case.neighbors), engine=engine) for of in (source, np.asarray)]
    for swarm in swarms:
        swarm.step(3)
    assert swarms[0].values.tolist() == swarms[1].values.tolist()


def test_dlpack_memory_is_used_in_place(engine):
    """Strides and all: what is read is the memory that was offered."""
    rows = np.arange(24, dtype=np.int64).reshape(4, 6) * 10**6
    weights = np.full(2, 9_000, np.uint16)
    values = rows[0].copy()
    got = engine.drift(Tensor(values), Tensor(rows[1::2]), Tensor(weights), trim=False)
    assert got.residuals.tolist() == np.abs(rows[1::2] - values).sum(1).tolist()


def test_the_standard_library_has_arrays_too(engine):
    shares = engine.reputation(array.array("q", [0, 1, 2]), array.array("i", [1, 0]), array.array("H", [7, 7]))
    assert shares.tolist() == [lvs.REPUTATION_ONE // 2] * 2
    assert engine.weights(pandas.Series([65_535, 0], dtype="uint16")).tolist() == [21_845, 0]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (Tensor(np.zeros(3, np.int32)), "values: got Tensor, which makes an array of int32, expected int64"),
        (array.array("i", [1, 2, 3]), "values: got array, which makes an array of int32, expected int64"),
        (memoryview(b"abc"), "values: got memoryview, which makes an array of uint8, expected int64"),
        (b"abc", "values: got bytes, which makes an array of |S3, expected int64"),
    ],
)
def test_an_array_has_the_type_that_is_asked_for(engine, values, message):
    with pytest.raises(TypeError) as raised:
        engine.drift(values, np.zeros((1, 3), np.int64), [1])
    assert message in str(raised.value)


def test_memory_that_cannot_be_had_is_named(engine):
    with pytest.raises(ValueError, match=r"values: got OnSomeGpu that is no array \(.*device"):
        engine.drift(OnSomeGpu(np.zeros(3, np.int64)), np.zeros((1, 3), np.int64), [1])


@pytest.mark.parametrize("floats", [np.zeros(3), np.zeros(3, np.float32), [0.5, 1, 2], Tensor(np.zeros(3))])
def test_floats_are_told_where_to_go(engine, floats):
    rows, swarm = np.zeros((1, 3), np.int64), lvs.Swarm([0, 0], [], [[1, 2, 3]], engine=engine)
    calls = [
        lambda: engine.drift(floats, rows, [1]),
        lambda: engine.drift(rows[0], rows, [1], anchor=floats),
        lambda: engine.drift(rows[0], floats, [1]),
        lambda: swarm.set_row(0, floats),
    ]
    for call in calls:
        with pytest.raises(TypeError, match=r"expected int64\[.*\] in micro-VU: lvs.to_units makes it of VU, lvs.from_units"):
            call()
    with pytest.raises(TypeError, match=r"weights: got .*float\d+, expected uint16\[K\]$"):
        engine.drift(rows[0], rows, np.zeros(1))
