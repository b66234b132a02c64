# Holds that tallyctl, which starts for each command anew, loads nothing that only providers and SSH need.
# Run as: cmake -DREADELF=<readelf> -DPROGRAM=<tallyctl> -P tests/links_test.cmake
cmake_minimum_required(VERSION 3.25)
execute_process(COMMAND ${READELF} -d ${PROGRAM} OUTPUT_VARIABLE told COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL "NEEDED[^\n]*" needed "${told}")
list(LENGTH needed count)
if(count EQUAL 0)
  message(FATAL_ERROR "${PROGRAM} loads nothing, it seems: ${told}")
endif()
foreach(library ${needed})
  if(library MATCHES "lib(grpc|gpr|absl|protobuf|pugixml|ssh|prometheus)")
    message(FATAL_ERROR "${PROGRAM}: ${library}")
  endif()
endforeach()
