#!/bin/sh
# The speed of drift against an older state of the kernels: speed.sh [COMMIT] [OPTION...]
# Builds the program `speed` twice, with the kernels of this tree and with those of COMMIT (without one: only this tree),
# and lets both take turns. Options go to the program; see `speed.sh --help`. Words in LVS_CARGO_FLAGS go to cargo.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
target=${CARGO_TARGET_DIR:-$root/target}

say() { echo "speed: $*" >&2; }

# Builds `speed` from the tree $1 into the target folder $2.
build() {
    # shellcheck disable=SC2086
    (cd "$1" && CARGO_TARGET_DIR=$2 cargo build --quiet --release ${LVS_CARGO_FLAGS:-} \
        -p lvs-benches --bin speed)
}

say "building this tree"
build "$root" "$target"

case ${1:-} in
    '' | -*) ;;
    *)
        commit=$1
        shift
        tree=$target/speed/tree
        rm -rf "$tree"
        mkdir -p "$tree"
        git -C "$root" archive "$commit" | tar -x -C "$tree"
        # The same measurements, with other kernels.
        rm -rf "$tree/benches"
        cp -R "$root/benches" "$tree/benches"
        say "building the kernels of $commit"
        build "$tree" "$target/speed/target"
        set -- --baseline "$target/speed/target/release/speed" "$@"
        ;;
esac

say "running"
exec "$target/release/speed" "$@"
