# Packages made of it, and whether a later version can take its place.

# dpkg in a folder of its own, with an ldconfig that only notes that it was called: nothing of this system is changed.
in_debian() {
    mkdir -p "$work/stand-in" && printf '#!/bin/sh\necho called >>"%s/ldconfig"\n' "$work" >"$work/stand-in/ldconfig" &&
        chmod +x "$work/stand-in/ldconfig" && PATH=$work/stand-in:$PATH dpkg "--root=$work/debian" --force-not-root \
            --force-depends --force-script-chrootless --log=/dev/null "$@"
}

debian_packages() {
    (cd "$build" && cpack -G DEB) && mkdir -p "$work"/debian/var/lib/dpkg/{info,updates,triggers} &&
        touch "$work"/debian/var/lib/dpkg/{status,available} && in_debian --install "$build"/liblvs*.deb &&
        [ -s "$work/ldconfig" ] && in_debian --list | grep -E '^ii +(liblvs0.1|liblvs-dev|liblvs0.1-dbg)' | wc -l | grep -x 3
}

debian_dependencies() {
    dpkg-deb --field "$build"/liblvs0.1_*.deb Depends | grep -F 'libc6 (>=' &&
        dpkg-deb --field "$build"/liblvs-dev_*.deb Depends | grep -F 'liblvs0.1 (= 0.1.0)' &&
        dpkg-deb --ctrl-tarfile "$build"/liblvs0.1_*.deb | tar -xO ./shlibs | grep -F 'liblvs 0.1 '
}

builds_with_the_debian_package() {
    local lib
    lib=$(dirname "$(find "$work/debian/usr" -name liblvs.so)") && prefix=$work/debian/usr asks_for 0.1 &&
        gcc "$work/src/usage.c" -I "$work/debian/usr/include" -L "$lib" -llvs -o "$work/debian-usage" &&
        LD_LIBRARY_PATH=$lib "$work/debian-usage"
}

debian_removes_all() {
    in_debian --purge liblvs-dev liblvs0.1-dbg liblvs0.1 && ! find "$work/debian" -name '*lvs*' | grep .
}

# The interface as debug information of C has it. SED changes the header first.
interface() { # NAME SED
    mkdir -p "$work/abi/$1" && sed "$2" "$prefix/include/lvs.h" >"$work/abi/$1/lvs.h" || return
    # Every declaration, with a body in place of its semicolon.
    { echo '#include "lvs.h"'; awk '/^LVS_API/ { on = 1 } on { if (sub(/;$/, " { __builtin_trap(); }")) last = 1; print }
        last { on = last = 0 }' "$work/abi/$1/lvs.h"; } >"$work/abi/$1/all.c"
    gcc -g -shared -fPIC -w -I "$work/abi/$1" "$work/abi/$1/all.c" -o "$work/abi/$1/liblvs.so"
}

# abidiff's exit status: bit 1 (1) and 2 (2) are mistakes of usage, bit 4 (8) says that programs break. Of structs whose
# size changed it only tells; they, too, do not fit what callers were compiled with.
compatible_with() { # OLD NEW
    local told=$work/abi/told
    abidiff --headers-dir1 "$work/abi/$1" --headers-dir2 "$work/abi/$2" "$work/abi/$1/liblvs.so" \
        "$work/abi/$2/liblvs.so" >"$told"
    [ $(($? & 11)) = 0 ] && ! grep -A1 "type 'struct lvs_" "$told" | grep -F 'type size changed'
}

structs_can_grow() {
    interface now '' &&
        interface grown '/^    uint8_t hold;$/,/reserved/ { s/hold;$/&\n    uint64_t later;/; s/reserved\[4\]/reserved[3]/ }' &&
        [ "$(grep -c 'uint64_t later;' "$work/abi/grown/lvs.h")" = 3 ] && compatible_with now grown
}

breaking_is_noticed() {
    interface broken 's/^    uint8_t hold;$/&\n    uint64_t later;/' && ! compatible_with now broken &&
        interface removed 's/lvs_credit(/lvs_esteem(/' && ! compatible_with now removed
}

# What was released keeps its interface until the soname changes.
since_the_last_release() {
    git -C "$root" show "$1:ffi/include/lvs.h" >"$work/abi/released.h" && mkdir -p "$work/abi/released" &&
        interface now '' && cp "$work/abi/released.h" "$work/abi/released/lvs.h" && compatible_with released now
}

conan=$target/conan-venv
has_conan() {
    [ -x "$conan/bin/conan" ] && return
    "${LVS_PYTHON:-python3}" -m venv "$conan" &&
        "$conan/bin/pip" install --quiet --disable-pip-version-check -r "$root/ffi/packaging/conan/requirements.txt"
}

conan_package() {
    export CONAN_HOME=$work/conan
    "$conan/bin/conan" profile detect && LVS_CARGO_TARGET_DIR=$target/c-conan "$conan/bin/conan" create \
        "$root/ffi/packaging/conan" -s build_type=Debug -o '&:gpu=False' &&
        "$conan/bin/conan" install --requires=lvs/0.1.0 -s build_type=Debug -o 'lvs/*:gpu=False' -g CMakeDeps \
            -g CMakeToolchain -of "$work/conan-use" && builds_by_conan
}

builds_by_conan() {
    mkdir "$work/conan-project" && cp "$work"/src/{usage.c,check.h,scene.h} "$work/conan-project" && cat >"$work/conan-project/CMakeLists.txt" <<'END' &&
cmake_minimum_required(VERSION 3.18)
project(by_conan C)
find_package(LVS 0.1 REQUIRED)
add_executable(usage usage.c)
target_link_libraries(usage PRIVATE LVS::lvs)
END
    cmake -S "$work/conan-project" -B "$work/conan-project/build" -DCMAKE_BUILD_TYPE=Debug \
        "-DCMAKE_TOOLCHAIN_FILE=$work/conan-use/conan_toolchain.cmake" &&
        cmake --build "$work/conan-project/build" && "$work/conan-project/build/usage"
}

# vcpkg itself cannot be had from a package registry; what its recipe shares with CMakeLists.txt is compared.
vcpkg_recipe() {
    local port=$root/ffi/packaging/vcpkg/lvs option
    "${LVS_PYTHON:-python3}" -c 'import json, sys; print(json.load(open(sys.argv[1]))["version"])' "$port/vcpkg.json" |
        grep -x 0.1.0 || return
    for option in $(grep -oE 'LVS_[A-Z_]+' "$port/portfile.cmake" | sort -u); do
        grep -qE "(option|set)\($option\b" "$root/ffi/CMakeLists.txt" || { echo "there is no option $option"; return 1; }
    done
}

if command -v dpkg-shlibdeps >/dev/null; then
    check "Debian packages are built and installed" debian_packages
    check "Debian packages name what they need" debian_dependencies
    check "a program builds with the Debian package" builds_with_the_debian_package
    check "Debian packages go without a trace" debian_removes_all
else
    skip "Debian packages: there is no dpkg-shlibdeps (Debian: dpkg-dev)"
fi

if command -v abidiff >/dev/null; then
    check "structs can grow into their reserved fields" structs_can_grow
    check "abidiff notices what would break programs" breaking_is_noticed
    release=$(git -C "$root" describe --tags --abbrev=0 --match 'v0.1.*' 2>/dev/null)
    if [ -n "$release" ]; then
        check "the interface is that of $release" since_the_last_release "$release"
    else
        skip "the interface against the last release: no version with this soname has been released"
    fi
else
    skip "growth of structs: there is no abidiff (Debian: abigail-tools)"
fi

if check "Conan can be installed" has_conan && [ -x "$conan/bin/conan" ]; then
    check "Conan makes a package that a program builds with" conan_package
fi
check "the vcpkg port knows the version and the options" vcpkg_recipe
skip "vcpkg install: vcpkg is in no package registry"
