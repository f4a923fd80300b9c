#!/bin/sh
# Builds the Python package in a virtual environment of its own and tests it. Arguments go to pytest.
#   LVS_PYTHON       the interpreter to make the environment with (default python3)
#   LVS_PYTHON_VENV  where the environment is or shall be (default target/python-venv)
set -eu

package=$(cd "$(dirname "$0")/.." && pwd)
environment=${LVS_PYTHON_VENV:-$package/../target/python-venv}

[ -x "$environment/bin/python" ] || "${LVS_PYTHON:-python3}" -m venv "$environment"
environment=$(cd "$environment" && pwd)
python=$environment/bin/python

"$python" -m pip install --quiet --disable-pip-version-check --requirement "$package/requirements-test.txt"
cd "$package"
VIRTUAL_ENV=$environment "$environment/bin/maturin" develop --release --locked --quiet
exec "$python" -m pytest "$@"
