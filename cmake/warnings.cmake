# Our own code is held to these; third-party headers come as SYSTEM and are not.
add_library(vaquero_warnings INTERFACE)
target_compile_options(vaquero_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Werror
  # g++ 12 at -O3 warns about members of its own containers that are set on every path.
  $<$<CXX_COMPILER_ID:GNU>:-Wno-error=maybe-uninitialized>)
