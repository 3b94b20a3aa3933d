# Compiles SOURCE with COMMAND, a list, and passes if the compiler refuses it and its output holds
# every text that a `// refused: text` line of the source announces.
file(STRINGS "${SOURCE}" LINES REGEX "^// refused: ")
if(NOT LINES)
  message(FATAL_ERROR "${SOURCE} does not say what it expects from the compiler")
endif()
set(ENV{LC_ALL} C)
execute_process(COMMAND ${COMMAND} "${SOURCE}" RESULT_VARIABLE RESULT OUTPUT_VARIABLE OUTPUT
                ERROR_VARIABLE OUTPUT)
if(RESULT EQUAL 0)
  message(FATAL_ERROR "${SOURCE} compiles, but must be refused")
endif()
foreach(LINE IN LISTS LINES)
  string(REGEX REPLACE "^// refused: " "" TEXT "${LINE}")
  string(FIND "${OUTPUT}" "${TEXT}" POSITION)
  if(POSITION EQUAL -1)
    message(FATAL_ERROR "The refusal does not say `${TEXT}`, but:\n${OUTPUT}")
  endif()
endforeach()
