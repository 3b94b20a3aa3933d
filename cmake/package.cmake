# Installs the program, the libraries and their headers, so that find_package(vaquero) finds them, and
# makes a .deb of it (cpack -G DEB). examples/ are built against what is installed here.
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

# To install the program and its libraries needs neither the tests nor the benchmarks.
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON)

set(PACKAGE_CONFIG_FOLDER "${CMAKE_INSTALL_LIBDIR}/cmake/vaquero")

# Headers keep their folders, under include/vaquero/. There they name each other in full, so that no
# folder of a user's that is called net/ or runtime/ is ever meant.
install(CODE "set(SOURCE_FOLDER \"${PROJECT_SOURCE_DIR}\")
set(INCLUDE_FOLDER \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_INCLUDEDIR}\")
set(SHORT_NAMES \"${VAQUERO_SHORT_NAMES}\")")
install(SCRIPT "${CMAKE_CURRENT_LIST_DIR}/install_headers.cmake")

set(LIBRARIES vaquero_runtime vaquero_protocol vaquero_net vaquero_handlers vaquero_server)
foreach(LIBRARY IN LISTS LIBRARIES)
  string(REPLACE "vaquero_" "" SHORT_NAME ${LIBRARY})
  set_target_properties(${LIBRARY} PROPERTIES EXPORT_NAME ${SHORT_NAME})
endforeach()
install(TARGETS ${LIBRARIES} EXPORT vaquero_targets
        ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
        INCLUDES DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
# CMake strips programs only. What is left of an archive's debug information names our folders.
install(CODE "if(CMAKE_INSTALL_DO_STRIP)
  file(GLOB ARCHIVES
       \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_LIBDIR}/libvaquero_*.a\")
  execute_process(COMMAND \"${CMAKE_STRIP}\" --strip-debug \${ARCHIVES}
                  COMMAND_ERROR_IS_FATAL ANY)
endif()")
install(TARGETS vaquero RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
# What is read beside the program; images and decisions stay in the repository.
install(FILES "${PROJECT_SOURCE_DIR}/README.md" DESTINATION "${CMAKE_INSTALL_DOCDIR}")
install(DIRECTORY "${PROJECT_SOURCE_DIR}/docs/guide" "${PROJECT_SOURCE_DIR}/docs/manual"
        DESTINATION "${CMAKE_INSTALL_DOCDIR}" FILES_MATCHING PATTERN "*.md")
install(EXPORT vaquero_targets NAMESPACE vaquero:: FILE vaquero_targets.cmake
        DESTINATION "${PACKAGE_CONFIG_FOLDER}")

configure_package_config_file(
  "${CMAKE_CURRENT_LIST_DIR}/vaquero-config.cmake.in"
  "${PROJECT_BINARY_DIR}/vaquero-config.cmake"
  INSTALL_DESTINATION "${PACKAGE_CONFIG_FOLDER}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/vaquero-config-version.cmake"
                                 COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/vaquero-config.cmake"
              "${PROJECT_BINARY_DIR}/vaquero-config-version.cmake"
              "${CMAKE_CURRENT_LIST_DIR}/FindCAF.cmake"
        DESTINATION "${PACKAGE_CONFIG_FOLDER}")

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME vaquero)
set(CPACK_PACKAGE_VENDOR "the Vaquero project")
set(CPACK_PACKAGE_CONTACT "the Vaquero project <vaquero@localhost>")
set(CPACK_DEBIAN_PACKAGE_MAINTAINER "${CPACK_PACKAGE_CONTACT}")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "${PROJECT_DESCRIPTION}
 A program that serves WebSocket connections, each of them a process, and the
 libraries and headers for handlers and processes of one's own. The guide and the
 manual are in /usr/share/doc/vaquero.")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_DEBIAN_PACKAGE_SECTION libdevel)
# What the program runs with is found in it; what find_package(vaquero) needs is listed.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS
    "libcaf-dev (>= 0.17.6), libboost1.81-dev, libspdlog-dev, libssl-dev, zlib1g-dev")
include(CPack)
