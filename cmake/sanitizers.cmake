# VAQUERO_SANITIZE: a comma-separated list for -fsanitize=, set by the presets asan, tsan and fuzz.
set(VAQUERO_SANITIZE "" CACHE STRING "Sanitizers for the whole build, as -fsanitize= takes them")
if(VAQUERO_SANITIZE)
  add_compile_options(-fsanitize=${VAQUERO_SANITIZE} -fno-omit-frame-pointer -O1)
  add_link_options(-fsanitize=${VAQUERO_SANITIZE})
  if(VAQUERO_SANITIZE MATCHES "undefined")
    add_compile_options(-fno-sanitize-recover=undefined)
  endif()
endif()

# VAQUERO_FUZZ: the whole build counts the branches that libFuzzer steers by; set by the preset fuzz.
option(VAQUERO_FUZZ "Build the fuzz targets with libFuzzer (clang only)" OFF)
if(VAQUERO_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# An actor library without instrumentation looks like a race (see cmake/tsan_caf.sh).
if(VAQUERO_SANITIZE MATCHES "thread" AND NOT EXISTS "${CAF_ROOT}/include/caf/all.hpp")
  message(FATAL_ERROR "No actor library with ThreadSanitizer in '${CAF_ROOT}': "
                      "run cmake/tsan_caf.sh, or ./test.sh --tsan")
endif()
