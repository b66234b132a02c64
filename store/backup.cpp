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

/// An empty file beside the target, removed unless it takes the target's place.
class PartFile {
 public:
  PartFile(const std::filesystem::path& target, IfExists if_exists) : path_(part_name(target)), target_(target) {
    if (if_exists == IfExists::refuse && is_there(target))
      throw StoreError(target.string() + ": exists already", EX_CANTCREAT);
    if (is_irregular(target)) throw StoreError(target.string() + ": is not a regular file", EX_CANTCREAT);
    remove_with_logs(path_);  // of one that was killed
    // Closed before SQLite opens it: see store/files.hpp.
    const Descriptor made(open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, backup_mode));
    if (!made.is_open()) throw StoreError(fmt::format("{}: {}", path_.string(), std::strerror(errno)), EX_CANTCREAT);
  }
  ~PartFile() {
    std::error_code gone;
    std::filesystem::remove(path_, gone);
  }
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  void take_place() {
    std::error_code failure;
    std::filesystem::rename(path_, target_, failure);
    if (failure) throw StoreError(fmt::format("{}: {}", target_.string(), failure.message()), EX_CANTCREAT);
    sync_directory(std::filesystem::absolute(target_).parent_path());
  }

 private:
  std::filesystem::path path_;
  std::filesystem::path target_;
};

[[noreturn]] void fail_copy(const sqlite::Connection& to) {
  throw StoreError(fmt::format("{}: {}", sqlite3_db_filename(to.handle(), "main"), sqlite3_errmsg(to.handle())),
                   EX_IOERR);
}

void copy_pages(sqlite::Connection& from, sqlite::Connection& to) {
  sqlite3_backup* backup = sqlite3_backup_init(to.handle(), "main", from.handle(), "main");
  if (backup == nullptr) fail_copy(to);
  // In one step: one moment's catalog, and the write-ahead log lets the writer go on meanwhile.
  sqlite3_backup_step(backup, -1);
  if (sqlite3_backup_finish(backup) != SQLITE_OK) fail_copy(to);
}

}  // namespace

std::filesystem::path part_name(const std::filesystem::path& target) { return beside(target, ".part"); }

void back_up_catalog(const std::filesystem::path& catalog, const std::filesystem::path& target, IfExists if_exists) {
  sqlite::Connection from = open_catalog_reader(catalog);
  std::error_code is_none;
  if (std::filesystem::equivalent(catalog, target, is_none)) {
    throw StoreError(target.string() + ": is the catalog itself", EX_CANTCREAT);
  }
  PartFile part(behind_links(target), if_exists);
  {
    sqlite::Connection to(part.path().string(), SQLITE_OPEN_READWRITE);
    copy_pages(from, to);
    to.execute("PRAGMA journal_mode = DELETE");  // one file, no log beside it
    if (damage_of(to) != "ok") {
      throw StoreError(target.string() + ": the copy is damaged; is the disk?", EX_IOERR);
    }
  }
  part.take_place();
}

}  // namespace tally
