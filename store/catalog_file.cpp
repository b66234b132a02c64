#include "store/catalog_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <sysexits.h>

#include <cerrno>
#include <cstring>

#include "runtime/system_clock.hpp"
#include "store/files.hpp"
#include "store/restore.hpp"
#include "store/schema.hpp"

namespace tally {
namespace {

constexpr mode_t file_mode = 0640;  // the group reads; SQLite gives the -wal and -shm files the same
constexpr int opening_timeout_ms = 2000;
// The writer never waits long for a program that holds the catalog: that is a failed write, which is tried again.
constexpr int catalog_busy_ms = 250;

[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& why, int exit_code) {
  throw StoreError(fmt::format("{}: {}", file.string(), why), exit_code);
}

[[noreturn]] void refuse_to_write(const std::filesystem::path& file) {
  const int error = errno;
  refuse(file, fmt::format("cannot open for writing: {}", std::strerror(error)),
         error == EACCES || error == EROFS || error == EPERM ? EX_NOPERM : EX_IOERR);
}

void require_access(const std::filesystem::path& file) {
  require_regular(file);
  if (faccessat(AT_FDCWD, file.c_str(), R_OK | W_OK, AT_EACCESS) != 0) refuse_to_write(file);
}

/// False when there is no file, or an empty one. What is no file, or may not be written, is refused.
bool has_content(const std::filesystem::path& file) {
  struct stat status{};
  if (stat(file.c_str(), &status) != 0) {
    if (errno == ENOENT) return false;
    refuse_to_write(file);
  }
  require_access(file);
  return status.st_size != 0;
}

/// The writer reads and writes its log and the log's index, and makes them where they are not. SQLite would not say
/// which of them it cannot open.
void require_logs(const std::filesystem::path& file) {
  require_regular(beside(file, "-journal"));
  const std::filesystem::path directory = std::filesystem::absolute(file).parent_path();
  for (const char* suffix : {"-wal", "-shm"}) {
    const std::filesystem::path log = beside(file, suffix);
    if (is_there(log)) {
      require_access(log);
    } else if (faccessat(AT_FDCWD, directory.c_str(), W_OK | X_OK, AT_EACCESS) != 0) {
      refuse_to_write(log);
    }
  }
}

/// Makes an empty file of the right mode, whatever the umask says.
void make_file(const std::filesystem::path& file) {
  const Descriptor made(open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, file_mode));
  if (!made.is_open()) refuse_to_write(file);
  fchmod(made.number(), file_mode);
}

[[noreturn]] void refuse_newer(const std::filesystem::path& file, std::int64_t version) {
  refuse(file,
         fmt::format("made by a newer tallyd (schema {}, this one knows {}); run that version or newer", version,
                     schema_migrations.size()),
         EX_DATAERR);
}

/// Without locks and without side files: for files that nobody in this process has open.
sqlite::Connection open_untouched(const std::filesystem::path& file) {
  return {file, SQLITE_OPEN_READONLY, "immutable=1"};
}

[[noreturn]] void refuse_damaged(const std::filesystem::path& file, const std::string& damage) {
  refuse(
      file,
      fmt::format(
          "the catalog is damaged ({}); move it away, with its -wal, and start again: the next polls fill a new one, "
          "history is in your backup",
          damage),
      EX_DATAERR);
}

void read_whole(sqlite::Connection& reader, const std::filesystem::path& file) {
  if (const std::string damage = damage_of(reader); damage != "ok") refuse_damaged(file, damage);
}

/// Refuses what is not ours, what is newer, and what is damaged. Changes nothing, the folder included: where the log
/// holds nothing, SQLite is kept from making one.
void check_content(const std::filesystem::path& file) {
  const std::filesystem::path log = beside(file, "-wal");
  const bool has_log = has_bytes(log);
  sqlite::Connection untouched = open_untouched(file);
  // Of a file whose checkpoint a kill cut off, the header may count pages that only the log holds. SQLite takes that
  // for damage unless the schema may be written.
  if (has_log) sqlite3_db_config(untouched.handle(), SQLITE_DBCONFIG_WRITABLE_SCHEMA, 1, nullptr);
  check_catalog_header(untouched, file);
  if (has_log) {
    // Whoever wrote it was killed, or lost power. A newer version may be told of by the log alone.
    sqlite::Connection reader(file, SQLITE_OPEN_READONLY);
    sqlite3_busy_timeout(reader.handle(), opening_timeout_ms);
    read_whole(reader, file);
    check_catalog_header(reader, file);
  } else if (!std::filesystem::exists(log)) {
    // An empty log is what a clean stop leaves. None at all: the file comes from elsewhere, or had a visitor.
    read_whole(untouched, file);
  }
}

void migrate(sqlite::Connection& connection) {
  const std::int64_t version = connection.integer("PRAGMA user_version");
  const auto latest = static_cast<std::int64_t>(schema_migrations.size());
  if (version == latest) return;
  sqlite::Transaction transaction(connection);
  for (std::int64_t next = version; next < latest; ++next) {
    connection.execute(std::string(schema_migrations.at(static_cast<std::size_t>(next))));
  }
  connection.execute(fmt::format("PRAGMA application_id = {}", catalog_application_id));
  connection.execute(fmt::format("PRAGMA user_version = {}", latest));
  transaction.commit();
}

/// The logs of an earlier file of this name would be taken for the new one's; what is in them may be all that is left
/// of it.
void set_logs_aside(const std::filesystem::path& file) {
  std::error_code gone;
  std::filesystem::remove(beside(file, "-shm"), gone);
  for (const char* log : {"-wal", "-journal"}) {
    if (const auto kept = set_aside(beside(file, log), SystemClock().wall_now())) {
      spdlog::warn("catalog: {} is not there, or empty, but a log of it is; that is kept as {}", file.string(),
                   kept->string());
    }
  }
}

std::filesystem::path fresh_name(const std::filesystem::path& file) { return beside(file, ".new"); }

/// Made beside and moved into place whole: a kill leaves no half of a catalog, and every file found under the name was
/// complete once.
void make_catalog(const std::filesystem::path& file) {
  const std::filesystem::path fresh = fresh_name(file);
  make_file(fresh);
  {
    sqlite::Connection connection(fresh, SQLITE_OPEN_READWRITE);
    migrate(connection);
  }
  set_logs_aside(file);
  std::error_code failure;
  std::filesystem::rename(fresh, file, failure);
  if (failure) refuse(file, "cannot be made: " + failure.message(), EX_IOERR);
}

/// Views are text, not data: when this program's differ from the file's, they are made anew.
void refresh_views(sqlite::Connection& connection) {
  std::string wanted;
  for (const std::string_view sql : schema_views) wanted += sql;
  connection.execute("CREATE TABLE IF NOT EXISTS view_source (sql TEXT NOT NULL)");
  sqlite::Statement stored(connection.handle(), "SELECT sql FROM view_source");
  if (stored.step() && stored.text(0) == wanted) return;
  stored.reset();
  sqlite::Transaction transaction(connection);
  std::string drops;
  sqlite::Statement views(connection.handle(), "SELECT name FROM sqlite_master WHERE type = 'view'");
  while (views.step()) drops += fmt::format("DROP VIEW \"{}\";", views.text(0));
  views.reset();
  connection.execute(drops);
  connection.execute(wanted);
  connection.execute("DELETE FROM view_source");
  connection.statement("INSERT INTO view_source VALUES (?)").bind(wanted).run();
  transaction.commit();
}

void prepare_to_write(sqlite::Connection& connection) {
  connection.execute("PRAGMA foreign_keys = ON");
  connection.execute("PRAGMA journal_mode = WAL");
  connection.execute("PRAGMA synchronous = NORMAL");
  connection.execute("PRAGMA journal_size_limit = 67108864");  // what a long reader made grow shrinks again
  // A reader of the group may not make files here. It needs no more than that the -wal and -shm files exist and that
  // it may read them: left in place by a clean stop, and as they are after a kill, SQLite (3.22 and newer) rebuilds
  // the index of the log in the reader's own memory when no writer is there to vouch for the shared one.
  int persist = 1;
  sqlite3_file_control(connection.handle(), "main", SQLITE_FCNTL_PERSIST_WAL, &persist);
  migrate(connection);
  refresh_views(connection);
  connection.execute("PRAGMA wal_checkpoint(PASSIVE)");
}

sqlite::Connection open_to_write(const std::filesystem::path& file) {
  const bool has_catalog = has_content(file);
  if (has_catalog) {
    require_logs(file);
    check_content(file);
  }
  remove_unfinished_restore(file);
  remove_with_logs(fresh_name(file));
  if (!has_catalog) make_catalog(file);
  sqlite::Connection connection(file, SQLITE_OPEN_READWRITE);
  sqlite3_busy_timeout(connection.handle(), opening_timeout_ms);
  prepare_to_write(connection);
  sqlite3_busy_timeout(connection.handle(), catalog_busy_ms);
  return connection;
}

}  // namespace

std::string damage_of(sqlite::Connection& connection) {
  try {
    sqlite::Statement check(connection.handle(), "PRAGMA quick_check(1)");
    return check.step() ? check.text(0) : "no answer";
  } catch (const StoreError& error) {
    if (error.exit_code() != EX_DATAERR) throw;
    return error.what();
  }
}

void check_catalog_header(sqlite::Connection& connection, const std::filesystem::path& file) {
  std::int64_t application = 0;
  try {
    application = connection.integer("PRAGMA application_id");
  } catch (const sqlite::Error& error) {
    if (error.code() == SQLITE_CORRUPT || error.exit_code() != EX_DATAERR) throw;
    refuse(file, fmt::format("no catalog ({}); name another state directory, or move it away", error.what()),
           EX_DATAERR);
  }
  const std::int64_t version = connection.integer("PRAGMA user_version");
  if (application != catalog_application_id || version < 0) {
    refuse(file, "an SQLite file, but not a tallyd catalog; name another state directory, or move it away", EX_DATAERR);
  }
  if (version > static_cast<std::int64_t>(schema_migrations.size())) refuse_newer(file, version);
}

sqlite::Connection open_catalog_file(const std::filesystem::path& path) {
  const std::filesystem::path file = behind_links(path);  // beside which its logs are
  try {
    return open_to_write(file);
  } catch (const sqlite::Error& error) {
    if (error.is_damage()) refuse_damaged(file, error.what());
    if (error.code() == SQLITE_ERROR) {
      refuse(
          file,
          fmt::format("its tables are not those of its version ({}); restore a backup, or move it away", error.what()),
          EX_DATAERR);
    }
    refuse(file, error.what(), error.exit_code());
  }
}

}  // namespace tally
