#include "store/state_lock.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sysexits.h>

#include <cerrno>
#include <cstring>

namespace tally {
namespace {

constexpr mode_t directory_mode = 0750;
constexpr mode_t lock_mode = 0640;

[[noreturn]] void fail(const std::string& what, const std::filesystem::path& path) {
  const int error = errno;
  throw StoreError(fmt::format("cannot {} {}: {}", what, path.string(), std::strerror(error)),
                   error == EACCES || error == EPERM || error == EROFS ? EX_NOPERM : EX_IOERR);
}

void make_directory(const std::filesystem::path& state_dir) {
  std::error_code failure;
  std::filesystem::create_directories(state_dir.parent_path(), failure);
  if (mkdir(state_dir.c_str(), directory_mode) == 0) {
    chmod(state_dir.c_str(), directory_mode);  // whatever the umask says: the group reads the catalog
  } else if (errno != EEXIST) {
    fail("make the state directory", state_dir);
  }
}

Descriptor open_directory(const std::filesystem::path& state_dir) {
  Descriptor directory(open(state_dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.is_open()) fail("open the directory", state_dir);
  return directory;
}

Descriptor open_lock_file(const std::filesystem::path& file) {
  const bool is_new = !std::filesystem::exists(file);
  Descriptor lock(open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, lock_mode));
  if (!lock.is_open()) fail("open", file);
  if (is_new) give_to_owner_of_directory(file);
  return lock;
}

void take(const Descriptor& lock, const std::filesystem::path& state_dir) {
  if (flock(lock.number(), LOCK_EX | LOCK_NB) == 0) return;
  if (errno != EWOULDBLOCK) fail("lock", state_dir);
  throw StoreError(
      fmt::format("another tallyd holds the directory {}; stop it, or keep this one's state and catalog elsewhere "
                  "(--state-dir)",
                  state_dir.string()),
      EX_TEMPFAIL);
}

}  // namespace

StateLock::StateLock(const std::filesystem::path& state_dir) {
  make_directory(state_dir);
  directory_ = open_directory(state_dir);
  take(directory_, state_dir);
  file_ = open_lock_file(state_dir / "lock");
  take(file_, state_dir);
  const std::filesystem::path home = behind_links(state_dir / "catalog.db").parent_path();
  if (id_of(home) == id_of(state_dir)) return;
  catalog_directory_ = open_directory(home);
  take(catalog_directory_, home);
}

}  // namespace tally
