# Builds and installs libLVS by the README's own commands; what was installed.

# The README's shell blocks, one file each, in order.
split_readme() {
    awk -v folder="$work" '/^```sh$/ { on = 1; file = sprintf("%s/readme-%02d.sh", folder, ++n); next }
        /^```/ { on = 0 } on { print > file }' "$root/ffi/README.md"
    ls "$work"/readme-*.sh
}

# A checkout to type the commands into: what they build must not lie in the repository.
make_checkout() {
    mkdir -p "$work/checkout" "$work/home" "$work/src" && ln -s "$root/ffi" "$work/checkout/ffi" &&
        cp "$tests"/c/* "$tests"/cpp/* "$tests"/cmake/* "$root"/ffi/examples/* "$work/src"
}

# readme_says WORD: the block that has it, run as it stands, by a user who knows only what the README says.
readme_says() {
    local block
    block=$(grep -l -- "$1" "$work"/readme-*.sh | head -1)
    [ -n "$block" ] || { echo "the README has no block with $1"; return 1; }
    echo "--- $block" && cat "$block"
    (cd "$work/checkout" && env -u PKG_CONFIG_PATH CARGO_HOME="${CARGO_HOME:-$HOME/.cargo}" \
        RUSTUP_HOME="${RUSTUP_HOME:-$HOME/.rustup}" HOME="$work/home" bash -eu -o pipefail "$block")
}

has_soname() {
    readelf -d "$prefix/lib/liblvs.so" | grep -F 'soname: [liblvs.so.0.1]' &&
        [ "$(readlink "$prefix/lib/liblvs.so")" = liblvs.so.0.1 ] &&
        [ "$(readlink "$prefix/lib/liblvs.so.0.1")" = liblvs.so.0.1.0 ]
}

# nm's third column: names that others can link.
exports_only_lvs() {
    nm -D --defined-only "$prefix/lib/liblvs.so" | awk '{ print $3 }' | sort >"$work/exported"
    [ "$(grep -c '^lvs_' "$work/exported")" -gt 40 ] && ! grep -v '^lvs_' "$work/exported"
}

archive_has_the_same_names() {
    nm --defined-only --extern-only "$prefix/lib/liblvs.a" | awk 'NF == 3 { print $3 }' | sort | diff "$work/exported" -
}

# Names that lvs.h declares; a name in a comment alone would be a mistake as well.
declared() { grep -ohE "$1" "$prefix/include/lvs.h" | sort -u; }

exports_what_is_declared() {
    declared '\blvs_[a-z_]+\(' | tr -d '(' | diff - "$work/exported"
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
    declared '\b(lvs|LVS)_[A-Za-z_]+\b' | grep -vxE 'lvs_|LVS_(H|API|BACKEND)' |
        missing_from "$tests"/c/*.c "$root"/ffi/examples/*.c
}

every_function_is_in_the_cpp_header() { declared '\blvs_[a-z_]+\(' | tr -d '(' | missing_from "$prefix/include/lvs.hpp"; }

# Neither symbols for linkers that no program needs nor debug information; the latter lies beside.
is_stripped() {
    ! readelf -SW "$1" | grep -E ' \.z?debug_'
}
shared_is_stripped() { is_stripped "$prefix/lib/liblvs.so" && ! readelf -SW "$prefix/lib/liblvs.so" | grep -F ' .symtab '; }

# Paths of this machine: the repository's, cargo's, the build's.
has_no_paths() {
    local file path status=0
    for file in "$prefix/lib/liblvs.so" "$prefix/lib/liblvs.a" "$build/lib/liblvs.so.0.1.0.debug"; do
        for path in "$root" "${CARGO_HOME:-$HOME/.cargo}" "$CARGO_TARGET_DIR" "$work"; do
            if grep -aoF -- "$path" "$file" | sort | uniq -c | grep .; then echo "in $file"; status=1; fi
        done
    done
    return "$status"
}

# The debug file belongs to the library, and knows the line of a function.
debug_file_tells_lines() {
    local address
    cmake --install "$build" --prefix "$prefix" --component debug &&
        readelf -W --string-dump=.gnu_debuglink "$prefix/lib/liblvs.so" | grep -F liblvs.so.0.1.0.debug &&
        address=$(nm -D "$prefix/lib/liblvs.so" | awk '$3 == "lvs_get_constants" { print $1 }') &&
        addr2line -e "$prefix/lib/liblvs.so.0.1.0.debug" "0x$address" | grep -E '^/lvs/ffi/src/|ffi/src/'
}

# A tree that was moved is found all the same.
can_be_moved() {
    cp -a "$prefix" "$work/moved" &&
        PKG_CONFIG_PATH=$work/moved/lib/pkgconfig pkg-config --variable=libdir lvs | xargs realpath |
        grep -xF "$work/moved/lib" && rm -rf "$work/moved"
}

check "the README's commands are found" split_readme
make_checkout || exit 1
check "the README builds and installs it" readme_says 'cmake --install'
[ "$failed" = 0 ] || finish
check "the library has a soname and its links" has_soname
check "only lvs_ is exported" exports_only_lvs
check "the archive shows the same names and no other" archive_has_the_same_names
check "what is exported is declared" exports_what_is_declared
check "every name of lvs.h has an example" every_name_has_an_example
check "every function of lvs.h is in lvs.hpp" every_function_is_in_the_cpp_header
check "the shared library is stripped" shared_is_stripped
check "the archive is stripped" is_stripped "$prefix/lib/liblvs.a"
check "no path of this machine is in them" has_no_paths
check "debug information is installed apart" debug_file_tells_lines
check "the installed tree can be moved" can_be_moved
printf '        liblvs.so %d KB, liblvs.a %d KB\n' $(($(stat -Lc %s "$prefix/lib/liblvs.so") / 1000)) \
    $(($(stat -c %s "$prefix/lib/liblvs.a") / 1000))
