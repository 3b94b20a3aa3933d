# VAQUERO_SANITIZE: a comma-separated list for -fsanitize=, set by the presets asan, tsan and fuzz.
set(VAQUERO_SANITIZE "" CACHE STRING "Sanitizers for the whole build, as -fsanitize= takes them")
if(VAQUERO_SANITIZE)
  add_compile_options(-fsanitize=${VAQUERO_SANITIZE} -fno-omit-frame-pointer -O1)
  add_link_options(-fsanitize=${VAQUERO_SANITIZE})
  if(VAQUERO_SANITIZE MATCHES "undefined")
    add_compile_options(-fno-sanitize-recover=undefined)
  endif()
endif()
