# An overlay port, used from a checkout:  vcpkg install lvs --overlay-ports=ffi/packaging/vcpkg
# cargo must be on PATH; vcpkg passes it on with VCPKG_KEEP_ENV_VARS=PATH.
get_filename_component(SOURCE_PATH "${CMAKE_CURRENT_LIST_DIR}/../../../.." ABSOLUTE)

vcpkg_check_features(OUT_FEATURE_OPTIONS FEATURE_OPTIONS FEATURES gpu LVS_GPU)
string(COMPARE EQUAL "${VCPKG_LIBRARY_LINKAGE}" dynamic LVS_SHARED)
string(COMPARE EQUAL "${VCPKG_LIBRARY_LINKAGE}" static LVS_STATIC)

vcpkg_cmake_configure(
    SOURCE_PATH "${SOURCE_PATH}/ffi"
    OPTIONS ${FEATURE_OPTIONS} "-DLVS_SHARED=${LVS_SHARED}" "-DLVS_STATIC=${LVS_STATIC}"
    OPTIONS_DEBUG -DLVS_CARGO_PROFILE=dev)
vcpkg_cmake_install()
vcpkg_cmake_config_fixup(PACKAGE_NAME LVS CONFIG_PATH lib/cmake/LVS)
vcpkg_fixup_pkgconfig()
file(REMOVE_RECURSE "${CURRENT_PACKAGES_DIR}/debug/include")
vcpkg_install_copyright(FILE_LIST "${SOURCE_PATH}/LICENSE-MIT" "${SOURCE_PATH}/LICENSE-APACHE")
