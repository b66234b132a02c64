# What every target has in common, and the one function that makes a folder a library.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
include(GNUInstallDirs)

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json url)
find_package(OpenSSL REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(simdjson REQUIRED)
find_package(CLI11 REQUIRED)
find_package(tl-expected REQUIRED)
find_package(tomlplusplus REQUIRED)
find_package(prometheus-cpp REQUIRED COMPONENTS core)
find_package(Protobuf REQUIRED)
find_library(TALLY_GRPC grpc++ REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(sodium REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(systemd REQUIRED IMPORTED_TARGET libsystemd)
find_package(pugixml REQUIRED)
pkg_check_modules(libssh REQUIRED IMPORTED_TARGET libssh)

add_library(tally_options INTERFACE)
target_include_directories(tally_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(tally_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Werror)
# False alarms of GCC 12: the allocator of coroutine frames, and inlined string concatenation (its bug 105651).
target_compile_options(tally_options INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-mismatched-new-delete -Wno-restrict>)
# libstdc++ 12 sorts with a buffer that it calls deprecated itself.
target_compile_options(tally_options INTERFACE $<$<CXX_COMPILER_ID:Clang>:-Wno-deprecated-declarations>)
# In a unity build the compiler takes each file for a header of one unit: what is its own there looks shared.
if(CMAKE_UNITY_BUILD)
  target_compile_options(tally_options INTERFACE -Wno-shadow $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
endif()
target_compile_definitions(tally_options INTERFACE BOOST_ASIO_NO_DEPRECATED TALLY_VERSION="${PROJECT_VERSION}")
target_link_libraries(tally_options INTERFACE Threads::Threads Boost::headers tl::expected)
if(TALLY_SANITIZE)
  target_compile_options(tally_options INTERFACE -fsanitize=${TALLY_SANITIZE} -fno-omit-frame-pointer
                                                 -fno-sanitize-recover=all)
  target_link_options(tally_options INTERFACE -fsanitize=${TALLY_SANITIZE})
  # A third of the time that such a program takes to start is for its place in memory, and a test is a start.
  target_compile_options(tally_options INTERFACE -fno-pie)
  target_link_options(tally_options INTERFACE -no-pie)
  target_compile_definitions(tally_options INTERFACE TALLY_SANITIZED TALLY_FAILPOINTS)
  # A sixth of the time to compile, for what AddressSanitizer (null), this processor (alignment) and the lack of casts
  # down a hierarchy (vptr) make up for.
  if(TALLY_SANITIZE MATCHES "undefined")
    target_compile_options(tally_options INTERFACE -fno-sanitize=null,alignment,vptr)
  endif()
  # Instrumented code makes GCC 12 see uninitialised members in its own <regex>.
  target_compile_options(tally_options INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  # The fences that GCC's ThreadSanitizer does not see are Asio's; its mutexes, which order the same, it sees.
  if(TALLY_SANITIZE STREQUAL "thread")
    target_compile_options(tally_options INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-tsan>)
  endif()
endif()

# tally_library(name [LINK targets...] [EXCLUDE files...]): all .cpp files of the folder (and one level
# below) as one static library; main.cpp is left out.
function(tally_library name)
  cmake_parse_arguments(arg "" "" "LINK;EXCLUDE" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS *.cpp */*.cpp)
  foreach(left_out main.cpp ${arg_EXCLUDE})
    string(REPLACE "." "\\." left_out ${left_out})
    list(FILTER sources EXCLUDE REGEX "/${left_out}$")
  endforeach()
  add_library(${name} STATIC ${sources})
  target_link_libraries(${name} PUBLIC tally_options ${arg_LINK})
endfunction()
