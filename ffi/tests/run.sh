#!/usr/bin/env bash
# The C and C++ interface as its users meet it: installs the package into a folder of its own, and from another folder,
# outside the repository, compiles and runs programs against it. Ends with "N passed, N failed, N skipped".
#   CARGO_TARGET_DIR  where things are built (default target)
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1

root=$PWD
target=${CARGO_TARGET_DIR:-$root/target}
cargo_c=0.10.24+cargo-0.98.0 # the newest for Rust 1.95
tests=$root/ffi/tests
vectors=$root/tests/vectors
readings=$root/../shared/data/intel_lab_temperature_1.txt
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
prefix=$work/prefix
export PKG_CONFIG_PATH=$prefix/lib/pkgconfig
strict=(-Wall -Wextra -Werror -pedantic -O1 -g)

passed=0 failed=0 skipped=0

# check NAME COMMAND...: prints what the command said only if it failed.
check() {
    local name=$1
    shift
    if "$@" >"$work/log" 2>&1; then
        passed=$((passed + 1))
        printf 'ok      %s\n' "$name"
    else
        failed=$((failed + 1))
        printf 'FAILED  %s: %s\n' "$name" "$*"
        sed 's/^/        /' "$work/log" | tail -60
    fi
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

# The package ------------------------------------------------------------------------------------------------------

# cargo-c of this toolchain's time: what Debian 12 has cannot read this workspace.
install_cargo_c() {
    [ -x "$target/cargo-c/bin/cargo-cinstall" ] && return
    CARGO_PROFILE_DEV_DEBUG=0 CARGO_TARGET_DIR=$target/cargo-c-build cargo install --quiet --locked --debug \
        --version "$cargo_c" --bin cargo-cinstall --root "$target/cargo-c" cargo-c &&
        rm -rf "$target/cargo-c-build"
}

install_package() {
    "$target/cargo-c/bin/cargo-cinstall" cinstall --locked --release --manifest-path "$root/ffi/Cargo.toml" \
        --target-dir "$target" --prefix "$prefix" --libdir "$prefix/lib"
}

has_soname() { readelf -d "$prefix/lib/liblvs.so" | grep -F 'soname: [liblvs.so.0.1]'; }

# nm's third column: names that others can link.
exports_only_lvs() {
    nm -D --defined-only "$prefix/lib/liblvs.so" | awk '{ print $3 }' >"$work/exported"
    [ "$(grep -c '^lvs_' "$work/exported")" -gt 40 ] && ! grep -v '^lvs_' "$work/exported"
}

# Names that lvs.h declares; a name in a comment alone would be a mistake as well.
declared() { grep -ohE "$1" "$prefix/include/lvs.h" | sort -u; }

exports_what_is_declared() {
    declared '\blvs_[a-z_]+\(' | tr -d '(' | diff - <(sort "$work/exported")
}

# missing_from FILES...: which of the names on standard input occur in none of them.
missing_from() {
    local name status=0
    while read -r name; do
        grep -qwF -- "$name" "$@" || { echo "$name has no example"; status=1; }
    done
    return "$status"
}

every_name_has_an_example() {
    declared '\b(lvs|LVS)_[A-Za-z_]+\b' | grep -vxE 'lvs_|LVS_(H|BACKEND)' |
        missing_from "$tests"/c/*.c "$root"/ffi/examples/*.c
}

every_function_is_in_the_cpp_header() { declared '\blvs_[a-z_]+\(' | tr -d '(' | missing_from "$prefix/include/lvs.hpp"; }

stands_alone() { # COMPILER STANDARD HEADER
    printf '#include <%s>\nint main(void) { return 0; }\n' "$3" >"$work/alone.${3/lvs./}"
    [ "$3" = lvs.h ] && mv "$work/alone.h" "$work/alone.c" || mv "$work/alone.hpp" "$work/alone.cpp"
    "$1" "-std=$2" "${strict[@]}" -I "$prefix/include" -fsyntax-only "$work"/alone.c*
    local status=$?
    rm -f "$work"/alone.*
    return "$status"
}

# Programs ---------------------------------------------------------------------------------------------------------

# build COMPILER LANGUAGE PROGRAM OUTPUT FLAGS...: with what pkg-config says.
build() {
    local compiler=$1 language=$2 program=$3 output=$4 standard=c99 sources
    shift 4
    [ "$language" = cpp ] && standard=c++17
    sources=("$work/src/$program.$language")
    [ "$program.$language" = vectors.c ] && sources+=("$work/src/entries.c")
    # shellcheck disable=SC2046
    "$compiler" "-std=$standard" "${strict[@]}" "${sources[@]}" "$@" $(pkg-config --cflags --libs lvs libcjson) \
        -pthread -o "$output"
}

runs() { # PROGRAM ARGUMENTS...
    LD_LIBRARY_PATH=$prefix/lib "$@"
}

builds_and_runs() { # COMPILER LANGUAGE PROGRAM ARGUMENTS...
    local output=$work/$3.$1
    build "$1" "$2" "$3" "$output" && runs "$output" "${@:4}"
}

with_every_compiler() { # LANGUAGE PROGRAM ARGUMENTS...
    local compiler compilers=(gcc clang)
    [ "$1" = cpp ] && compilers=(g++ clang++)
    for compiler in "${compilers[@]}"; do
        check "$2.$1 with $compiler, by pkg-config" builds_and_runs "$compiler" "$@"
    done
}

# A graphics driver's own leaks are not ours to judge: under the tools below none is loaded.
without_drivers() { VK_DRIVER_FILES=/nonexistent VK_ICD_FILENAMES=/nonexistent "$@"; }

sanitized() { # LANGUAGE PROGRAM ARGUMENTS...
    local output=$work/$2.$1.sanitized compiler=gcc
    [ "$1" = cpp ] && compiler=g++
    build "$compiler" "$1" "$2" "$output" -fsanitize=address,undefined -fno-sanitize-recover=all &&
        without_drivers runs "$output" "${@:3}"
}

under_valgrind() { # PROGRAM ARGUMENTS...
    without_drivers runs valgrind --quiet --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite "$@"
}

static_links() { # PROGRAM OUTPUT
    # shellcheck disable=SC2046
    gcc -std=c99 "${strict[@]}" "$work/src/$1.c" -I "$prefix/include" "$prefix/lib/liblvs.a" \
        $(pkg-config --static --libs-only-l lvs | sed 's/-llvs//') -o "$2" &&
        ! ldd "$2" | grep liblvs && "$2"
}

by_cmake() { # FOLDER ARGUMENTS...
    cmake -S "$work/src" -B "$1" -DCMAKE_BUILD_TYPE=Release "-DVECTORS=$vectors" "${@:2}" &&
        cmake --build "$1" --parallel 2 && ctest --test-dir "$1" --output-on-failure --no-tests=error
}

refuses_other_versions() {
    mkdir "$work/newer" && printf 'cmake_minimum_required(VERSION 3.18)\nproject(newer C)\nfind_package(LVS 0.2 REQUIRED)\n' \
        >"$work/newer/CMakeLists.txt"
    ! cmake -S "$work/newer" -B "$work/newer/build" "-DCMAKE_PREFIX_PATH=$prefix"
}

# 30 readings around 21 degrees, and mote 17 is broken.
make_readings() {
    awk 'BEGIN { srand(11); for (i = 1; i <= 30; i++) printf "%.4f\n", i == 17 ? 3.25 : 20 + 2 * rand() }' >"$1"
}

averages() { # PROGRAM FILE MOTE
    runs "$1" "$2" && runs "$1" "$2" | grep -qE "^least trusted +mote $3 "
}

# The example of the README, completed.
readme_example() { # LANGUAGE BEFORE AFTER
    local compiler=gcc
    [ "$1" = cpp ] && compiler=g++
    awk -v fence="\`\`\`$1" '$0 == fence { on = 1; next } /^```/ { on = 0 } on' "$root/ffi/README.md" >"$work/block"
    { grep '^#include' "$work/block"; printf '%s\n' "$2"; grep -v '^#include' "$work/block"; printf '%s\n' "$3"; } \
        >"$work/src/readme.$1" && builds_and_runs "$compiler" "$1" readme
}

# What runs --------------------------------------------------------------------------------------------------------

check "cargo-c $cargo_c" install_cargo_c
check "the package is installed" install_package
[ "$failed" = 0 ] || finish
mkdir "$work/src" && cp "$tests"/c/* "$tests"/cpp/* "$tests"/cmake/* "$root"/ffi/examples/* "$work/src" || exit 1

check "the library has a soname" has_soname
check "only lvs_ is exported" exports_only_lvs
check "what is exported is declared" exports_what_is_declared
check "every name of lvs.h has an example" every_name_has_an_example
check "every function of lvs.h is in lvs.hpp" every_function_is_in_the_cpp_header
for compiler in gcc clang; do
    for standard in c99 c11 c17; do check "lvs.h alone, $compiler $standard" stands_alone $compiler $standard lvs.h; done
done
for compiler in g++ clang++; do
    for standard in c++17 c++20; do check "lvs.hpp alone, $compiler $standard" stands_alone $compiler $standard lvs.hpp; done
done

for program in usage refusals threads memory allocations dispatch; do with_every_compiler c $program; done
picked=$(told '^picked ')
with_every_compiler c vectors "$vectors"
told 'golden vectors'
with_every_compiler cpp usage
with_every_compiler cpp vectors "$vectors"
told 'golden vectors'

check "the README's C example" readme_example c '#include <stdio.h>
    int main(void) {' 'return moved[0] == 2000224 ? 0 : 1; }'
check "the README's C++ example" readme_example cpp '#include <iostream>
    int main() { const std::vector<std::size_t> indptr{0, 1, 2}; const std::vector<std::uint32_t> indices{1, 0};
    const std::vector<std::int64_t> values{5000000, 5000100}; const std::size_t cells = 1;' '}'
make_readings "$work/readings.txt"
for language in c cpp; do
    with_every_compiler $language average "$work/readings.txt"
done
for example in average.gcc average.g++; do
    check "$example finds the broken mote" averages "$work/$example" "$work/readings.txt" 17
    if [ -r "$readings" ]; then
        check "$example finds the Intel Lab's broken mote" averages "$work/$example" "$readings" 5
        told '.'
    else
        skip "$example on the Intel Lab's readings: $readings is not there"
    fi
done

for program in usage refusals threads dispatch; do
    check "$program.c under AddressSanitizer and UBSan" sanitized c $program
done
check "vectors.c under AddressSanitizer and UBSan" sanitized c vectors "$vectors"
check "usage.cpp under AddressSanitizer and UBSan" sanitized cpp usage
check "vectors.cpp under AddressSanitizer and UBSan" sanitized cpp vectors "$vectors"

for program in usage refusals threads; do check "$program.c under valgrind" under_valgrind "$work/$program.gcc"; done
check "usage.cpp under valgrind" under_valgrind "$work/usage.g++"
check "vectors.c under valgrind" under_valgrind "$work/vectors.gcc" "$vectors"
told 'golden vectors'
check "dispatch.c under valgrind, which has no AVX-512" under_valgrind "$work/dispatch.gcc"
told '^picked '
check "no level is picked that valgrind lacks" [ -z "$(told '^(runs|picked) simd:avx512')" ]

check "usage.c with the static archive" static_links usage "$work/usage.static"
check "dispatch.c with the static archive" static_links dispatch "$work/dispatch.static"
told '^picked '
check "the static archive picks the level that the shared library does" [ "$picked" = "$(told '^picked ')" ]

check "CMake, find_package" by_cmake "$work/found" "-DCMAKE_PREFIX_PATH=$prefix"
check "CMake refuses another version" refuses_other_versions
check "CMake, FetchContent" by_cmake "$work/fetched" "-DLVS_FETCH_FROM=$root" -DLVS_CARGO_PROFILE=dev \
    "-DLVS_CARGO_TARGET_DIR=$target"
finish
