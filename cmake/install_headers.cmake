# Run at install time. SOURCE_FOLDER: the repository. INCLUDE_FOLDER: what gets a folder vaquero/.
# SHORT_NAMES: headers that a program may also name as <vaquero/NAME.hpp>.
# The keys of the configuration stay behind: who includes them would have to have toml11.
file(GLOB_RECURSE HEADERS RELATIVE "${SOURCE_FOLDER}"
     "${SOURCE_FOLDER}/runtime/*.hpp" "${SOURCE_FOLDER}/net/*.hpp"
     "${SOURCE_FOLDER}/handlers/*.hpp" "${SOURCE_FOLDER}/server/*.hpp")
list(FILTER HEADERS EXCLUDE REGEX "^server/config_keys?\\.hpp$")
foreach(HEADER IN LISTS HEADERS)
  file(READ "${SOURCE_FOLDER}/${HEADER}" TEXT)
  string(REGEX REPLACE "#include \"((runtime|net|handlers|server)/[^\"]+)\""
                       "#include <vaquero/\\1>" TEXT "${TEXT}")
  file(WRITE "${INCLUDE_FOLDER}/vaquero/${HEADER}" "${TEXT}")
endforeach()
foreach(HEADER IN LISTS SHORT_NAMES)
  cmake_path(GET HEADER FILENAME NAME)
  file(WRITE "${INCLUDE_FOLDER}/vaquero/${NAME}"
       "#pragma once\n\n#include <vaquero/${HEADER}>\n")
endforeach()
message(STATUS "Installing: ${INCLUDE_FOLDER}/vaquero")
