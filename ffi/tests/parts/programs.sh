# Programs: examples, refusals, golden vectors; under sanitizers and valgrind.

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
    without_drivers runs valgrind --quiet --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite,possible \
        "--suppressions=$tests/valgrind.supp" "$@"
}

# 30 readings around 21 degrees, and mote 17 is broken.
make_readings() {
    awk 'BEGIN { srand(11); for (i = 1; i <= 30; i++) printf "%.4f\n", i == 17 ? 3.25 : 20 + 2 * rand() }' >"$1"
}

averages() { # PROGRAM FILE MOTE
    runs "$1" "$2" && runs "$1" "$2" | grep -qE "^least trusted +mote $3 "
}

# program.c and program.cpp as the README has them.
save_readme_example() { # LANGUAGE
    awk -v fence="\`\`\`$1" '$0 == fence { on = 1; next } /^```/ { on = 0 } on' "$root/ffi/README.md" \
        >"$work/checkout/program.$1" && [ -s "$work/checkout/program.$1" ]
}

readme_example() { # LANGUAGE WORD
    save_readme_example "$1" && readme_says "$2"
}

for program in usage refusals threads processes cancelling memory allocations dispatch; do
    with_every_compiler c $program
done
picked=$(told '^picked ')
for program in stack one_cell; do
    with_every_compiler c $program
    told '^(stack of|one cell)'
done
with_every_compiler c vectors "$vectors"
told 'golden vectors'
with_every_compiler cpp usage
with_every_compiler cpp vectors "$vectors"
told 'golden vectors'

check "the README's C program" readme_example c '^cc program.c .*-rpath'
check "the README's C++ program" readme_example cpp '^c++ '
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
check "processes.c under valgrind, without forks" under_valgrind "$work/processes.gcc" threads
check "usage.cpp under valgrind" under_valgrind "$work/usage.g++"
check "vectors.c under valgrind" under_valgrind "$work/vectors.gcc" "$vectors"
told 'golden vectors'
check "dispatch.c under valgrind, which has no AVX-512" under_valgrind "$work/dispatch.gcc"
told '^picked '
check "no level is picked that valgrind lacks" [ -z "$(told '^(runs|picked) simd:avx512')" ]
