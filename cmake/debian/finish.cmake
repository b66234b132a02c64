# The staged package as Debian wants it: modes, the changelog out of the history, manual and changelog compressed.
set(root ${CPACK_TEMPORARY_INSTALL_DIRECTORY})
set(doc ${root}/usr/share/doc/tallyd)
execute_process(COMMAND git -C ${CPACK_TALLYD_SOURCE} log -50 --no-merges "--format=  * %s" OUTPUT_VARIABLE changes ERROR_QUIET)
execute_process(COMMAND git -C ${CPACK_TALLYD_SOURCE} log -1 --format=%aD OUTPUT_VARIABLE date ERROR_QUIET
                OUTPUT_STRIP_TRAILING_WHITESPACE)
if(NOT changes)
  set(changes "  * Built from a source without history.\n")
  string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC)
endif()
file(WRITE ${doc}/changelog "tallyd (${CPACK_PACKAGE_VERSION}) unstable; urgency=medium\n\n${changes}\n"
                            " -- ${CPACK_PACKAGE_CONTACT}  ${date}\n")
execute_process(COMMAND gzip -9nf ${doc}/changelog ${root}/usr/share/man/man1/tallyctl.1 COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND chmod -R u=rwX,go=rX ${root} COMMAND_ERROR_IS_FATAL ANY)
