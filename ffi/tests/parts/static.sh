# The archive: in dynamic and in static programs, with musl, and in plugins.

# links_statically OUTPUT FLAGS...: usage.c, with what pkg-config says.
links_statically() {
    # shellcheck disable=SC2046
    gcc -std=c99 "${strict[@]}" "$work/src/$program.c" $(pkg-config --cflags lvs) "${@:2}" -o "$1" &&
        ! readelf -d "$1" | grep liblvs && "$1"
}

archive_in_a_dynamic_program() {
    # shellcheck disable=SC2046
    links_statically "$work/$program.static" "$(pkg-config --variable=libdir lvs)/liblvs.a" \
        $(pkg-config --static --libs-only-l lvs | sed 's/-llvs//')
}

# Graphics drivers are for shared programs: glibc warns that a static one may not load them.
in_a_static_program() {
    # shellcheck disable=SC2046
    without_drivers links_statically "$work/$program.all-static" -static $(pkg-config --static --libs lvs) &&
        ! readelf -lW "$work/$program.all-static" | grep INTERP
}

plugin_exports_only_its_own() {
    printf '#include <lvs.h>\n__attribute__((visibility("default"))) unsigned plugin(void) { return lvs_version_number(); }\n' \
        >"$work/plugin.c"
    # shellcheck disable=SC2046
    gcc -shared -fPIC -fvisibility=hidden "$work/plugin.c" $(pkg-config --cflags lvs) -o "$work/plugin.so" \
        -Wl,--exclude-libs,ALL "$prefix/lib/liblvs.a" $(pkg-config --static --libs-only-l lvs | sed 's/-llvs//') &&
        [ "$(nm -D --defined-only "$work/plugin.so" | awk '{ print $3 }')" = plugin ]
}

# Without the linker's help it exports what lvs.h declares and nothing of Rust.
plugin_exports_nothing_of_rust() {
    # shellcheck disable=SC2046
    gcc -shared -fPIC "$work/plugin.c" $(pkg-config --cflags lvs) -o "$work/plain-plugin.so" "$prefix/lib/liblvs.a" \
        $(pkg-config --static --libs-only-l lvs | sed 's/-llvs//') &&
        ! nm -D --defined-only "$work/plain-plugin.so" | awk '{ print $3 }' | grep -vE '^(lvs_.*|plugin)$'
}

without_warnings_by_musl() {
    printf '#include <lvs.h>\nint main(void) { return LVS_STATUS_OK; }\n' >"$work/musl.c" &&
        musl-gcc -std=c90 "${strict[@]}" -static -I "$prefix/include" "$work/musl.c" -o "$work/musl" && "$work/musl"
}

for program in usage dispatch; do
    check "$program.c with the archive" archive_in_a_dynamic_program
    [ $program = usage ] || {
        told '^picked '
        check "the archive picks the level that the shared library does" [ "$picked" = "$(told '^picked ')" ]
    }
    check "$program.c in a static program, gcc -static" in_a_static_program
done
check "the README's program with the archive" readme_says program-with-archive
check "the README's static program" readme_says '^gcc -static'
check "the README's plugin" readme_says 'plugin.c'
check "a plugin with --exclude-libs exports its own names only" plugin_exports_only_its_own
check "a plugin without it exports nothing of Rust" plugin_exports_nothing_of_rust

if command -v musl-gcc >/dev/null; then
    check "lvs.h with musl's headers" without_warnings_by_musl
else
    skip "lvs.h with musl's headers: there is no musl-gcc (Debian: musl-tools)"
fi
musl=$(uname -m)-unknown-linux-musl
if [ -d "$(rustc --print sysroot)/lib/rustlib/$musl/lib" ]; then
    check "the README's program with musl" readme_says 'musl-gcc'
else
    skip "liblvs.a for musl: $musl is not in this toolchain (rustup target add $musl)"
fi
