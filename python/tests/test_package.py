"""What surrounds the kernels: names, documentation whose examples run, stubs that match, constants nobody can change."""

import doctest
import inspect
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import lvs
import numpy as np
import pytest

PACKAGE = Path(lvs.__file__).parent
README = Path(__file__).parents[1] / "README.md"

CLASSES = [lvs.Backend, lvs.Backends, lvs.Convergence, lvs.Csr, lvs.Drift, lvs.EdgeFile, lvs.Engine, lvs.Simulation, lvs.Spectrum, lvs.Stats, lvs.Swarm, lvs.VaultGuard]
PUBLIC = {name: getattr(lvs, name) for name in lvs.__all__} | {
    f"{owner.__name__}.{name}".removeprefix("lvs."): getattr(owner, name)
    for owner in [lvs.plot, *CLASSES]
    for name in (owner.__all__ if inspect.ismodule(owner) else vars(owner))
    if not name.startswith("_")
}
CALLS = {name: member for name, member in PUBLIC.items() if callable(member)}


def documentation(member):
    # Not what an int or a str has to say about itself.
    return "" if isinstance(member, (int, str, tuple, lvs.VaultGuard)) else inspect.getdoc(member) or ""


def examples(name, text):
    test = doctest.DocTestParser().get_doctest(text, {}, name, None, 0)
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    runner.run(test)
    return runner.summarize(verbose=False)


@pytest.mark.parametrize("name", ["lvs", *CALLS])
def test_examples_in_docstrings(name):
    result = examples(name, documentation(lvs if name == "lvs" else CALLS[name]))
    assert result.failed == 0 and result.attempted > 0


@pytest.mark.parametrize("name", [name for name in PUBLIC if name not in CALLS])
def test_what_is_no_call_stands_in_an_example(name):
    """Attributes, constants and modules have no docstring to run: something else that is run uses them."""
    owner, _, attribute = name.rpartition(".")
    # An attribute stands in its own class or a call of that.
    own = [member for call, member in CALLS.items() if not owner or call.partition(".")[0] == owner]
    texts = [documentation(member) for member in ([] if owner else [lvs]) + own]
    lines = [line for text in texts for line in text.splitlines() if re.match(r"\s*(>>>|\.\.\.) ", line)]
    wanted = re.compile(rf"\.{attribute}\b" if owner else rf"\blvs(\.| import ){attribute}\b")
    assert any(wanted.search(line) for line in lines), f"no example uses {name}"


def test_the_example_in_the_readme():
    result = examples("README.md", README.read_text().split("```python")[1].split("```")[0])
    assert result.failed == 0 and result.attempted > 10


@pytest.mark.parametrize("name", [name for name, member in PUBLIC.items() if not isinstance(member, (int, str, tuple, lvs.VaultGuard))])
def test_everything_is_documented(name):
    assert len(documentation(PUBLIC[name])) > 10


def test_names_of_the_design():
    assert {"backends", "Engine", "Swarm", "sample_cells", "vaultguard", "__version__"} <= set(lvs.__all__)
    assert all(hasattr(lvs, name) for name in lvs.__all__)
    signatures = {name: str(inspect.signature(getattr(lvs.Engine, name))) for name in vars(lvs.Engine) if name in CALL}
    assert signatures == CALL
    assert str(inspect.signature(lvs.Engine)) == "(backend='auto', threads=None)"
    assert str(inspect.signature(lvs.sample_cells)) == "(seed, cells=256, count=64, *, out=None)"
    assert str(inspect.signature(lvs.Swarm)) == (
        "(indptr, indices=None, values=None, *, trust=None, learn_trust=True, frozen=None, engine=None, trim=True, "
        "hold=False, seed=0, loss=None)"
    )
    assert str(inspect.signature(lvs.Swarm.step)) == "(self, /, cycles=1, *, progress=False)"


CALL = {
    "drift": "(self, /, values, neighbors, weights, *, cycle=0, anchor=None, trim=True, hold=False, mask=None, out=None)",
    "pairwise_residuals": "(self, /, values, *, out=None)",
    "update_trust": "(self, /, trust, residuals, cells, *, out=None)",
    "weights": "(self, /, trust, *, out=None)",
    "reputation": (
        "(self, /, indptr, indices=None, trust=None, *, damping=0.15, alpha=None, pretrust=None, tol=1e-09, "
        "max_iter=1000, full_output=False, out=None)"
    ),
}


def test_stubs_match_the_runtime():
    assert (PACKAGE / "py.typed").exists() and (PACKAGE / "_native.pyi").exists()
    command = [sys.executable, "-m", "mypy.stubtest", "lvs", "--concise", "--mypy-config-file", "pyproject.toml"]
    run = subprocess.run(command, capture_output=True, text=True, cwd=README.parent)
    assert run.returncode == 0, run.stdout + run.stderr


def test_the_package_has_types_that_fit():
    run = subprocess.run([sys.executable, "-m", "mypy", PACKAGE], capture_output=True, text=True, cwd=README.parent)
    assert run.returncode == 0, run.stdout + run.stderr


TYPED = """
import array
import lvs, numpy as np, pandas as pd, polars as pl
ints, rows, shares = np.zeros(3, np.int64), np.zeros((1, 3), np.int64), np.zeros(1, np.uint16)
floats, mask = np.zeros(3), np.zeros((1, 3), np.bool_)
engine = lvs.Engine("scalar")
"""
# What a checker must say of a line is what happens when it runs.
GOOD = """
drift: lvs.Drift = engine.drift(ints, rows, shares, cycle=1, hold=True, mask=mask)
drift = engine.drift(pd.Series(ints), rows, pl.Series(values=shares))
drift = engine.drift(array.array("q", [1, 2, 3]), [[1, 2, 3]], [1])
units: int = lvs.to_units(1.5)
share: np.uint64 = engine.reputation([0, 1, 2], [1, 0], [9, 9], alpha=0.85)[0]
end: lvs.Convergence = engine.reputation([0, 1, 2], [1, 0], [9, 9], full_output=True)[1]
floored: int = lvs.Swarm([0, 0], [], [[1]], seed=7).stats.floored
lvs.Swarm(lvs.Csr(np.array([0, 0]), np.array([], np.int64), None, [0]), values=[[1]]).step(2, progress=False)
lvs.Swarm(pd.DataFrame([[0, 1], [1, 0]]), values=[[1], [2]])
frame: pd.DataFrame = lvs.simulate("ring", nodes=12, degree=2, cycles=None, seed=None)
lvs.trial(attack="pull", nodes=40, degree=8, cycles=3)
"""
BAD = """
engine.drift(floats, rows, shares)
engine.drift(ints, floats[None], shares)
engine.drift(ints, rows, floats)
engine.drift(ints, rows, shares, cycles=1)
lvs.simulate("ring", nods=12)
lvs.simulate("ring", nodes=12.5)
lvs.trial("ring", cycles="many")
lvs.Swarm([0, 0], [], [[1.5]])
"""


@pytest.mark.parametrize("checker", ["mypy", "pyright"])
def test_types_are_as_at_run_time(checker, tmp_path):
    assert subprocess.run([sys.executable, "-c", TYPED + GOOD], capture_output=True, text=True).stderr == ""
    for line in BAD.strip().splitlines():
        with pytest.raises((TypeError, ValueError)):
            exec(TYPED + line, {})
    (tmp_path / "good.py").write_text(TYPED + GOOD)
    (tmp_path / "bad.py").write_text(TYPED + BAD)
    first = len(TYPED.splitlines()) + 1
    assert refused(checker, tmp_path / "good.py") == set()
    assert refused(checker, tmp_path / "bad.py") == {*range(first + 1, first + 1 + len(BAD.strip().splitlines()))}


def refused(checker, path):
    """The lines that a type checker finds an error in."""
    module = {"mypy": "mypy", "pyright": "basedpyright"}[checker]
    options = ["--cache-dir", path.parent / "cache"] if checker == "mypy" else ["--level", "error", "--pythonpath", sys.executable]
    if checker == "pyright":
        settings = {"typeCheckingMode": "standard", "include": [path.name]}
        (path.parent / "pyrightconfig.json").write_text(json.dumps(settings | {"reportMissingModuleSource": False}))
    run = subprocess.run([sys.executable, "-m", module, *options, path], capture_output=True, text=True, cwd=path.parent)
    found = re.findall(rf"{path.name}:(\d+):.*?error", run.stdout)
    assert bool(found) == bool(run.returncode), run.stdout + run.stderr
    return set(map(int, found))


def test_nothing_is_said_on_standard_error():
    """Drivers look for a window system where none is wanted; and the caller's environment stays as it is."""
    code = "import os, lvs; before = dict(os.environ); lvs.backends(); lvs.Engine(); assert os.environ == before"
    code += "; [lvs.Engine(b) for b in lvs.backends() if b.available]"
    code += "; lvs.simulate(nodes=3_000, cells=64, cycles=2); assert os.environ == before"
    bare = {name: value for name, value in os.environ.items() if name not in ("XDG_RUNTIME_DIR", "WAYLAND_DISPLAY")}
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=bare)
    assert (run.returncode, run.stderr, run.stdout) == (0, "", "")


def test_names_are_spelled_one_way():
    """As `neighbors` is, in all that Python's users read."""
    read = [*PACKAGE.glob("*.py*"), README, *README.parent.glob("docs/**/*.md"), *README.parent.glob("docs/**/*.ipynb")]
    assert len(read) > 15 and not [path.name for path in read if re.search("neighbour", path.read_text(), re.IGNORECASE)]
    documented = [name for name, member in PUBLIC.items() if "neighbour" in documentation(member).lower()]
    assert documented == []


def test_version():
    assert re.fullmatch(r"\d+\.\d+\.\d+", lvs.__version__)
    citation = (README.parents[1] / "CITATION.cff").read_text()
    assert f"\nversion: {lvs.__version__}\n" in citation


def test_vaultguard_is_what_the_specification_says_and_stays_so():
    guard = lvs.vaultguard
    constants = dict(
        MICRO_VU=10**6, VALUE_MAX=2**62, DIFFERENCE_MAX=2**46 - 1, WEIGHT_MAX=65_535, TRIM=21_846, RATE_SHIFT=6,
        RATE_FLOOR=10**6, DRAIN_SHIFT=2, WINDOW=4096, NEIGHBORS_MAX=4096,
    )  # fmt: skip
    assert {name: getattr(guard, name) for name in vars(lvs.VaultGuard) if name.isupper()} == constants
    with pytest.raises(AttributeError):
        guard.RATE_SHIFT = 0
    with pytest.raises(AttributeError):
        guard.OTHER = 0


def test_backends():
    listed = {backend.name: backend for backend in lvs.backends()}
    assert {"auto", "scalar", "simd", "simd:portable", "simd:avx2", "simd:avx512", "simd:neon", "gpu"} <= set(listed)
    assert {backend.kind for backend in listed.values()} == {"scalar", "simd", "gpu"}
    assert all(backend.reason for backend in listed.values())
    assert all(b.available == (b.compiled and b.detected) for b in listed.values())
    assert lvs.Engine(listed["scalar"]).backend == "scalar"
    assert listed == {backend.name: backend for backend in lvs.backends()}


def test_engine_says_what_it_is():
    engine = lvs.Engine("scalar", threads=2)
    assert (engine.backend, engine.threads, repr(engine)) == ("scalar", 2, "lvs.Engine(backend='scalar', threads=2)")
    assert "scalar" in engine.choice and "2 thread" in engine.choice
    assert lvs.Engine("simd").backend.startswith("simd:")
    assert lvs.Engine("scalar", np.int8(2)).threads == 2


def test_reprs(engine):
    swarm = lvs.Swarm([0, 1, 2], [1, 0], [[1], [2]], engine=engine)
    drift = engine.drift([1], [[1]], [1])
    assert repr(swarm) == "<lvs.Swarm of 2 rows, 1 cells, 2 edges, at cycle 0>"
    assert repr(drift).startswith("<lvs.Drift of 1 cells by 1 neighbors: rate_limited=0")
    assert repr(swarm.stats).startswith("<lvs.Stats rate_limited=0") and swarm.stats == swarm.stats
    assert repr(lvs.backends()[1]).startswith("<lvs.Backend 'scalar', available: ")
    assert swarm.engine is engine
