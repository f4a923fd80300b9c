"""A signal's handler that looks at what is being stepped; and panics of kernels, which are exceptions like others."""

import signal
import subprocess
import sys
import threading
import warnings

import lvs
import numpy as np
import pytest

# A child, since what is tested here would otherwise wait for ever.
HANDLER = """
import signal
import threading
import lvs
seen = []
def handler(*_):
    seen.append({looks})
    signal.setitimer(signal.ITIMER_REAL, 0 if len(seen) > 2 else 0.01)
signal.signal(signal.SIGALRM, handler)
"""
START = "signal.setitimer(signal.ITIMER_REAL, 0.01)\n"


def child(looks, code):
    code = HANDLER.format(looks=looks) + code
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout.split("\n")


NEEDS_ALARMS = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="signals: no alarms there")

SWARM = """
ring = lvs.topology("ring", nodes=500, degree=4)
swarm = lvs.Swarm(ring, values=[[10**9 + node] for node in range(500)], engine=lvs.Engine(threads=1))
cycles = 0
""" + START + """
while len(seen) < 3:
    swarm.step(2_000)
    cycles += 2_000
print(swarm.cycle == cycles, seen)
"""


@NEEDS_ALARMS
def test_a_handler_reads_the_swarm_that_is_being_stepped():
    looks = "(swarm.cycle, swarm.values.shape, swarm.trust.shape, swarm.spread.shape, repr(swarm)[:13])"
    said = child(looks, SWARM)[0]
    assert said.startswith("True") and said.count("(500, 1), (2000,), (1,), '<lvs.Swarm of'") == 3


@NEEDS_ALARMS
def test_a_handler_may_even_change_it():
    after = "swarm.step(0)\nprint(swarm.values[7, 0] < 10**9, swarm.cycle)"
    said = child("swarm.set_row(7, [0])", SWARM.replace("swarm.step(2_000)", "swarm.step(2_000); swarm.set_row(7, [0])") + after)
    assert said[0].startswith("True [None, None, None]") and said[1].startswith("True")


SIMULATION = """
simulation = lvs.Simulation(nodes=500, cycles=10**9, record_every=10**9, engine=lvs.Engine(threads=1))
"""


@NEEDS_ALARMS
def test_a_handler_reads_a_simulations_cycle():
    looks = "(simulation.cycle, simulation.setup['nodes'], repr(simulation)[:19])"
    code = SIMULATION + """
def last(*_):
    handler()
    if len(seen) > 2:
        raise KeyboardInterrupt
signal.signal(signal.SIGALRM, last)
""" + START + """
try:
    next(simulation)
except KeyboardInterrupt:
    print(seen[-1][0] > seen[0][0] > 0 and seen[-1][1:], simulation.cycle == seen[-1][0])
"""
    assert child(looks, code)[0] == "(500, '<lvs.Simulation of ') True"


@NEEDS_ALARMS
@pytest.mark.parametrize("looks", ["simulation.values", "simulation.first()", "next(simulation)"])
def test_what_a_handler_cannot_have_is_refused(looks):
    code = SIMULATION + START + """
try:
    next(simulation)
except RuntimeError as error:
    print(error)
"""
    assert child(looks, code)[0] == "it is being stepped by this thread: look at it afterwards"


def test_other_threads_wait_for_the_end_of_a_step(engine):
    swarm = lvs.Swarm([0, 1, 2], [1, 0], [[1] * 4_000, [9] * 4_000], engine=engine)
    seen, started = [], threading.Event()

    def look():
        started.set()
        while not seen or seen[-1] < 40_000:
            seen.append(swarm.cycle)

    reader = threading.Thread(target=look)
    reader.start()
    started.wait()
    for _ in range(10):
        swarm.step(4_000)
    reader.join()
    assert all(cycle % 4_000 == 0 for cycle in seen)


def calls_while(call, write, calls):
    """What came of calls while another thread writes to their input, to the first RuntimeError."""
    end, outcomes = threading.Event(), set()

    def writer():
        while not end.is_set():
            write()

    thread = threading.Thread(target=writer)
    thread.start()
    try:
        while calls and RuntimeError not in outcomes:
            calls -= 1
            try:
                outcomes.add(call())
            except Exception as error:  # And nothing beyond: a panic would be a BaseException.
                outcomes.add(type(error))
    finally:
        end.set()
        thread.join()
    return outcomes


def test_trust_that_changes_during_a_call_harms_nothing():
    engine, rng, n = lvs.Engine(threads=2), np.random.default_rng(0), 20_000
    graph = np.arange(0, n * 20 + 1, 20), rng.integers(0, n, n * 20)
    trust = rng.integers(0, 65_536, n * 20).astype(np.uint16)

    def call():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return int(engine.reputation(*graph, trust, max_iter=2).sum())

    assert calls_while(call, lambda: (trust.fill(0), trust.fill(65_535)), 60) == {lvs.REPUTATION_ONE}


def test_a_panic_is_a_runtime_error():
    """Values that are wrong when they are checked and right when the wrong one is searched for: the kernel gives up."""
    engine, values = lvs.Engine("scalar", threads=1), np.full(1 << 16, 10**9)
    neighbors, weights = np.full((1, 1 << 16), 10**9), np.full(1, 8_000, np.uint16)

    def call():
        try:
            return type(engine.drift(values, neighbors, weights))
        except RuntimeError as error:
            assert str(error).startswith("the call was broken off (one is outside); what it was writing means nothing")
            raise

    outcomes = calls_while(call, lambda: (values.fill(-1), values.fill(10**9)), 400_000)
    assert outcomes <= {lvs.Drift, ValueError, RuntimeError}
    if RuntimeError not in outcomes:
        pytest.skip("a panic: none came about in 400,000 calls")


LONG_CALLS = """
import signal, time, lvs, numpy as np
scalar = lvs.Engine("scalar", threads=1)
pair = lvs.Engine("simd", threads=2)
rng = np.random.default_rng(4)
wide = rng.integers(10**9, 2 * 10**9, (16, 400_000))
rows = rng.integers(0, 10**9, (8_000, 3_000))
others = [[j for j in range(16) if j != i] for i in range(16)]
swarm = lvs.Swarm(np.arange(0, 241, 15), np.concatenate(others), wide, engine=scalar)
# Two nodes that hand all reputation to each other for ever.
flip = dict(damping=0, pretrust=[1, 0], tol=0, max_iter=2**32 - 1)
rings = [lvs.topology("ring", nodes=nodes, degree=2) for nodes in (2_000, 200_000)]
neighbors, weights = np.broadcast_to(wide[1], (600, 400_000)), np.full(600, 100, np.uint16)
calls = dict(
    pairwise=lambda: scalar.pairwise_residuals(rows),
    threaded=lambda: pair.pairwise_residuals(rows, out=np.empty((8_000, 8_000), np.uint64)),
    reputation=lambda: scalar.reputation([0, 1, 2], [1, 0], [9, 9], **flip),
    topology=lambda: lvs.topology("watts-strogatz", nodes=10_000, degree=4_096, rewire=1.0),
    dense=lambda: lvs.spectrum(rings[0]),
    power=lambda: lvs.spectrum(rings[1]),
    breakdown=lambda: lvs.breakdown("drift", "dissensus", 3, draws=1 << 20),
    simulation=lambda: lvs.Simulation("watts-strogatz", nodes=10_000, degree=4_096, rewire=1.0, cells=1),
    step=lambda: swarm.step(1_000),
    drift=lambda: scalar.drift(wide[0], neighbors, weights),
)
class Alarm(BaseException):
    pass
def handler(*_):
    global rung
    rung = time.monotonic()
    raise Alarm
signal.signal(signal.SIGALRM, handler)
for name, call in calls.items():
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    started = time.monotonic()
    try:
        call()
        print(name, "ended by itself")
    except Alarm:
        # When the handler ran, not when the signal came: what counts is that it ran during the call.
        print(name, "heard" if rung - started < 5 else f"heard after {rung - started:.1f} s")
print(swarm.cycle, swarm.values.sum() > 0)
"""


@NEEDS_ALARMS
def test_every_long_call_hears_a_signal():
    run = subprocess.run([sys.executable, "-c", LONG_CALLS], capture_output=True, text=True, timeout=300)
    assert run.returncode == 0, run.stdout + run.stderr
    *said, end = run.stdout.splitlines()
    assert len(said) == 10 and all(line.endswith(" heard") for line in said), said
    assert end.endswith(" True")


EARLY = """
import signal
import lvs
simulation = lvs.Simulation(nodes=50, engine=lvs.Engine(threads=1))
class Alarm(Exception):
    pass
def handler(*_):
    raise Alarm
signal.signal(signal.SIGALRM, handler)
for call in (lambda: lvs.topology("regular", nodes=400_000), lambda: [simulation.values for _ in range(10**9)]):
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    try:
        call()
    except Alarm:
        print("heard")
"""


@NEEDS_ALARMS
def test_a_signal_before_any_array_was_made_is_its_handlers_exception():
    run = subprocess.run([sys.executable, "-c", EARLY], capture_output=True, text=True, timeout=120)
    assert run.stdout == "heard\nheard\n", run.stdout + run.stderr
