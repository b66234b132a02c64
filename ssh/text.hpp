// Words for the shells of other machines. Pure.
#pragma once

#include <string>
#include <string_view>

#include "ssh/prober.hpp"

namespace tally {

/// One word of a POSIX shell that stands for exactly these bytes (which hold no NUL).
std::string shell_quote(std::string_view word);

/// The line that runs a POSIX shell script whatever the user's own shell is.
std::string shell_script(std::string_view script);

/// The line that makes stdin, which must be of the content's size, the file at its path. A relative path begins at
/// the home directory. Nothing is left behind when it fails or is cut off. It answers (ssh/answer.hpp) when the file is
/// there: an exit status of 0 may be a forced command's.
std::string upload_line(const SshFile& file, std::string_view mark);

}  // namespace tally
