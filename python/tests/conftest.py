import itertools
import os
import sys

os.environ.setdefault("MPLBACKEND", "agg")

import lvs
import pytest
from hypothesis import settings

settings.register_profile("lvs", max_examples=60, deadline=None)
settings.load_profile("lvs")

THREADS = (1, 2, 3)
AVAILABLE = [backend.name for backend in lvs.backends() if backend.available]


def pytest_report_header():
    missing = [f"{b.name} ({b.reason})" for b in lvs.backends() if not b.available]
    return [f"lvs backends tested: {', '.join(AVAILABLE)}", f"lvs backends NOT tested: {', '.join(missing) or 'none'}"]


@pytest.fixture(scope="session")
def engines():
    """An engine of every backend of this processor, with 1, 2 and 3 threads."""
    processor = [name for name in AVAILABLE if not name.startswith("gpu")]
    return [lvs.Engine(name, threads) for name, threads in itertools.product(processor, THREADS)]


@pytest.fixture(scope="session")
def gpus_or_none():
    """An engine of every adapter, of those too that imitate one."""
    return [lvs.Engine(name) for name in AVAILABLE if name.startswith("gpu:")]


@pytest.fixture(scope="session")
def gpus(gpus_or_none):
    if not gpus_or_none:
        pytest.skip(next(f"no GPU: {backend.reason}" for backend in lvs.backends() if backend.name == "gpu"))
    return gpus_or_none


@pytest.fixture(scope="session")
def engine():
    return lvs.Engine(threads=1)


@pytest.fixture(autouse=True)
def no_figures_left():
    """Figures stay open until they are closed."""
    yield
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.close("all")
