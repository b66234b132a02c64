#include "store/backup.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sysexits.h>

#include <cerrno>
#include <cstring>

#include "store/catalog_file.hpp"
#include "store/files.hpp"
#include "store/reader.hpp"

namespace tally {
namespace {

constexpr mode_t backup_mode = 0640;

[[noreturn]] void fail(const std::filesystem::path& file, const StoreError& error) {
  throw StoreError(fmt::format("{}: {}", file.string(), error.what()), error.exit_code());
}

/// Throws StoreError when a backup that is not over writes it. What else it is, a killed one's, a link or no file of
/// SQLite's, may go.
void require_unused(const std::filesystem::path& file) {
  std::error_code none;
  if (!std::filesystem::is_regular_file(std::filesystem::symlink_status(file, none))) return;
  try {
    sqlite::Connection(file, SQLITE_OPEN_READWRITE).execute("BEGIN EXCLUSIVE");
  } catch (const sqlite::Error& error) {
    if (error.code() == SQLITE_BUSY) throw StoreError(file.string() + ": another backup writes it", EX_TEMPFAIL);
  }
}

/// Makes an empty file, whatever its name led to before.
FileId make_anew(const std::filesystem::path& file) {
  remove_with_logs(file);
  // Closed before SQLite opens it: see store/files.hpp.
  const Descriptor made(open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, backup_mode));
  if (!made.is_open()) throw StoreError(fmt::format("{}: {}", file.string(), std::strerror(errno)), EX_CANTCREAT);
  return id_of(file);
}

void check_target(const std::filesystem::path& target, IfExists if_exists) {
  if (if_exists == IfExists::refuse && is_there(target)) {
    throw StoreError(target.string() + ": exists already", EX_CANTCREAT);
  }
  if (is_irregular(target)) throw StoreError(target.string() + ": is not a regular file", EX_CANTCREAT);
}

/// An empty database that nobody else writes as long as the connection lives.
sqlite::Connection make_locked(const std::filesystem::path& file) {
  require_unused(file);
  const FileId made = make_anew(file);
  try {
    sqlite::Connection connection(file, SQLITE_OPEN_READWRITE);
    connection.execute("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT");
    if (id_of(file) != made) throw StoreError("another backup took it", EX_TEMPFAIL);
    return connection;
  } catch (const StoreError& error) {
    fail(file, error);
  }
}

/// What is to be the target, beside it: removed unless it takes the target's place.
class PartFile {
 public:
  explicit PartFile(const std::filesystem::path& target)
      : path_(part_name(target)), target_(target), connection_(make_locked(path_)) {}
  ~PartFile() {
    if (is_ours_) unlink(path_.c_str());
  }
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] sqlite::Connection& connection() { return connection_; }
  /// While the connection still locks it.
  void take_place() {
    std::error_code failure;
    std::filesystem::rename(path_, target_, failure);
    if (failure) throw StoreError(fmt::format("{}: {}", target_.string(), failure.message()), EX_CANTCREAT);
    is_ours_ = false;
    sync_directory(std::filesystem::absolute(target_).parent_path());
  }

 private:
  std::filesystem::path path_;
  std::filesystem::path target_;
  sqlite::Connection connection_;
  bool is_ours_ = true;
};

void copy_pages(sqlite::Connection& from, sqlite::Connection& to) {
  sqlite3_backup* backup = sqlite3_backup_init(to.handle(), "main", from.handle(), "main");
  // In one step: one moment's catalog, and the write-ahead log lets the writer go on meanwhile.
  if (backup != nullptr) sqlite3_backup_step(backup, -1);
  if (backup == nullptr || sqlite3_backup_finish(backup) != SQLITE_OK) {
    throw StoreError(sqlite3_errmsg(to.handle()), EX_IOERR);
  }
}

}  // namespace

std::filesystem::path part_name(const std::filesystem::path& target) { return beside(target, ".part"); }

void back_up_catalog(const std::filesystem::path& catalog, const std::filesystem::path& target, IfExists if_exists) {
  sqlite::Connection from = open_catalog_reader(catalog);
  std::error_code is_none;
  if (std::filesystem::equivalent(catalog, target, is_none)) {
    throw StoreError(target.string() + ": is the catalog itself", EX_CANTCREAT);
  }
  const std::filesystem::path place = behind_links(target);
  check_target(place, if_exists);
  PartFile part(place);
  try {
    copy_pages(from, part.connection());
    part.connection().execute("PRAGMA journal_mode = DELETE");  // one file, no log beside it
    if (damage_of(part.connection()) != "ok") throw StoreError("the copy is damaged; is the disk?", EX_IOERR);
  } catch (const StoreError& error) {
    fail(part.path(), error);
  }
  part.take_place();
}

}  // namespace tally
