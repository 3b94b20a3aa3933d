# What a program includes: #include <vaquero/server.hpp> is server/server.hpp, here and installed.
set(VAQUERO_SHORT_NAMES
    runtime/call.hpp
    runtime/receive.hpp
    runtime/spawn.hpp
    runtime/topics.hpp
    net/publish_data.hpp
    net/send_data.hpp
    net/websocket_handler.hpp
    server/command_line.hpp
    server/main.hpp
    server/server.hpp)
foreach(HEADER IN LISTS VAQUERO_SHORT_NAMES)
  cmake_path(GET HEADER FILENAME NAME)
  file(CONFIGURE OUTPUT "${PROJECT_BINARY_DIR}/include/vaquero/${NAME}"
       CONTENT "#pragma once\n\n#include \"${HEADER}\"\n")
endforeach()
