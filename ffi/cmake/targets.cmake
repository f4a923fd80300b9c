# LVS::lvs and LVS::lvs_static for the project that took this folder in.
if(LVS_SHARED)
    add_library(LVS::lvs SHARED IMPORTED GLOBAL)
    add_dependencies(LVS::lvs lvs_cargo)
    set_target_properties(LVS::lvs PROPERTIES
        IMPORTED_LOCATION "${LVS_SHARED_FILE}"
        IMPORTED_SONAME "${LVS_SONAME}"
        INTERFACE_INCLUDE_DIRECTORIES "${CMAKE_CURRENT_SOURCE_DIR}/include")
endif()

if(LVS_STATIC)
    find_package(Threads REQUIRED)
    add_library(LVS::lvs_static STATIC IMPORTED GLOBAL)
    add_dependencies(LVS::lvs_static lvs_cargo)
    set_target_properties(LVS::lvs_static PROPERTIES
        IMPORTED_LOCATION "${LVS_STATIC_FILE}"
        INTERFACE_INCLUDE_DIRECTORIES "${CMAKE_CURRENT_SOURCE_DIR}/include"
        INTERFACE_LINK_LIBRARIES "Threads::Threads;${CMAKE_DL_LIBS};m")
endif()
