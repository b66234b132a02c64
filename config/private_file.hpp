// Files that hold secrets, read only when nobody else may read them, and files that others may read. All hold text: a
// byte order mark before it is left out, and UTF-16 is a problem.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "cloud/secret.hpp"

namespace tally {

/// Why a file could not be used.
enum class FileFault : std::uint8_t {
  none,
  missing,        // there is no such file
  not_permitted,  // it may not be read, or others may
  unusable,       // it is there, but it is not what is wanted
};

struct PrivateFile {
  Secret text;
  FileFault fault = FileFault::none;
  std::string problem;  // "" when there is no fault; else what is wrong, without the file's content
};

/// A regular file, not over 64 KiB, without permission bits for group or others (those that systemd and container
/// engines hand over excepted).
PrivateFile read_private_file(const std::filesystem::path& file);

/// Where a private file of this name is: a relative one in $CREDENTIALS_DIRECTORY. Empty when that is not set.
std::filesystem::path private_file_path(const std::string& name);

struct PublicFile {
  std::string text;
  std::string problem;  // "" when the file was read
};

/// A regular file of at most `limit` bytes that not everybody may write.
PublicFile read_public_file(const std::filesystem::path& file, std::size_t limit);

/// Makes a file of mode 0600 that did not exist, on disk when it returns. What went wrong, "" when nothing.
std::string make_private_file(const std::filesystem::path& file, const Secret& text);

}  // namespace tally
