#include "store/files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sysexits.h>

#include <cerrno>
#include <cstring>

#include "store/error.hpp"

namespace tally {
namespace {

[[noreturn]] void fail(const std::filesystem::path& file, const char* what) {
  const int error = errno;
  throw StoreError(fmt::format("{}: {}: {}", file.string(), what, std::strerror(error)),
                   error == EACCES || error == EPERM || error == EROFS ? EX_NOPERM : EX_IOERR);
}

std::filesystem::path directory_of(const std::filesystem::path& file) {
  return file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
}

}  // namespace

FileId id_of(const std::filesystem::path& file) {
  struct stat status{};
  if (stat(file.c_str(), &status) != 0) fail(file, "cannot be looked at");
  return {status.st_dev, status.st_ino};
}

void give_to_owner_of_directory(const std::filesystem::path& file) {
  struct stat directory{};
  if (geteuid() != 0 || stat(directory_of(file).c_str(), &directory) != 0) return;
  if (lchown(file.c_str(), directory.st_uid, directory.st_gid) != 0)
    fail(file, "cannot be given to the directory's owner");
}

void sync_directory(const std::filesystem::path& directory) {
  const Descriptor opened(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (opened.is_open()) fsync(opened.number());
}

bool is_there(const std::filesystem::path& path) {
  struct stat status{};
  if (stat(path.c_str(), &status) == 0) return true;
  if (errno != ENOENT && errno != ENOTDIR) fail(path, "cannot be looked at");
  return false;
}

bool is_irregular(const std::filesystem::path& path) {
  struct stat status{};
  return stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode);
}

void require_regular(const std::filesystem::path& path) {
  if (is_irregular(path)) throw StoreError(path.string() + ": is not a regular file", EX_DATAERR);
}

bool has_bytes(const std::filesystem::path& file) {
  std::error_code none;
  const auto size = std::filesystem::file_size(file, none);
  return !none && size > 0;
}

std::filesystem::path behind_links(std::filesystem::path path) {
  constexpr int most_links = 40;  // as the kernel follows
  std::error_code failure;
  for (int i = 0; i < most_links && std::filesystem::is_symlink(path, failure); ++i) {
    const std::filesystem::path target = std::filesystem::read_symlink(path, failure);
    if (failure) break;
    path = target.is_absolute() ? target : directory_of(path) / target;
  }
  return path;
}

std::optional<std::filesystem::path> set_aside(const std::filesystem::path& log, Timestamp now) {
  std::error_code failure;
  if (!has_bytes(log)) {
    std::filesystem::remove(log, failure);
    return std::nullopt;
  }
  std::filesystem::path kept = beside(log, fmt::format(".replaced-{}", now.time_since_epoch().count()).c_str());
  std::filesystem::rename(log, kept, failure);
  if (failure) throw StoreError(fmt::format("{}: {}", log.string(), failure.message()), EX_IOERR);
  return kept;
}

void remove_with_logs(const std::filesystem::path& file) {
  for (const char* suffix : {"", "-journal", "-wal", "-shm"}) {
    unlink(beside(file, suffix).c_str());
  }
}

std::filesystem::path beside(const std::filesystem::path& file, const char* suffix) {
  std::filesystem::path other = file;
  other += suffix;
  return other;
}

}  // namespace tally
