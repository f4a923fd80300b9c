"""Runs for sweeps, where a worker's process can import them."""

import os
import signal

import cases
import lvs
import numpy as np


def small_swarm(seed, nodes, hostile):
    """A swarm with hostile rows that claim everything; says how far it came and by what numbers."""
    rng = np.random.default_rng(seed)
    values = rng.integers(10**8, 10**9, (nodes, 2))
    frozen = np.arange(nodes) < int(hostile * nodes)
    values[frozen] = 2**62
    swarm = lvs.Swarm(*cases.complete_graph(nodes), values, frozen=frozen, engine=lvs.Engine(threads=1))
    swarm.step(30)
    spread = swarm.spread
    return {
        "spread": spread.max(),
        "mean": float(swarm.values[~frozen].mean()),
        "agreed": bool((spread == 0).all()),
        "odd": None if seed % 2 == 0 else "odd",
        "ratio": np.inf if seed % 3 == 0 else np.float32(seed) / 3,
    }


def fails_at(seed, bad):
    if seed == bad:
        raise ArithmeticError(f"seed {seed} is a bad one")
    return {"seconds": seed * 2}


def kills_its_worker(seed):
    os.kill(os.getpid(), signal.SIGKILL)
    return {"seed": seed}
