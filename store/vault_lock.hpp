// One at a time for a vault and its key files, whoever it is: the daemon and every command of tallyctl. A lock on the
// file `vault.lock` of the state directory, held as long as this object lives, and released by the kernel when the
// process dies however it dies. It covers the key files, too: whoever reads a key holds the lock from then until the
// vault is opened with it.
#pragma once

#include <chrono>
#include <filesystem>

namespace tally {

class VaultLock {
 public:
  /// Waits for whoever holds it, at most `patience`; blocks the thread. Throws StoreError: 75 with who holds it, 77
  /// permission, 74.
  VaultLock(std::filesystem::path state_dir, std::chrono::milliseconds patience);
  ~VaultLock();
  VaultLock(VaultLock&& other) noexcept;
  VaultLock& operator=(VaultLock&&) = delete;

  [[nodiscard]] const std::filesystem::path& state_dir() const { return state_dir_; }

 private:
  std::filesystem::path state_dir_;
  int descriptor_ = -1;
};

}  // namespace tally
