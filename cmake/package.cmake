# The Debian package: what is installed, plus what only a package may put where it belongs (the component "system").
install(FILES ${PROJECT_SOURCE_DIR}/config/example.toml DESTINATION /etc/tallyd RENAME tallyd.toml
        COMPONENT system EXCLUDE_FROM_ALL)
install(DIRECTORY DESTINATION /etc/tallyd/conf.d COMPONENT system EXCLUDE_FROM_ALL)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR} FILES_MATCHING PATTERN *.md PATTERN *.yaml
        PATTERN man EXCLUDE)
install(FILES ${PROJECT_SOURCE_DIR}/cmake/debian/copyright DESTINATION /usr/share/doc/tallyd
        COMPONENT system EXCLUDE_FROM_ALL)
install(FILES ${PROJECT_SOURCE_DIR}/cmake/debian/lintian-overrides DESTINATION /usr/share/lintian/overrides RENAME tallyd
        COMPONENT system EXCLUDE_FROM_ALL)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME tallyd)
# Of two commits the later one is the newer package.
execute_process(COMMAND ${CMAKE_COMMAND} -E env TZ=UTC git -C ${PROJECT_SOURCE_DIR} log -1 --format=%cd
                        --date=format-local:%Y%m%d%H%M%S
                OUTPUT_VARIABLE committed OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(committed)
  string(PREPEND committed "+git")
endif()
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION}${committed})
set(CPACK_PACKAGE_CONTACT "tallyd developers <tallyd@tallyd.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "true tally of GPU clouds")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
    "tallyd keeps one SQLite file true of what GPU clouds sell and what runs there:
types, prices, availability, instances, and whether they answer over SSH.
tallyctl is its command line.")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
if(NOT CPACK_DEBIAN_PACKAGE_ARCHITECTURE)
  execute_process(COMMAND dpkg --print-architecture OUTPUT_VARIABLE CPACK_DEBIAN_PACKAGE_ARCHITECTURE
                  OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endif()
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "systemd (>= 252), ca-certificates, passwd")
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA "")
foreach(script preinst postinst prerm postrm conffiles)
  list(APPEND CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${PROJECT_SOURCE_DIR}/cmake/debian/${script})
endforeach()
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_INSTALL_CMAKE_PROJECTS "${PROJECT_BINARY_DIR};tallyd;ALL;/;${PROJECT_BINARY_DIR};tallyd;system;/")
set(CPACK_PRE_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/cmake/debian/finish.cmake)
set(CPACK_PROJECT_CONFIG_FILE "")
set(CPACK_TALLYD_SOURCE ${PROJECT_SOURCE_DIR})
set(CPACK_OUTPUT_FILE_PREFIX ${PROJECT_SOURCE_DIR}/build/package)
include(CPack)
