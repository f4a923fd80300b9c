"""Arrays are used where they lie: no copies of contiguous inputs, `out=` written in place, overlaps refused."""

import subprocess
import sys
import time
import tracemalloc

import cases
import lvs
import numpy as np
import pytest

MIB = 2**20


def new_drift(k, b):
    return lvs.Drift(np.empty(b, np.int64), np.empty(b, np.int64), np.empty(k, np.uint64))


def allocated(call):
    """The most memory, in bytes, that NumPy and Python held at once for the call."""
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def address(array):
    return array.__array_interface__["data"][0]


def test_drift_writes_to_the_arrays_given(engines):
    case = cases.make(cases.close, cases.random_weights, 5, 33)
    for engine in engines:
        arrays = np.empty(33, np.int64), np.empty(33, np.int64), np.empty(5, np.uint64)
        out = lvs.Drift(*arrays)
        assert engine.drift(*case.arrays, anchor=case.anchor, out=out) is out
        want = engine.drift(*case.arrays, anchor=case.anchor)
        for given, held, new in zip(
            arrays, (out.values, out.correction, out.residuals), (want.values, want.correction, want.residuals)
        ):
            assert held is given and given.tolist() == new.tolist()
        assert (out.rate_limited, out.sum_correction) == (want.rate_limited, want.sum_correction)


def test_a_result_is_used_again(engine):
    case = cases.make(cases.hostile_majority, cases.full_weights, 7, 64)
    out = engine.drift(*case.arrays)
    places = [address(a) for a in (out.values, out.correction, out.residuals)]
    again = engine.drift(*case.arrays, cycle=1, anchor=case.anchor, out=out)
    assert again is out and places == [address(a) for a in (out.values, out.correction, out.residuals)]
    want = engine.drift(*case.arrays, cycle=1, anchor=case.anchor)
    assert out.values.tolist() == want.values.tolist() and out.floored == want.floored


def test_no_correction_if_not_wanted(engine):
    case = cases.make(cases.close, cases.random_weights, 5, 33)
    out = engine.drift(*case.arrays, out=lvs.Drift(np.empty(33, np.int64), None, np.empty(5, np.uint64)))
    assert out.correction is None and out.values.tolist() == engine.drift(*case.arrays).values.tolist()


def test_rows_of_a_matrix_as_out(engine):
    case = cases.make(cases.close, cases.random_weights, 5, 33)
    matrix = np.zeros((3, 33), np.int64)
    engine.drift(*case.arrays, out=lvs.Drift(matrix[1], matrix[2], np.empty(5, np.uint64)))
    assert matrix[0].any() == False and matrix[1].tolist() == engine.drift(*case.arrays).values.tolist()  # noqa: E712


def test_out_of_the_other_calls(engine):
    rows = cases.uniform(np.random.default_rng(1), 6, 20)[1]
    trust, residuals = np.full(6, 40_000, np.uint16), np.arange(6, dtype=np.uint64) * 10**9
    graph = np.arange(7), np.roll(np.arange(6), 1), trust
    for call, out in (
        (lambda **out: engine.pairwise_residuals(rows, **out), np.empty((6, 6), np.uint64)),
        (lambda **out: engine.update_trust(trust, residuals, 20, **out), np.empty(6, np.uint16)),
        (lambda **out: engine.weights(trust, **out), np.empty(6, np.uint16)),
        (lambda **out: engine.reputation(*graph, **out), np.empty(6, np.uint64)),
        (lambda **out: lvs.sample_cells(3, 256, 6, **out), np.empty(6, np.uint16)),
    ):
        assert call(out=out) is out
        assert out.tolist() == call().tolist()


def test_trust_in_place(engine):
    trust, residuals = np.array([65_535, 9, 65_535], np.uint16), np.array([1, 2, 2**50], np.uint64)
    want = engine.update_trust(trust, residuals, 1).tolist()
    assert engine.update_trust(trust, residuals, 1, out=trust) is trust
    assert trust.tolist() == want


def test_contiguous_inputs_are_not_copied(engine):
    k, b = 7, 2 * MIB // 8
    values, neighbors = np.full(b, 10**9), np.full((k, b), 10**9 + 5)
    weights, out = np.full(k, 8_000, np.uint16), new_drift(k, b)
    assert allocated(lambda: engine.drift(values, neighbors, weights, anchor=values, out=out)) < 64 * 1024
    matrix, square = np.ones((4, b), np.int64), np.empty((4, 4), np.uint64)
    assert allocated(lambda: engine.pairwise_residuals(matrix, out=square)) < 64 * 1024


@pytest.mark.parametrize("cut", [np.s_[::2], np.s_[::-1], np.s_[3:10]], ids=["every other", "reversed", "a part"])
def test_contiguous_rows_are_not_copied_wherever_they_lie(engine, cut):
    b = 2 * MIB // 8
    neighbors = np.full((14, b + 9), 10**9 + 5)[cut, 3 : b + 3]
    k = len(neighbors)
    values, weights, out = np.full(b, 10**9), np.full(k, 4_000, np.uint16), new_drift(k, b)
    assert allocated(lambda: engine.drift(values, neighbors, weights, out=out)) < 64 * 1024


def test_other_inputs_are_copied_once(engine):
    b = 2 * MIB // 8
    values, weights, out = np.full(b, 10**9), np.full(4, 4_000, np.uint16), new_drift(4, b)
    neighbors = np.full((b, 4), 10**9 + 5).T
    used = allocated(lambda: engine.drift(values, neighbors, weights, out=out))
    assert neighbors.nbytes <= used < neighbors.nbytes + 64 * 1024


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs a limit on address space that is enforced")
def test_nothing_else_copies_either():
    """NumPy's allocations are traced above; this sees those of the kernels too."""
    code = """
import resource, lvs, numpy as np
b = 2**22
values, neighbors, weights = np.full(b, 10**9), np.full((4, b), 10**9 + 5), np.full(4, 9_000, np.uint16)
out = lvs.Drift(np.empty(b, np.int64), np.empty(b, np.int64), np.empty(4, np.uint64))
engine = lvs.Engine(threads=1)
engine.drift(values[:9], neighbors[:, :9], weights)
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 2**24, -1))
engine.drift(values, neighbors, weights, anchor=values, out=out)
assert out.rate_limited == 0 and out.sum_correction > 0
try:
    np.empty(b, np.int64)
    raise SystemExit("the limit does not hold")
except MemoryError:
    print("no copy")
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert run.stdout == "no copy\n", run.stderr


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs a limit on address space that is enforced")
def test_what_memory_does_not_hold_is_a_memory_error():
    code = """
import resource, lvs, numpy as np
engine = lvs.Engine(threads=1)
# What is never written to costs nothing but address space.
many, rows, wide = np.zeros(10**8 + 1, np.int64), np.zeros(2 * 10**7 + 1, np.int64), np.zeros((2_000_000, 64), np.int64)
ring, none, no_trust = np.arange(2_000_001), np.zeros(0, np.int64), np.zeros(0, np.uint16)
rng = np.random.default_rng(1)
after = rng.integers(0, 2_000_000, 2_000_000)
def limit(room):
    used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + room, -1))
for room, call in (
    (2**29, lambda: lvs.topology("ring", nodes=400_000_000)),
    (2**29, lambda: lvs.topology("groups", nodes=400_000_000)),
    (2**29, lambda: lvs.Simulation(nodes=20_000_000, engine=engine)),
    (2**29, lambda: engine.reputation(many, none, no_trust)),
    (600 * 10**6, lambda: engine.reputation(rows, none, no_trust)),
    (2**29, lambda: lvs.Swarm(ring, after, wide, engine=engine)),
    (10**8, lambda: lvs.Engine(threads=64)),
):
    limit(room)
    try:
        call()
        print("there was room")
    except MemoryError as error:
        print(error)
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stdout + run.stderr
    *said, threads = run.stdout.splitlines()
    for line, what in zip(said, ("a graph", "a graph", "a simulation", "Unable", "reputation", "a swarm"), strict=True):
        assert line.startswith(what) and ("bytes cannot be allocated" in line or "Unable to allocate" in line), said
    assert threads.startswith("the stacks of threads: ")


def test_read_only_inputs_are_taken(engine):
    case = cases.make(cases.close, cases.random_weights, 5, 33)
    for array in case.arrays:
        array.flags.writeable = False
    engine.drift(*case.arrays)


def test_an_output_over_an_input_is_refused(engine):
    buffer = bytearray(8 * 40)
    # Two views of one buffer that NumPy does not know to be related.
    one, other = (np.frombuffer(memoryview(buffer), np.int64) for _ in range(2))
    neighbors, weights, residuals = np.zeros((1, 20), np.int64), np.zeros(1, np.uint16), np.empty(1, np.uint64)
    for out in (one[:20], one[19:39], other[:20], other[10:30]):
        with pytest.raises(ValueError, match="out.values: got an array that shares memory"):
            engine.drift(one[:20], neighbors, weights, out=lvs.Drift(out, None, residuals))
    engine.drift(one[:20], neighbors, weights, out=lvs.Drift(other[20:], None, residuals))
    with pytest.raises(ValueError, match="out.correction: got an array that shares memory"):
        engine.drift(one[:20], neighbors, weights, out=lvs.Drift(one[20:], one[20:], residuals))
    # Between rows that are inputs, where only NumPy's own bookkeeping objects: it errs on the safe side.
    rows = np.zeros((5, 20), np.int64)
    with pytest.raises(ValueError, match="out.values: got an array that is in use by this or another call"):
        engine.drift(rows[0], rows[2::2], np.zeros(2, np.uint16), out=lvs.Drift(rows[3], None, np.empty(2, np.uint64)))
    square = np.zeros((4, 4), np.int64)
    with pytest.raises(ValueError, match="out: got an array that shares memory"):
        engine.pairwise_residuals(square, out=square.view(np.uint64))


def test_outputs_over_each_other_in_unrelated_views_are_refused(engine):
    buffer = bytearray(8 * 20)
    one, other = (np.frombuffer(memoryview(buffer), np.int64) for _ in range(2))
    zeros = np.zeros(20, np.int64)
    with pytest.raises(ValueError, match="out.correction: got an array that shares memory"):
        engine.drift(zeros, zeros[None], np.zeros(1, np.uint16), out=lvs.Drift(one, other, np.empty(1, np.uint64)))


def quickest(call, repeats=2_000):
    """Seconds that a call takes where nothing interrupts it."""
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        call()
        times.append(time.perf_counter() - began)
    return min(times)


def test_what_a_small_call_takes_is_told(engine, capsys):
    """In cache: the kernel's work, the call itself, and new arrays for the results. Told, as machines differ."""
    case = cases.make(cases.close, cases.random_weights, 15, 256)
    values, neighbors, weights = case.arrays
    out, least = new_drift(15, 256), lvs.Drift(np.empty(1, np.int64), None, np.empty(1, np.uint64))
    whole = quickest(lambda: engine.drift(values, neighbors, weights))
    reused = quickest(lambda: engine.drift(values, neighbors, weights, out=out))
    call = quickest(lambda: engine.drift(values[:1], neighbors[:1, :1], weights[:1], out=least))
    views = quickest(lambda: (values[:1], neighbors[:1, :1], weights[:1]))
    parts = f"new arrays {(whole - reused) / whole:.0%}, the call itself {(call - views) / whole:.0%}"
    with capsys.disabled():
        print(f"\n15 neighbors of 256 cells: {whole * 1e6:.1f} us, of which {parts} ({(call - views) * 1e6:.2f} us)")
    assert out.residuals.tolist() == engine.drift(values, neighbors, weights).residuals.tolist()
