# Our own code is held to these; third-party headers come as SYSTEM and are not.
add_library(vaquero_warnings INTERFACE)
target_compile_options(vaquero_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Werror
  # g++ 12 at -O3 warns about members of its own containers that are set on every path, and about
  # copies inside its own strings that it believes to overlap (GCC bug 105651).
  $<$<CXX_COMPILER_ID:GNU>:-Wno-error=maybe-uninitialized -Wno-restrict>)
# In code that a sanitizer has instrumented, g++ sees uninitialised values that are none.
if(VAQUERO_SANITIZE AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(vaquero_warnings INTERFACE -Wno-maybe-uninitialized)
endif()
# Boost.Asio's fences, which the sanitizer does not see; its locks, which it does, are enough.
if(VAQUERO_SANITIZE MATCHES "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(vaquero_warnings INTERFACE -Wno-tsan)
endif()
