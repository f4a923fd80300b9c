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
    """An engine of every backend that can run here, with 1, 2 and 3 threads."""
    return [lvs.Engine(name, threads) for name, threads in itertools.product(AVAILABLE, THREADS)]


@pytest.fixture(scope="session")
def engine():
    return lvs.Engine(threads=1)


@pytest.fixture(autouse=True)
def no_figures_left():
    """Figures stay open until they are closed."""
    yield
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.close("all")
