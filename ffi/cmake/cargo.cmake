# How cargo is called, and what comes of it: the target lvs_cargo, the paths LVS_SHARED_FILE and LVS_STATIC_FILE.
find_program(LVS_CARGO cargo HINTS "$ENV{CARGO_HOME}/bin" "$ENV{HOME}/.cargo/bin")
mark_as_advanced(LVS_CARGO)
if(NOT LVS_CARGO)
    message(FATAL_ERROR "libLVS needs cargo: install Rust, https://rustup.rs, and put it on PATH")
endif()

separate_arguments(LVS_CARGO_ARGUMENTS NATIVE_COMMAND "${LVS_CARGO_FLAGS}")
if(NOT LVS_GPU)
    list(APPEND LVS_CARGO_ARGUMENTS --no-default-features)
endif()

# Rust links musl statically unless told otherwise, and then makes no shared libraries.
if(LVS_CARGO_FLAGS MATCHES "--target[ =]+([^ ]+)")
    set(LVS_RUST_TARGET "${CMAKE_MATCH_1}")
else()
    set(LVS_RUST_TARGET "$ENV{CARGO_BUILD_TARGET}")
endif()
if(LVS_SHARED AND LVS_RUST_TARGET MATCHES "-musl" AND NOT "$ENV{RUSTFLAGS}" MATCHES "-crt-static")
    message(STATUS "libLVS: only the static library is built for ${LVS_RUST_TARGET}")
    set(LVS_SHARED OFF)
endif()
if(NOT LVS_SHARED AND NOT LVS_STATIC)
    message(FATAL_ERROR "libLVS: one of LVS_SHARED and LVS_STATIC must be ON, and possible for the target")
endif()

# While the major version is 0, another minor one has another interface.
if(PROJECT_VERSION_MAJOR EQUAL 0)
    set(LVS_SOVERSION "0.${PROJECT_VERSION_MINOR}")
else()
    set(LVS_SOVERSION "${PROJECT_VERSION_MAJOR}")
endif()

# What is built lies under the names it is installed by, so that a program finds the same from either place.
set(LVS_LIBRARY_DIR "${CMAKE_CURRENT_BINARY_DIR}/lib")
set(LVS_LINK_NAME "liblvs${CMAKE_SHARED_LIBRARY_SUFFIX}")
set(LVS_SONAME "${LVS_LINK_NAME}.${LVS_SOVERSION}")
set(LVS_SHARED_FILE "${LVS_LIBRARY_DIR}/${LVS_LINK_NAME}.${PROJECT_VERSION}")
set(LVS_DEBUG_FILE "${LVS_SHARED_FILE}.debug")
set(LVS_STATIC_FILE "${LVS_LIBRARY_DIR}/liblvs.a")

set(LVS_CRATE_TYPES "")
set(_lvs_products "")
if(LVS_SHARED)
    list(APPEND LVS_CRATE_TYPES cdylib)
    list(APPEND _lvs_products "${LVS_SHARED_FILE}" "${LVS_DEBUG_FILE}"
        "${LVS_LIBRARY_DIR}/${LVS_SONAME}" "${LVS_LIBRARY_DIR}/${LVS_LINK_NAME}")
endif()
if(LVS_STATIC)
    list(APPEND LVS_CRATE_TYPES staticlib)
    list(APPEND _lvs_products "${LVS_STATIC_FILE}")
endif()
string(REPLACE ";" "," LVS_CRATE_TYPES "${LVS_CRATE_TYPES}")

configure_file(cmake/build.cmake.in lvs-build.cmake @ONLY)
# Always run: cargo knows best whether there is something to do.
add_custom_target(lvs_cargo ALL
    COMMAND "${CMAKE_COMMAND}" -P "${CMAKE_CURRENT_BINARY_DIR}/lvs-build.cmake"
    BYPRODUCTS ${_lvs_products}
    COMMENT "Building libLVS with cargo"
    USES_TERMINAL VERBATIM)
