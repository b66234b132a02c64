// Files that hold secrets: read only when nobody else may read them.
#pragma once

#include <filesystem>
#include <string>

#include "cloud/secret.hpp"

namespace tally {

struct PrivateFile {
  Secret text;
  std::string problem;  // "" when the file was read; else what is wrong, without its content
};

/// A regular file, not over 64 KiB, without permission bits for group or others (those that systemd and container
/// engines hand over excepted).
PrivateFile read_private_file(const std::filesystem::path& file);

/// Makes a file of mode 0600 that did not exist, on disk when it returns. What went wrong, "" when nothing.
std::string make_private_file(const std::filesystem::path& file, const Secret& text);

}  // namespace tally
