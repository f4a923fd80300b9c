# find_package(LVS) gives LVS::lvs (shared) and LVS::lvs_static, whichever is installed.
get_filename_component(_lvs_prefix "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)
set(_lvs_places "${_lvs_prefix}/lib" "${_lvs_prefix}/lib64" "${_lvs_prefix}/lib/${CMAKE_LIBRARY_ARCHITECTURE}")

find_path(LVS_INCLUDE_DIR NAMES lvs.h PATHS "${_lvs_prefix}/include" NO_DEFAULT_PATH)
find_library(LVS_SHARED_LIBRARY NAMES "${CMAKE_SHARED_LIBRARY_PREFIX}lvs${CMAKE_SHARED_LIBRARY_SUFFIX}"
    PATHS ${_lvs_places} NO_DEFAULT_PATH)
find_library(LVS_STATIC_LIBRARY NAMES "${CMAKE_STATIC_LIBRARY_PREFIX}lvs${CMAKE_STATIC_LIBRARY_SUFFIX}"
    PATHS ${_lvs_places} NO_DEFAULT_PATH)
mark_as_advanced(LVS_INCLUDE_DIR LVS_SHARED_LIBRARY LVS_STATIC_LIBRARY)

if(NOT LVS_INCLUDE_DIR OR NOT (LVS_SHARED_LIBRARY OR LVS_STATIC_LIBRARY))
    set(LVS_FOUND FALSE)
    set(LVS_NOT_FOUND_MESSAGE "lvs.h or the library is not under ${_lvs_prefix}")
    return()
endif()

if(LVS_SHARED_LIBRARY AND NOT TARGET LVS::lvs)
    add_library(LVS::lvs SHARED IMPORTED)
    set_target_properties(LVS::lvs PROPERTIES
        IMPORTED_LOCATION "${LVS_SHARED_LIBRARY}"
        INTERFACE_INCLUDE_DIRECTORIES "${LVS_INCLUDE_DIR}")
endif()

if(LVS_STATIC_LIBRARY AND NOT TARGET LVS::lvs_static)
    include(CMakeFindDependencyMacro)
    find_dependency(Threads)
    add_library(LVS::lvs_static STATIC IMPORTED)
    set_target_properties(LVS::lvs_static PROPERTIES
        IMPORTED_LOCATION "${LVS_STATIC_LIBRARY}"
        INTERFACE_INCLUDE_DIRECTORIES "${LVS_INCLUDE_DIR}"
        INTERFACE_LINK_LIBRARIES "Threads::Threads;${CMAKE_DL_LIBS};m")
endif()
