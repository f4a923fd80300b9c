#!/bin/sh
# The race: builds lvs in release form, installs the peers into a virtual environment under target/, runs everything
# and prints one Markdown report. Arguments go to the race itself; see benches/race.sh --help.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
target=${CARGO_TARGET_DIR:-$root/target}
environment=$target/race/venv
python=$environment/bin/python

say() { echo "race: $*" >&2; }

if [ ! -x "$python" ]; then
    say "making a virtual environment"
    "${PYTHON:-python3}" -m venv "$environment"
fi
if ! cmp -s "$root/benches/requirements.txt" "$environment/installed"; then
    say "installing benches/requirements.txt"
    "$python" -m pip install --quiet --disable-pip-version-check -r "$root/benches/requirements.txt"
    cp "$root/benches/requirements.txt" "$environment/installed"
fi

say "building the Python package lvs"
rm -rf "$target/race/wheels"
(cd "$root/python" && "$environment/bin/maturin" build --release --quiet --interpreter "$python" \
    --out "$target/race/wheels")
"$python" -m pip install --quiet --disable-pip-version-check --force-reinstall --no-deps "$target"/race/wheels/*.whl

say "building the Rust part"
(cd "$root" && cargo build --quiet --release -p lvs-benches --bin race)

say "running"
PYTHONPATH=$root/benches exec "$python" -m race --binary "$target/release/race" "$@"
