// One daemon per state directory: a lock held as long as this object lives, released by the kernel when the process
// dies however it dies.
#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>

namespace tally {

/// The state directory cannot be used; `exit_code` is from sysexits.h (74 I/O, 75 held by another daemon, 77
/// permission).
class StateDirError : public std::runtime_error {
 public:
  StateDirError(const std::string& what, int exit_code) : std::runtime_error(what), exit_code_(exit_code) {}
  [[nodiscard]] int exit_code() const { return exit_code_; }

 private:
  int exit_code_;
};

class StateLock {
 public:
  /// Makes the directory (0750) when there is none, then locks `DIR/lock`. Throws StateDirError.
  explicit StateLock(const std::filesystem::path& state_dir);
  ~StateLock();
  StateLock(const StateLock&) = delete;
  StateLock& operator=(const StateLock&) = delete;

 private:
  int descriptor_ = -1;
};

}  // namespace tally
