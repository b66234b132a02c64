#include "store/restore.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "runtime/system_clock.hpp"
#include "store/backup.hpp"
#include "store/catalog_file.hpp"
#include "store/files.hpp"
#include "store/reader.hpp"

namespace tally {
namespace fs = std::filesystem;

namespace {

constexpr mode_t catalog_mode = 0640;
constexpr int restore_busy_ms = 2000;
constexpr std::array logs = {"-wal", "-journal"};  // what SQLite keeps beside a file and needs with it

fs::path copy_name(const fs::path& catalog) { return beside(catalog, ".restoring"); }

void check_backup(const fs::path& backup, const fs::path& catalog) {
  std::error_code none;
  if (!fs::exists(backup, none)) throw StoreError(backup.string() + ": there is no such file", EX_NOINPUT);
  if (fs::equivalent(backup, catalog, none)) throw StoreError(backup.string() + ": is the catalog itself", EX_USAGE);
  sqlite::Connection reader = open_catalog_reader(backup);
  const std::string damage = damage_of(reader);
  if (damage != "ok") {
    throw StoreError(fmt::format("{}: the backup is damaged ({}); nothing was changed", backup.string(), damage),
                     EX_DATAERR);
  }
}

/// A whole catalog beside the one that it is to replace; removed unless it takes that one's place.
class Copy {
 public:
  Copy(const fs::path& backup, const fs::path& catalog) : file_(copy_name(catalog)) {
    remove_with_logs(file_);  // of one that was killed, or a link
    back_up_catalog(backup, file_, IfExists::replace);
    give_to_owner_of_directory(file_);
    const Descriptor made(open(file_.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
    if (!made.is_open() || fchmod(made.number(), catalog_mode) != 0) {
      throw StoreError(fmt::format("{}: {}", file_.string(), std::strerror(errno)), EX_IOERR);
    }
  }
  ~Copy() {
    std::error_code gone;
    fs::remove(file_, gone);
  }
  Copy(const Copy&) = delete;
  Copy& operator=(const Copy&) = delete;

  void take_place_of(const fs::path& catalog) { fs::rename(file_, catalog); }

 private:
  fs::path file_;
};

/// Moves the log into the catalog. A catalog that cannot take it, a damaged one, keeps it.
void empty_log_of(const fs::path& catalog) {
  bool is_empty = false;
  try {
    sqlite::Connection connection(catalog, SQLITE_OPEN_READWRITE);
    sqlite3_busy_timeout(connection.handle(), restore_busy_ms);
    (void)connection.integer("PRAGMA user_version");  // SQLite looks for a log with the first read only
    is_empty = connection.checkpoint(SQLITE_CHECKPOINT_TRUNCATE);
  } catch (const StoreError&) {
    return;
  }
  if (is_empty) return;
  throw StoreError(
      fmt::format("{}: a program is reading it and holds on to its log; end that program first", catalog.string()),
      EX_TEMPFAIL);
}

void rename_with_logs(const fs::path& from, const fs::path& to) {
  for (const char* log : logs) {
    if (has_bytes(beside(from, log))) fs::rename(beside(from, log), beside(to, log));
  }
  if (fs::exists(from)) fs::rename(from, to);
}

/// An earlier file of this name gets a number.
void make_room_at(const fs::path& kept) {
  if (!fs::exists(kept)) return;
  int number = 1;
  const auto numbered = [&] { return beside(kept, fmt::format(".{}", number).c_str()); };
  while (fs::exists(numbered())) ++number;
  rename_with_logs(kept, numbered());
}

/// Gives the catalog a second name, so that there is one in its place at any moment.
void link_or_rename(const fs::path& catalog, const fs::path& kept) {
  std::error_code failure;
  fs::create_hard_link(catalog, kept, failure);
  if (failure) fs::rename(catalog, kept);  // a file system without links
}

void keep(const fs::path& catalog, const fs::path& kept) {
  empty_log_of(catalog);
  std::error_code none;
  const bool was_cut_off = fs::equivalent(catalog, kept, none);
  if (!was_cut_off) {
    make_room_at(kept);
    link_or_rename(catalog, kept);
  }
  for (const char* log : logs) {
    if (has_bytes(beside(catalog, log))) fs::rename(beside(catalog, log), beside(kept, log));
  }
}

}  // namespace

void remove_unfinished_restore(const fs::path& catalog) {
  for (const fs::path& left : {copy_name(catalog), part_name(copy_name(catalog))}) remove_with_logs(left);
}

Restored restore_catalog(const fs::path& backup, const fs::path& place) {
  const fs::path catalog = behind_links(place);
  require_regular(catalog);
  check_backup(backup, catalog);
  try {
    Copy copy(backup, catalog);
    Restored was;
    if (has_bytes(catalog)) {
      was.catalog = beside(catalog, ".before-restore");
      keep(catalog, was.catalog);
    }
    // What keep() left there is empty; SQLite would delete any log of an empty catalog.
    if (const auto log = set_aside(beside(catalog, "-wal"), SystemClock().wall_now())) was.log = *log;
    for (const char* other : {"-shm", "-journal"}) fs::remove(beside(catalog, other));
    sync_directory(catalog.parent_path());
    copy.take_place_of(catalog);
    sync_directory(catalog.parent_path());
    return was;
  } catch (const fs::filesystem_error& error) {
    throw StoreError(error.what(), error.code() == std::errc::permission_denied ? EX_NOPERM : EX_IOERR);
  }
}

}  // namespace tally
