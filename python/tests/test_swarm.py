"""Swarms against the reference, cycle by cycle and bit for bit."""

import _thread
import contextlib
import signal
import threading

import cases
import lvs
import numpy as np
import pandas  # noqa: F401 - or its import would be what is interrupted
import pytest
import reference


def pair(engine, graph, values, **options):
    return lvs.Swarm(*graph, values, engine=engine, **options), reference.Swarm(*graph, values, **options)


def same(swarm, want):
    assert swarm.values.tolist() == want.values
    assert swarm.trust.tolist() == want.trust
    assert swarm.spread.tolist() == want.spread()
    assert swarm.cycle == want.cycle


@pytest.mark.parametrize("trim", [True, False])
@pytest.mark.parametrize("learn_trust", [True, False])
def test_random_swarms(engines, trim, learn_trust):
    rng = np.random.default_rng(17)
    graph = cases.random_graph(rng, 12, 9)
    frozen = np.arange(12) % 5 == 0
    values = cases.close(rng, 12, 33)[1]
    values[frozen] = cases.edges(rng, frozen.sum(), 33)[1]
    trust = rng.integers(0, 65_536, len(graph[1]), np.uint16)
    options = dict(trust=trust, learn_trust=learn_trust, frozen=frozen, trim=trim)
    pairs = [pair(engine, graph, values, **options) for engine in engines]
    want = pairs[0][1]
    for _ in range(6):
        want.step()
        for swarm, _ in pairs:
            swarm.step()
            same(swarm, want)


@pytest.mark.parametrize(("rows", "cells"), [(1, 5), (2, 0), (16, 1), (5, 257)])
def test_sizes(engines, rows, cells):
    values = cases.close(np.random.default_rng(rows), rows, cells)[1]
    for engine in engines:
        swarm, want = pair(engine, cases.complete_graph(rows), values)
        for _ in range(3):
            want.step()
        swarm.step(3)
        same(swarm, want)


def test_anchors_move_with_the_window(engine):
    """A hostile majority drains a quarter per window and no more; the next window starts from there."""
    values = np.array([[4_000_000_000], [0], [0], [0], [0]])
    options = dict(frozen=[False, True, True, True, True], learn_trust=False)
    swarm, want = pair(engine, cases.complete_graph(5), values, **options)
    for stop in (4096, 4097, 4200):
        swarm.step(stop - swarm.cycle)
        while want.cycle < stop:
            want.step()
        same(swarm, want)
    swarm.step(2 * 4096 - swarm.cycle)
    assert swarm.values[0, 0] == 4_000_000_000 * 9 // 16


def test_five_hostile_of_sixteen_do_not_stop_agreement(engines):
    values = np.linspace(1_000_000_000, 1_150_000_000, 16).astype(np.int64)[:, None]
    values[11:, 0] = [cases.HIGHEST, cases.LOWEST, 0, 2**62, -1]
    for engine in engines:
        swarm = lvs.Swarm(*cases.complete_graph(16), values, frozen=np.arange(16) >= 11, engine=engine)
        swarm.step(400)
        assert swarm.spread.tolist() == [0]
        assert 1_000_000_000 <= swarm.values[0, 0] <= 1_100_000_000


def test_stats_sum_over_the_last_call(engine):
    values = np.array([[640_000_000, 0], [0, 640_000_000], [0, 0]])
    swarm, want = pair(engine, cases.complete_graph(3), values, learn_trust=False, trim=False)
    assert swarm.stats.sum_correction == 0
    swarm.step(5)
    before = [0, 0, 0, 0]
    for _ in range(5):
        for row in range(3):
            seen = [want.values[j] for j in range(3) if j != row]
            bit = reference.rounding_bit(0, want.cycle, row)
            out = reference.drift(want.values[row], seen, [21_845] * 2, bit, want.anchors[row], False)
            before[0] += out.rate_limited
            before[1] += out.floored
            before[2] = max(before[2], out.max_correction)
            before[3] += out.sum_correction
        want.step()
    stats = swarm.stats
    assert [stats.rate_limited, stats.floored, stats.max_correction, stats.sum_correction] == before
    assert stats.rate_limited > 0
    swarm.step(0)
    assert swarm.stats.sum_correction == 0


def test_arrays_are_copies_and_say_so(engine):
    """What is written to a copy would be lost in silence."""
    values = np.full((2, 3), 5_000_000)
    swarm = lvs.Swarm([0, 1, 2], [1, 0], values, engine=engine)
    values[:] = 0
    simulation = lvs.Simulation(nodes=20, degree=4)
    for name in ("values", "anchors", "trust", "indptr", "indices", "frozen", "spread"):
        with pytest.raises(ValueError, match="read-only"):
            getattr(swarm, name)[0] = 99
    for name in ("values", "nodes"):
        with pytest.raises(ValueError, match="read-only"):
            getattr(simulation, name)[0] = 99
    assert swarm.values.tolist() == [[5_000_000] * 3] * 2 and swarm.trust.tolist() == [65_535] * 2


def test_set_row(engine):
    swarm = lvs.Swarm([0, 1, 2], [1, 0], np.full((2, 3), 5_000_000), frozen=[False, True], engine=engine)
    swarm.set_row(1, [-1, 0, 2**63 - 1])
    assert swarm.values.tolist() == [[5_000_000] * 3, [-1, 0, 2**63 - 1]]
    for row, values, message in (
        (2, [1, 2, 3], "row: got 2"),
        (-1, [1, 2, 3], "row: got -1"),
        (0, [1, 2], "values: got 2 entries, expected 3"),
        (0, [1, -2, 3], "values: got -2 at cell 1 in row 0"),
    ):
        with pytest.raises(ValueError, match=message):
            swarm.set_row(row, values)


@contextlib.contextmanager
def interrupted_soon():
    """Ctrl-C in a moment. A shell's background job ignores the signal, and then Python does too."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        threading.Timer(0.2, _thread.interrupt_main).start()
        with pytest.raises(KeyboardInterrupt):
            yield
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("progress", [False, True])
@pytest.mark.parametrize("threads", [1, 3])
def test_ctrl_c_interrupts_between_cycles(threads, progress, capsys):
    values = cases.close(np.random.default_rng(2), 16, 64)[1]
    start = lambda: lvs.Swarm(*cases.complete_graph(16), values, frozen=np.arange(16) == 3, engine=lvs.Engine(threads=threads))
    swarm = start()
    with interrupted_soon():
        swarm.step(2**40, progress=progress)
    assert 0 < swarm.cycle < 2**40
    # It is where the cycles it counts lead, and goes on from there.
    want = start()
    want.step(swarm.cycle)
    for _ in range(2):
        assert swarm.values.tolist() == want.values.tolist() and swarm.trust.tolist() == want.trust.tolist()
        swarm.step(), want.step()


def test_ctrl_c_interrupts_a_watched_swarm(engine):
    swarm = lvs.Swarm(*cases.complete_graph(16), np.full((16, 64), 10**9), engine=engine)
    with interrupted_soon():
        lvs.watch(swarm, 2**40, every=3)
    cycle = swarm.cycle
    swarm.step()
    assert swarm.cycle == cycle + 1 > 1


def test_a_bar_shows_the_cycles(engine, capsys):
    swarm = lvs.Swarm(*cases.complete_graph(16), np.full((16, 64), 10**9), engine=engine)
    swarm.step(1_234)
    assert capsys.readouterr().err == ""
    swarm.step(4_321, progress=True)
    assert "4321/4321" in capsys.readouterr().err and swarm.cycle == 1_234 + 4_321
    lvs.watch(swarm, 10, every=4, progress=True)
    assert "10/10" in capsys.readouterr().err
    with pytest.raises(TypeError, match=r"progress: got 'yes' \(str\), expected True or False"):
        swarm.step(1, progress="yes")


def test_set_rows_and_set_trust(engine):
    swarm = lvs.Swarm([0, 1, 2], [1, 0], np.full((2, 3), 5_000_000), frozen=[False, True], engine=engine)
    swarm.set_rows([1, 0, 1], [[1, 1, 1], [2, 2, 2], [-1, 0, 2**63 - 1]])
    swarm.set_trust([3, 4])
    assert swarm.values.tolist() == [[2, 2, 2], [-1, 0, 2**63 - 1]] and swarm.trust.tolist() == [3, 4]
    swarm.set_rows(np.array([], int), np.zeros((0, 3), int))
    for call, message in (
        (lambda: swarm.set_rows([0, 2], np.ones((2, 3), int)), "row: got 2, expected below 2"),
        (lambda: swarm.set_rows([-1], np.ones((1, 3), int)), "rows: got -1 at entry 0, expected integer"),
        (lambda: swarm.set_rows([0], np.ones((2, 3), int)), r"values: got shape \[2, 3\], expected \[1, 3\]"),
        (lambda: swarm.set_rows([1, 0], [[0, 0, 0], [0, -5, 0]]), "values: got -5 at cell 1 in row 0"),
        (lambda: swarm.set_trust([1]), "trust: got 1 entries, expected 2"),
    ):
        with pytest.raises(ValueError, match=message):
            call()
    assert swarm.values.tolist() == [[2, 2, 2], [-1, 0, 2**63 - 1]] and swarm.trust.tolist() == [3, 4]


def test_lost_samples(engines):
    """The same are lost on every backend; all of them lost, nothing moves; none, and it is as without."""
    graph, values = cases.complete_graph(12), cases.close(np.random.default_rng(4), 12, 9)[1]
    after = {}
    for engine in engines:
        for loss in (None, (0, 7), (30_000, 7), (30_000, 8), (65_535, 7)):
            swarm = lvs.Swarm(*graph, values, engine=engine, loss=loss)
            swarm.step(8)
            got = swarm.values.tolist(), swarm.trust.tolist()
            assert after.setdefault(loss, got) == got, (engine, loss)
    assert after[None] == after[0, 7]
    assert after[30_000, 7] != after[30_000, 8]
    moved = {loss: np.abs(np.array(got[0]) - values).sum() for loss, got in after.items()}
    assert moved[65_535, 7] < moved[30_000, 7] < moved[None]
    for loss, error, message in (
        (0.5, TypeError, r"loss: got float, expected \(share, seed\)"),
        ((0.5, 1), TypeError, r"loss\[0\]: got 0.5 \(float\), expected an integer from 0 to 65535"),
        ((65_536, 1), ValueError, r"loss\[0\]: got 65536"),
        ((1, -1), ValueError, r"loss\[1\]: got -1"),
    ):
        with pytest.raises(error, match=message):
            lvs.Swarm(*graph, values, loss=loss)


def test_a_gpu_steps_it_like_the_processor(gpus, engine):
    """State stays on the device between calls; what is written and read in between counts."""
    rng = np.random.default_rng(11)
    graph = cases.random_graph(rng, 40, 12)
    values = cases.close(rng, 40, 70)[1]
    options = dict(frozen=np.arange(40) % 7 == 0, loss=(9_000, 3))
    for gpu in gpus:
        swarm, want = (lvs.Swarm(*graph, values, engine=with_it, **options) for with_it in (gpu, engine))
        for turn in range(3):
            for each in (swarm, want):
                each.step(4, progress=turn == 2)
                each.set_rows([0, 1 + turn], values[[5, 6]] + turn)
            assert swarm.values.tolist() == want.values.tolist() and swarm.trust.tolist() == want.trust.tolist()
            assert swarm.spread.tolist() == want.spread.tolist() and swarm.stats == want.stats
        with interrupted_soon():
            swarm.step(2**40)
        want.step(swarm.cycle - want.cycle)
        assert swarm.values.tolist() == want.values.tolist()


def test_its_graph_can_be_read_back(engine):
    rng = np.random.default_rng(5)
    indptr, indices = cases.random_graph(rng, 9, 4)
    frozen = rng.random(9) < 0.5
    swarm = lvs.Swarm(indptr, indices, np.ones((9, 2), int), frozen=frozen, engine=engine)
    assert swarm.shape == (9, 2) and swarm.frozen.tolist() == frozen.tolist()
    assert (swarm.indptr.tolist(), swarm.indices.tolist()) == (indptr.tolist(), indices.tolist())


def test_it_can_be_watched_from_another_thread(engine):
    swarm = lvs.Swarm(*cases.complete_graph(16), np.full((16, 64), 10**9), engine=engine)
    worker = threading.Thread(target=swarm.step, args=(3000,))
    worker.start()
    seen = []
    while worker.is_alive():
        seen.append(swarm.cycle)
        assert swarm.values.shape == (16, 64)
    worker.join()
    assert seen == sorted(seen) and swarm.cycle == 3000
