# `cpack -G DEB` makes Debian packages of what is installed, `cpack -G TGZ` archives, by component.
set(CPACK_PACKAGE_NAME lvs)
set(CPACK_PACKAGE_VENDOR "The LVS developers")
set(CPACK_PACKAGE_CONTACT "The LVS developers")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_COMPONENTS_ALL runtime development debug)
set(CPACK_STRIP_FILES FALSE) # done already; what is left in the debug files must stay

# Debian's names: the runtime's holds the soname's version, so that two of them can be installed side by side.
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_NAME "liblvs${LVS_SOVERSION}")
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME liblvs-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS "liblvs${LVS_SOVERSION} (= ${PROJECT_VERSION})")
set(CPACK_DEBIAN_DEBUG_PACKAGE_NAME "liblvs${LVS_SOVERSION}-dbg")
set(CPACK_DEBIAN_DEBUG_PACKAGE_SECTION debug)
set(CPACK_DEBIAN_DEBUG_PACKAGE_DEPENDS "liblvs${LVS_SOVERSION} (= ${PROJECT_VERSION})")
include(CPack)
