// Words of other machines, and words for their shells. Pure.
#pragma once

#include <string>
#include <string_view>

#include "ssh/prober.hpp"

namespace tally {

/// What a stranger sent, fit for a log line: unprintable bytes become '?', more than `limit` bytes are cut.
std::string printable(std::string_view text, std::size_t limit = 200);

/// One word of a POSIX shell that stands for exactly these bytes (which hold no NUL).
std::string shell_quote(std::string_view word);

/// The line that runs a POSIX shell script whatever the user's own shell is.
std::string shell_script(std::string_view script);

/// The line that makes stdin, which must be of the content's size, the file at its path. A relative path begins at
/// the home directory. Nothing is left behind when it fails or is cut off.
std::string upload_line(const SshFile& file);

}  // namespace tally
