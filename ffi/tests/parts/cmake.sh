# The CMake package, found or fetched.

by_cmake() { # FOLDER ARGUMENTS...
    cmake -S "$work/src" -B "$1" -DCMAKE_BUILD_TYPE=Release "-DVECTORS=$vectors" "${@:2}" &&
        cmake --build "$1" --parallel 2 && ctest --test-dir "$1" --output-on-failure --no-tests=error
}

# asks_for ARGUMENTS...: configures a project that calls find_package(LVS ARGUMENTS REQUIRED).
asks_for() {
    rm -rf "$work/asks" && mkdir "$work/asks" && cat >"$work/asks/CMakeLists.txt" <<END
cmake_minimum_required(VERSION 3.19)
project(asks C)
find_package(LVS $* REQUIRED)
foreach(target LVS::lvs LVS::lvs_static)
    foreach(property IMPORTED_LOCATION INTERFACE_INCLUDE_DIRECTORIES)
        get_target_property(place \${target} \${property})
        message(STATUS "at \${place}")
    endforeach()
endforeach()
END
    cmake -S "$work/asks" -B "$work/asks/build" "-DCMAKE_PREFIX_PATH=$prefix"
}

versions_are_as_users_expect() {
    local wanted refused
    for wanted in '' 0 0.1 0.1.0 '0.1 EXACT' '0.1.0 EXACT' 0.0.5...\<0.2 0.1...0.1.0 0.1...1; do
        asks_for "$wanted" || { echo "refused: $wanted"; return 1; }
    done
    for refused in 0.2 0.0.5 0.1.1 1 '0.2 EXACT' 0.0.5...\<0.1.0 0.2...1; do
        fails_with 'considered but not accepted' asks_for "$refused" || { echo "accepted: $refused"; return 1; }
    done
}

components_are_checked() {
    asks_for 'COMPONENTS shared static' && asks_for 'OPTIONAL_COMPONENTS nonsense' &&
        fails_with 'no component nonsense' asks_for 'COMPONENTS nonsense'
}

# A project that was configured with one installation and then told of another takes all of it.
changes_its_mind() {
    cp -a "$prefix" "$work/second" && asks_for 0.1 && cmake -S "$work/asks" -B "$work/asks/build" "-DLVS_DIR=$work/second/lib/cmake/LVS" |
        tee "$work/places" && [ "$(grep -c "at $work/second/" "$work/places")" = 4 ] && ! grep -F "at $prefix" "$work/places"
}

# install_to LIBDIR: what was built, for another folder below the prefix.
is_found_in() {
    local lib=$1 to=$work/elsewhere
    rm -rf "$to" && cmake -S "$root/ffi" -B "$work/elsewhere-build" "-DCMAKE_INSTALL_LIBDIR=$lib" &&
        cmake --build "$work/elsewhere-build" && cmake --install "$work/elsewhere-build" --prefix "$to" &&
        prefix=$to asks_for 0.1 | tee "$work/places" && grep -F "at $to/$lib/liblvs.so" "$work/places" &&
        [ "$(PKG_CONFIG_PATH=$to/$lib/pkgconfig pkg-config --variable=libdir lvs | xargs realpath)" = "$to/$lib" ]
}

# With another target and profile, which cargo builds into other folders; then the project and libLVS are installed.
fetched() {
    by_cmake "$work/fetched" "-DLVS_FETCH_FROM=$root" -DLVS_GPU=OFF -DLVS_CARGO_PROFILE=dev \
        "-DLVS_CARGO_FLAGS=--target $(rustc -vV | sed -n 's/^host: //p')"
}
fetched_installs() {
    cmake --install "$work/fetched" --prefix "$work/fetched-prefix" && is_stripped "$work/fetched-prefix/lib/liblvs.a" &&
        LD_LIBRARY_PATH=$work/fetched-prefix/lib "$work/fetched-prefix/bin/usage_c" &&
        prefix=$work/fetched-prefix asks_for 0.1
}

check "CMake, find_package" by_cmake "$work/found" "-DCMAKE_PREFIX_PATH=$prefix"
check "CMake: versions and ranges" versions_are_as_users_expect
check "CMake: components" components_are_checked
check "CMake: another LVS_DIR takes all of the other" changes_its_mind
check "CMake: a libdir below lib" is_found_in lib/below/here
check "CMake: lib64" is_found_in lib64
check "CMake, FetchContent with --target" fetched
check "CMake, FetchContent installs" fetched_installs
