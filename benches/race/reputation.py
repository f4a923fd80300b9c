"""Reputation against a sparse power iteration in SciPy and networkx' PageRank."""

import argparse
from collections.abc import Callable

import lvs
import networkx as nx
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from race import trust_graph
from race.report import Check, Section
from race.timing import Contender, rounds, take_turns
from race.trust_graph import TrustGraph

HEADINGS = ["with", "threads", "ms", "best", "× lvs on one thread", "L1 distance from lvs"]
DAMPING, TOLERANCE, MAX_ITERATIONS = 0.15, 1e-9, 1_000
L1_TARGET = 1e-6

Shares = NDArray[np.float64]


def run(args: argparse.Namespace) -> Section:
    graph = trust_graph.load(args.seed)
    notes = [
        f"{graph.source}: {graph.nodes} nodes, {len(graph.indices)} edges",
        f"damping {DAMPING}, until the L1 change is at most {TOLERANCE:g}",
        "lvs and SciPy start from the same arrays and normalise them; networkx starts from its own graph object",
    ]
    section = Section("Reputation against SciPy and networkx", HEADINGS, notes)
    calls = contenders(graph, args.threads)
    timings = take_turns([Contender(*call) for call in calls], rounds(args))
    answers = [call() for _, _, call in calls]
    for (name, threads, _), timing, answer in zip(calls, timings, answers, strict=True):
        figures = timing.median * 1e3, timing.best * 1e3, timing.ratio_to(timings[0])
        section.rows.append([name, threads, *figures, distance(answer, answers[0])])
    section.checks = checks(graph, calls, answers)
    return section


def contenders(graph: TrustGraph, threads: int) -> list[tuple[str, int, Callable[[], Shares]]]:
    engines = [lvs.Engine(threads=count) for count in sorted({1, threads})]
    digraph = as_digraph(graph)
    listed: list[tuple[str, int, Callable[[], Shares]]] = [
        ("lvs", engine.threads, lambda engine=engine: lvs_reputation(engine, graph)) for engine in engines
    ]
    listed.append(("SciPy power iteration", 1, lambda: power_iteration(graph)))
    listed.append(("networkx pagerank", 1, lambda: pagerank(digraph, graph)))
    return listed


def lvs_reputation(engine: lvs.Engine, graph: TrustGraph) -> Shares:
    limits = {"damping": DAMPING, "tol": TOLERANCE, "max_iter": MAX_ITERATIONS}
    shares = engine.reputation(graph.indptr, graph.indices, graph.trust, pretrust=graph.pretrust, **limits)
    return shares / lvs.REPUTATION_ONE


def power_iteration(graph: TrustGraph) -> Shares:
    """EigenTrust in float64; nodes that trust nobody trust as the pre-trust does."""
    matrix = csr_array((graph.trust.astype(np.float64), graph.indices, graph.indptr), shape=(graph.nodes, graph.nodes))
    sums = matrix.sum(axis=1)
    matrix.data /= np.repeat(np.where(sums > 0, sums, 1), np.diff(graph.indptr))
    transposed, idle = matrix.T.tocsr(), sums == 0
    pretrust = graph.pretrust / graph.pretrust.sum()
    shares = pretrust
    for _ in range(MAX_ITERATIONS):
        spread = transposed @ shares + shares[idle].sum() * pretrust
        following = (1 - DAMPING) * spread + DAMPING * pretrust
        change = np.abs(following - shares).sum()
        shares = following
        if change <= TOLERANCE:
            break
    return shares


def as_digraph(graph: TrustGraph) -> nx.DiGraph:
    digraph = nx.DiGraph()
    digraph.add_nodes_from(range(graph.nodes))
    sources = np.repeat(np.arange(graph.nodes), np.diff(graph.indptr))
    edges = zip(sources.tolist(), graph.indices.tolist(), graph.trust.tolist(), strict=True)
    digraph.add_weighted_edges_from(edges)
    return digraph


def pagerank(digraph: nx.DiGraph, graph: TrustGraph) -> Shares:
    """Its tolerance is for each node; where it has nobody to trust a node follows the personalisation, as ours."""
    pretrust = dict(enumerate((graph.pretrust / graph.pretrust.sum()).tolist()))
    shares = nx.pagerank(
        digraph, alpha=1 - DAMPING, personalization=pretrust, max_iter=MAX_ITERATIONS, tol=TOLERANCE / graph.nodes
    )
    return np.array([shares[node] for node in range(graph.nodes)])


def checks(graph: TrustGraph, calls: list[tuple[str, int, Callable[[], Shares]]], answers: list[Shares]) -> list[Check]:
    listed = [
        Check.at_most(f"{name}: L1 distance from lvs", distance(answer, answers[0]), L1_TARGET)
        for (name, _, _), answer in zip(calls, answers, strict=True)
        if name != "lvs"
    ]
    if graph.expected is not None:
        known = distance(answers[0], graph.expected)
        listed.append(Check.at_most("lvs: L1 distance from eigentrust_otc.csv", known, L1_TARGET))
    return listed


def distance(a: Shares, b: Shares) -> float:
    return float(np.abs(a - b).sum())
