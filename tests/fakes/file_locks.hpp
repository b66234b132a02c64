// Which locks processes hold on a file, as the kernel tells it.
#pragma once

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace tally::fakes {

/// Whether the process holds SQLite's shared lock on the file: a POSIX read lock. What keeps every visitor from
/// believing to be the last one.
inline bool holds_shared_lock(const std::filesystem::path& file, pid_t process) {
  struct stat status{};
  if (stat(file.c_str(), &status) != 0) return false;
  const std::string inode = ":" + std::to_string(status.st_ino);
  std::ifstream locks("/proc/locks");
  for (std::string line; std::getline(locks, line);) {
    // "1: POSIX  ADVISORY  READ 4711 fe:01:1234 1073741826 1073742335"
    std::istringstream words(line);
    std::string number, family, mode, access, pid, where;
    words >> number >> family >> mode >> access >> pid >> where;
    if (family == "POSIX" && access == "READ" && pid == std::to_string(process) && where.ends_with(inode)) return true;
  }
  return false;
}

}  // namespace tally::fakes
