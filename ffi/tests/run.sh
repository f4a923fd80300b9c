#!/usr/bin/env bash
# The C and C++ interface as its users meet it: installs libLVS into a folder of its own by the commands of
# ffi/README.md, and from another folder, outside the repository, compiles and runs programs against it. The checks stand
# in parts/. Ends with "N passed, N failed, N skipped".
#   CARGO_TARGET_DIR  where things are built (default target)
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1

root=$PWD
target=$(realpath -m "${CARGO_TARGET_DIR:-$root/target}")
# The C library is built with other flags than the rest of the workspace, so it has a folder of its own.
export CARGO_TARGET_DIR=$target/c
tests=$root/ffi/tests
vectors=$root/tests/vectors
readings=$root/../shared/data/intel_lab_temperature_1.txt
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
build=$work/checkout/build
prefix=$work/home/lvs
export PKG_CONFIG_PATH=$prefix/lib/pkgconfig
strict=(-Wall -Wextra -Werror -pedantic -O1 -g)

passed=0 failed=0 skipped=0

# check NAME COMMAND...: prints what the command said only if it failed.
check() {
    local name=$1 started=$SECONDS
    shift
    if "$@" >"$work/log" 2>&1; then
        passed=$((passed + 1))
        printf 'ok      %s' "$name"
    else
        failed=$((failed + 1))
        printf 'FAILED  %s: %s\n' "$name" "$*"
        sed 's/^/        /' "$work/log" | tail -60
    fi
    [ $((SECONDS - started)) -lt 5 ] && echo || printf ' (%d s)\n' $((SECONDS - started))
}

# fails_with TEXT COMMAND...: the command fails, and says this.
fails_with() {
    local text=$1
    shift
    if "$@" >"$work/refusal" 2>&1; then
        echo "it did not fail: $*"
        return 1
    fi
    grep -F -- "$text" "$work/refusal" || { cat "$work/refusal"; return 1; }
}

skip() {
    skipped=$((skipped + 1))
    printf 'NOT RUN: %s\n' "$*"
}

finish() {
    printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
    [ "$failed" = 0 ]
    exit
}

# Lines of the last check's output.
told() { grep -E "$1" "$work/log" | sed 's/^/        /'; }

for part in package header programs static cmake packages; do
    . "$tests/parts/$part.sh"
done
finish
