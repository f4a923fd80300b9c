"""A processor without AVX: the package is imported and every kernel answers as here."""

import json
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import lvs
import plain_processor
import pytest

# The plainest model on which NumPy itself runs: SSE4.2, no AVX.
MODEL = "Nehalem"


def test_without_avx():
    if platform.machine() != "x86_64":
        pytest.skip(f"a processor without AVX: this one is {platform.machine()}, where there is none")
    qemu = shutil.which("qemu-x86_64") or shutil.which("qemu-x86_64-static")
    if qemu is None:
        pytest.skip("a processor without AVX: qemu-x86_64 (Debian's qemu-user) is not installed")
    command = [qemu, "-cpu", MODEL, sys.executable, Path(plain_processor.__file__)]
    run = subprocess.run(command, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
    there = json.loads(run.stdout.splitlines()[-1])
    assert there["auto"] == "simd:portable" and there["detected"]["simd:portable"]
    assert not any(there["detected"][name] for name in ("simd:avx2", "simd:avx512"))
    here = json.loads(json.dumps(plain_processor.answers(lvs.Engine("scalar", threads=1))))
    assert set(there["answers"]) >= {"auto", "scalar", "simd", "simd:portable"}
    for name, answers in there["answers"].items():
        for kernel, answer in answers.items():
            assert answer == here[kernel], (name, kernel)
