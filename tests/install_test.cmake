# Installs a build into a folder of its own and holds that against what must be there.
# Run as: cmake -DBUILD=<build> -DPREFIX=<folder> -P tests/install_test.cmake
cmake_minimum_required(VERSION 3.25)
file(REMOVE_RECURSE ${PREFIX})
execute_process(COMMAND ${CMAKE_COMMAND} --install ${BUILD} --prefix ${PREFIX} OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
set(faults "")
foreach(file bin/tallyd bin/tallyctl share/bash-completion/completions/tallyctl share/zsh/vendor-completions/_tallyctl
             share/fish/vendor_completions.d/tallyctl.fish share/man/man1/tallyctl.1 share/doc/tallyd/example.toml
             share/doc/tallyd/metrics.md share/tallyd/alerts.yaml share/tallyd/dashboard.json)
  if(NOT EXISTS ${PREFIX}/${file})
    list(APPEND faults "${file} is missing")
  endif()
endforeach()
foreach(program tallyd tallyctl)
  execute_process(COMMAND ${PREFIX}/bin/${program} --version RESULT_VARIABLE result OUTPUT_VARIABLE output)
  if(NOT result EQUAL 0 OR NOT output MATCHES "^${program} [0-9]")
    list(APPEND faults "${program} --version: ${result} ${output}")
  endif()
endforeach()
file(REMOVE_RECURSE ${PREFIX})
if(faults)
  list(JOIN faults "\n" text)
  message(FATAL_ERROR "${text}")
endif()
