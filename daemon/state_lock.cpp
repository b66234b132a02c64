#include "daemon/state_lock.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace tally {
namespace {

constexpr mode_t directory_mode = 0750;
constexpr mode_t lock_mode = 0640;

[[noreturn]] void fail(const std::string& what, int error) {
  const int exit_code = error == EACCES || error == EPERM || error == EROFS ? EX_NOPERM : EX_IOERR;
  throw StateDirError(fmt::format("{}: {}", what, std::strerror(error)), exit_code);
}

}  // namespace

StateLock::StateLock(const std::filesystem::path& state_dir) {
  std::error_code failure;
  std::filesystem::create_directories(state_dir.parent_path(), failure);
  if (mkdir(state_dir.c_str(), directory_mode) == 0) {
    chmod(state_dir.c_str(), directory_mode);  // whatever the umask says: the group reads the catalog
  } else if (errno != EEXIST) {
    fail(fmt::format("cannot make the state directory {}", state_dir.string()), errno);
  }
  const std::filesystem::path file = state_dir / "lock";
  descriptor_ = open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, lock_mode);
  if (descriptor_ < 0) fail(fmt::format("cannot open {}", file.string()), errno);
  if (flock(descriptor_, LOCK_EX | LOCK_NB) == 0) return;
  const int error = errno;
  close(descriptor_);
  if (error != EWOULDBLOCK) fail(fmt::format("cannot lock {}", file.string()), error);
  throw StateDirError(fmt::format("another tallyd holds the state directory {}; stop it, or name another directory "
                                  "with --state-dir",
                                  state_dir.string()),
                      EX_TEMPFAIL);
}

StateLock::~StateLock() { close(descriptor_); }

}  // namespace tally
