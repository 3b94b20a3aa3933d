# Finds the C++ Actor Framework, for which Debian ships no CMake config.
# Defines the imported target CAF::caf (core, io and openssl) and CAF_VERSION.
# CAF_ROOT names another installation, such as one built for ThreadSanitizer.
find_path(CAF_INCLUDE_DIR caf/all.hpp)
foreach(part core io openssl)
  find_library(CAF_${part}_LIBRARY caf_${part})
  list(APPEND CAF_LIBRARY_VARS CAF_${part}_LIBRARY)
  list(APPEND CAF_LIBRARIES "${CAF_${part}_LIBRARY}")
endforeach()

if(CAF_INCLUDE_DIR)
  file(STRINGS "${CAF_INCLUDE_DIR}/caf/config.hpp" CAF_VERSION_LINE
       REGEX "^#define CAF_VERSION +[0-9]+")
  string(REGEX REPLACE "[^0-9]" "" CAF_VERSION_NUMBER "${CAF_VERSION_LINE}")
  math(EXPR CAF_VERSION_MAJOR "${CAF_VERSION_NUMBER} / 10000")
  math(EXPR CAF_VERSION_MINOR "${CAF_VERSION_NUMBER} / 100 % 100")
  math(EXPR CAF_VERSION_PATCH "${CAF_VERSION_NUMBER} % 100")
  set(CAF_VERSION "${CAF_VERSION_MAJOR}.${CAF_VERSION_MINOR}.${CAF_VERSION_PATCH}")
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(CAF REQUIRED_VARS CAF_INCLUDE_DIR ${CAF_LIBRARY_VARS}
                                  VERSION_VAR CAF_VERSION)

if(CAF_FOUND AND NOT TARGET CAF::caf)
  add_library(CAF::caf INTERFACE IMPORTED)
  target_include_directories(CAF::caf SYSTEM INTERFACE "${CAF_INCLUDE_DIR}")
  target_link_libraries(CAF::caf INTERFACE ${CAF_openssl_LIBRARY} ${CAF_io_LIBRARY}
                        ${CAF_core_LIBRARY} Threads::Threads)
endif()
