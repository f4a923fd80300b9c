"""Every kernel once, with what it answers printed as JSON: run on a processor that is not this one."""

import json

import cases
import lvs
import numpy as np




def drift(engine, k, trim):
    case = cases.make(cases.close, cases.random_weights, k, 300)
    drift = engine.drift(*case.arrays, cycle=k, anchor=case.anchor, trim=trim)
    return [array.tolist() for array in (drift.values, drift.correction, drift.residuals)]


def swarm(engine):
    rng = np.random.default_rng(5)
    swarm = lvs.Swarm(*cases.random_graph(rng, 20, 9), cases.close(rng, 20, 40)[1], engine=engine, loss=(9_000, 1))
    swarm.step(20)
    return [array.tolist() for array in (swarm.values, swarm.trust, swarm.spread)]


def answers(engine):
    """By kernel."""
    rng = np.random.default_rng(6)
    trust, residuals = rng.integers(0, 65_536, 30, np.uint16), rng.integers(0, 10**9, 30, np.uint64)
    graph = cases.random_graph(rng, 50, 8)
    return {
        # Few neighbours take a sorting network, many a selection.
        "drift": [drift(engine, k, trim) for k in (3, 15, 33, 64, 65, 200) for trim in (True, False)],
        "pairwise_residuals": engine.pairwise_residuals(cases.uniform(rng, 20, 70)[1]).tolist(),
        "update_trust": engine.update_trust(trust, residuals, 256).tolist(),
        "weights": engine.weights(trust).tolist(),
        "reputation": engine.reputation(*graph, np.full(len(graph[1]), 7, np.uint16)).tolist(),
        "swarm": swarm(engine),
        "sample_cells": lvs.sample_cells(7).tolist(),
    }


if __name__ == "__main__":
    detected = {backend.name: backend.detected for backend in lvs.backends() if backend.kind == "simd"}
    names = ["auto", "scalar", *(name for name, here in detected.items() if here)]
    results = {name: answers(lvs.Engine(name, threads=2)) for name in names}
    print(json.dumps({"detected": detected, "auto": lvs.Engine().backend, "answers": results}))
