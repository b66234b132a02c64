# The staged package as Debian wants it: modes, the changelog out of the history, manual and changelog compressed.
set(root ${CPACK_TEMPORARY_INSTALL_DIRECTORY})
set(doc ${root}/usr/share/doc/tallyd)
execute_process(COMMAND git -C ${CPACK_TALLYD_SOURCE} log -50 --no-merges "--format=%w(78,2,4)* %s" OUTPUT_VARIABLE changes ERROR_QUIET)
execute_process(COMMAND git -C ${CPACK_TALLYD_SOURCE} log -1 --format=%aD OUTPUT_VARIABLE date ERROR_QUIET
                OUTPUT_STRIP_TRAILING_WHITESPACE)
if(NOT changes)
  set(changes "  * Built from a source without history.\n")
  string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC)
endif()
file(WRITE ${doc}/changelog "tallyd (${CPACK_PACKAGE_VERSION}) unstable; urgency=medium\n\n${changes}\n"
                            " -- ${CPACK_PACKAGE_CONTACT}  ${date}\n")
# What was packed before is in the way of whoever installs "the package" of the folder.
file(GLOB earlier ${CPACK_OUTPUT_FILE_PREFIX}/tallyd_*_${CPACK_DEBIAN_PACKAGE_ARCHITECTURE}.deb)
if(earlier)
  file(REMOVE ${earlier})
endif()
# Of a cross build: whose libraries dpkg-shlibdeps looks for.
set(ENV{DEB_HOST_ARCH} ${CPACK_DEBIAN_PACKAGE_ARCHITECTURE})
file(GLOB manuals ${root}/usr/share/man/man*/*)
execute_process(COMMAND gzip -9nf ${doc}/changelog ${manuals} COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND chmod -R u=rwX,go=rX ${root} COMMAND_ERROR_IS_FATAL ANY)
