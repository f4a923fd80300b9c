"""What `pip install .` makes: one wheel for CPython 3.10 and later, that needs nothing but NumPy."""

import os
import re
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import lvs
import pytest

PACKAGE = Path(__file__).parents[1]
FREE_THREADED = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Built as pip does it, in an environment of its own; what is compiled already is not compiled again."""
    folder = tmp_path_factory.mktemp("wheel")
    # The line of README.md, but for where the wheel goes.
    (line,) = re.findall(r"^    (pip wheel .*)$", (PACKAGE / "README.md").read_text(), re.MULTILINE)
    command = [sys.executable, "-m", *line.replace("--wheel-dir dist", f"--wheel-dir {folder}").split()]
    environment = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    run = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=PACKAGE)
    assert run.returncode == 0, run.stdout + run.stderr
    (wheel,) = folder.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    folder = tmp_path_factory.mktemp("installed")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def python(installed, code):
    """Runs code where the wheel's package comes first."""
    start = f"import sys; sys.path.insert(0, {str(installed)!r})\n"
    run = subprocess.run([sys.executable, "-c", start + code], capture_output=True, text=True, cwd=installed)
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout.strip()


def test_it_is_for_every_later_python(wheel):
    if FREE_THREADED:
        pytest.skip("the stable ABI: a free-threaded interpreter has a wheel of its own")
    assert wheel.name.startswith(f"liblvs-{lvs.__version__}-cp310-abi3-")
    audit = [sys.executable, "-m", "abi3audit", "--strict", wheel]
    run = subprocess.run(audit, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr


def test_nothing_is_missing(wheel, installed):
    names = set(zipfile.ZipFile(wheel).namelist())
    sources = {f"lvs/{path.name}" for path in (PACKAGE / "python" / "lvs").iterdir() if path.suffix in (".py", ".pyi", ".typed")}
    assert sources <= names and "lvs/py.typed" in names
    assert python(installed, "import lvs; print(lvs.__file__)").startswith(str(installed))


def test_the_licenses_come_with_it(wheel):
    with zipfile.ZipFile(wheel) as archive:
        folder = f"liblvs-{lvs.__version__}.dist-info"
        told = archive.read(f"{folder}/METADATA").decode()
        for name in ("LICENSE-APACHE", "LICENSE-MIT"):
            assert archive.read(f"{folder}/licenses/{name}") == (PACKAGE.parent / name).read_bytes()
            assert f"License-File: {name}" in told.splitlines()


def test_importing_it_imports_numpy_only(installed):
    code = """
import sys
import numpy
before = {name.partition('.')[0] for name in sys.modules}
import lvs
after = {name.partition('.')[0] for name in sys.modules}
print(sorted(after - before - set(sys.stdlib_module_names)))
"""
    assert python(installed, code) == "['lvs']"


@pytest.mark.parametrize(
    ("missing", "call", "extra"),
    [
        ("pandas", "lvs.watch(swarm, 1)", "frames"),
        ("pandas", "lvs.backends().to_frame()", "frames"),
        ("matplotlib", "lvs.plot.trust(swarm)", "plot"),
        ("tqdm", "swarm.step(1, progress=True)", "progress"),
        ("distributed", "lvs.sweep(dict, seed=1)", "sweep"),
    ],
)
def test_what_is_missing_is_named_with_the_extra_that_brings_it(installed, missing, call, extra):
    code = f"""
import sys
sys.modules['{missing}'] = None
import lvs
swarm = lvs.Swarm([0, 0], [], [[1]])
try:
    {call}
except ImportError as error:
    print(error)
"""
    said = python(installed, code)
    assert said.endswith(f"needs {missing}: pip install 'liblvs[{extra}]'")
    assert f"\n{extra} = [" in (PACKAGE / "pyproject.toml").read_text()


def test_a_free_threaded_interpreter_stays_so(installed):
    if not FREE_THREADED:
        pytest.skip("free threads: this interpreter has a lock; LVS_PYTHON can name one that has none")
    assert python(installed, "import lvs; print(sys._is_gil_enabled())") == "False"
