#include "store/vault_lock.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <thread>
#include <utility>

#include "runtime/text.hpp"
#include "store/error.hpp"

namespace tally {
namespace {

constexpr std::chrono::milliseconds between_tries{20};

[[noreturn]] void fail(const std::filesystem::path& file, const char* what, int error) {
  const bool is_forbidden = error == EACCES || error == EPERM || error == EROFS;
  throw StoreError(fmt::format("{}: {}: {}", file.string(), what, std::strerror(error)),
                   is_forbidden ? EX_NOPERM : EX_IOERR);
}

int open_lock(const std::filesystem::path& file) {
  const int descriptor = open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);
  if (descriptor < 0) fail(file, "cannot be opened", errno);
  // What root makes for a daemon that runs as another user must be that user's.
  struct stat directory{};
  if (geteuid() == 0 && stat(file.parent_path().c_str(), &directory) == 0 &&
      fchown(descriptor, directory.st_uid, directory.st_gid) != 0) {
    const int error = errno;
    close(descriptor);
    fail(file, "cannot be given to the directory's owner", error);
  }
  return descriptor;
}

/// False when the file was removed or replaced since it was opened: others would then lock another one.
bool is_still_there(int descriptor, const std::filesystem::path& file) {
  struct stat held{};
  struct stat seen{};
  return fstat(descriptor, &held) == 0 && lstat(file.c_str(), &seen) == 0 && held.st_ino == seen.st_ino &&
         held.st_dev == seen.st_dev;
}

/// For whoever waits: "tallyctl, process 4711". Nothing depends on it.
void write_holder(int descriptor) {
  const std::string text = fmt::format("{}, process {}", program_invocation_short_name, getpid());
  if (ftruncate(descriptor, 0) == 0) {
    [[maybe_unused]] const ssize_t size = pwrite(descriptor, text.data(), text.size(), 0);
  }
}

std::string read_holder(int descriptor) {
  std::array<char, 64> text{};
  const ssize_t size = pread(descriptor, text.data(), text.size(), 0);
  return size > 0 ? " (" + printable({text.data(), static_cast<std::size_t>(size)}) + ")" : "";
}

}  // namespace

VaultLock::VaultLock(std::filesystem::path state_dir, std::chrono::milliseconds patience)
    : state_dir_(std::move(state_dir)) {
  const std::filesystem::path file = state_dir_ / "vault.lock";
  const auto deadline = std::chrono::steady_clock::now() + patience;
  for (;;) {
    descriptor_ = open_lock(file);
    const bool is_held = flock(descriptor_, LOCK_EX | LOCK_NB) == 0;
    const int error = errno;
    if (is_held && is_still_there(descriptor_, file)) break;
    const std::string holder = read_holder(descriptor_);
    close(descriptor_);
    if (!is_held && error != EWOULDBLOCK) fail(file, "cannot be locked", error);
    if (std::chrono::steady_clock::now() >= deadline) {
      throw StoreError(
          fmt::format("{}: another vault command is running{}; try again when it has ended", file.string(), holder),
          EX_TEMPFAIL);
    }
    std::this_thread::sleep_for(between_tries);
  }
  write_holder(descriptor_);
}

VaultLock::VaultLock(VaultLock&& other) noexcept
    : state_dir_(std::move(other.state_dir_)), descriptor_(std::exchange(other.descriptor_, -1)) {}

VaultLock::~VaultLock() {
  if (descriptor_ >= 0) close(descriptor_);
}

}  // namespace tally
