#!/bin/sh
# The race of the GPU. Builds its Rust part unless --binary names one, takes the PyTorch of $PYTHON (default python3) if
# it has one and installs benches/gpu_requirements.txt into a virtual environment under target/ if not (5 GB: CUDA's
# libraries come along), and prints one Markdown report. See benches/gpu_race.sh --help.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
target=${CARGO_TARGET_DIR:-$root/target}
folder=$target/gpu-race
environment=$folder/venv
python=${PYTHON:-python3}

# The command as it was given, for the report.
export GPU_RACE_COMMAND="benches/gpu_race.sh${*:+ $*}"

say() { echo "gpu_race: $*" >&2; }

if "$python" -c 'import numpy, torch' 2>/dev/null; then
    say "taking the packages of $python as they are"
else
    if [ ! -x "$environment/bin/python" ]; then
        say "making a virtual environment"
        "$python" -m venv "$environment"
    fi
    python=$environment/bin/python
    if ! cmp -s "$root/benches/gpu_requirements.txt" "$environment/installed"; then
        say "installing benches/gpu_requirements.txt, which takes 5 GB"
        "$python" -m pip install --quiet --disable-pip-version-check -r "$root/benches/gpu_requirements.txt"
        cp "$root/benches/gpu_requirements.txt" "$environment/installed"
    fi
fi

case " $* " in
*" --binary"* | *" --help "* | *" -h "*) ;;
*)
    say "building the Rust part"
    (cd "$root" && cargo build --quiet --release --locked -p lvs-benches --bin gpu_race)
    set -- --binary "$target/release/gpu_race" "$@"
    ;;
esac

PYTHONPATH=$root/benches exec "$python" -m gpu_race --folder "$folder" "$@"
