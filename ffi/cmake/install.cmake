# What `cmake --install` puts where. Packagers take it apart by component: runtime, development, debug.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# find_package looks in lib*, in lib/<architecture> and in share: for a library that lies elsewhere, share it is.
if(CMAKE_INSTALL_LIBDIR MATCHES "^lib[^/]*$" OR CMAKE_INSTALL_LIBDIR STREQUAL "lib/${CMAKE_LIBRARY_ARCHITECTURE}")
    set(_lvs_cmake_dir "${CMAKE_INSTALL_LIBDIR}/cmake/LVS")
else()
    set(_lvs_cmake_dir "${CMAKE_INSTALL_DATADIR}/cmake/LVS")
endif()
set(LVS_INSTALL_CMAKEDIR "${_lvs_cmake_dir}" CACHE STRING "Where the CMake package is installed")

configure_package_config_file(cmake/lvs-config.cmake.in lvs-config.cmake
    INSTALL_DESTINATION "${LVS_INSTALL_CMAKEDIR}"
    PATH_VARS CMAKE_INSTALL_INCLUDEDIR CMAKE_INSTALL_LIBDIR)
configure_file(cmake/lvs-config-version.cmake.in lvs-config-version.cmake @ONLY)

# Relative to lvs.pc itself, so that the installed tree can be moved; absolute where the user chose absolute folders.
set(LVS_PC_PREFIX "${CMAKE_INSTALL_PREFIX}")
set(LVS_PC_INCLUDEDIR "${CMAKE_INSTALL_FULL_INCLUDEDIR}")
set(LVS_PC_LIBDIR "${CMAKE_INSTALL_FULL_LIBDIR}")
if(NOT IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}" AND NOT IS_ABSOLUTE "${CMAKE_INSTALL_INCLUDEDIR}")
    file(RELATIVE_PATH _lvs_up "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
    string(REGEX REPLACE "/$" "" _lvs_up "${_lvs_up}")
    set(LVS_PC_PREFIX "\${pcfiledir}/${_lvs_up}")
    set(LVS_PC_INCLUDEDIR "\${prefix}/${CMAKE_INSTALL_INCLUDEDIR}")
    set(LVS_PC_LIBDIR "\${prefix}/${CMAKE_INSTALL_LIBDIR}")
endif()
# Compilers add the unwinder themselves: -lgcc_s or, when all is static, -lgcc_eh.
set(LVS_PC_PRIVATE "-lpthread -lm -ldl")
configure_file(cmake/lvs.pc.in lvs.pc @ONLY)

if(LVS_SHARED)
    install(FILES "${LVS_SHARED_FILE}" "${LVS_LIBRARY_DIR}/${LVS_SONAME}" DESTINATION "${CMAKE_INSTALL_LIBDIR}"
        COMPONENT runtime PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)
    install(FILES "${LVS_LIBRARY_DIR}/${LVS_LINK_NAME}" DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT development)
    install(FILES "${LVS_DEBUG_FILE}" DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT debug
        EXCLUDE_FROM_ALL OPTIONAL)
endif()
if(LVS_STATIC)
    install(FILES "${LVS_STATIC_FILE}" DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT development)
endif()
install(FILES include/lvs.h include/lvs.hpp DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" COMPONENT development)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/lvs.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig"
    COMPONENT development)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/lvs-config.cmake" "${CMAKE_CURRENT_BINARY_DIR}/lvs-config-version.cmake"
    DESTINATION "${LVS_INSTALL_CMAKEDIR}" COMPONENT development)
