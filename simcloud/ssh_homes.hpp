// The home directories of simulated instances, in a temporary directory that is made when the first is needed and
// removed with this object.
#pragma once

#include <filesystem>
#include <string>

namespace tally::simcloud {

class SshHomes {
 public:
  SshHomes() = default;
  ~SshHomes();
  SshHomes(const SshHomes&) = delete;
  SshHomes& operator=(const SshHomes&) = delete;

  /// Throws std::system_error when it cannot be made.
  std::filesystem::path make(const std::string& instance);

  /// Empty when none was made.
  [[nodiscard]] std::filesystem::path path(const std::string& instance) const;

  void remove(const std::string& instance);

 private:
  std::filesystem::path root_;  // empty: none made yet
};

}  // namespace tally::simcloud
