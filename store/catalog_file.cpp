#include "store/catalog_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "store/schema.hpp"

namespace tally {
namespace {

constexpr mode_t file_mode = 0640;  // the group reads; SQLite gives the -wal and -shm files the same
constexpr std::size_t header_size = 100;
constexpr std::size_t user_version_at = 60;  // big-endian, SQLite file format section 1.3
constexpr std::size_t application_id_at = 68;
constexpr int busy_timeout_ms = 2000;

[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& why, int exit_code) {
  throw StoreError(fmt::format("{}: {}", file.string(), why), exit_code);
}

[[noreturn]] void refuse_to_write(const std::filesystem::path& file) {
  const int error = errno;
  refuse(file, fmt::format("cannot open for writing: {}", std::strerror(error)),
         error == EACCES || error == EROFS || error == EPERM ? EX_NOPERM : EX_IOERR);
}

std::uint32_t big_endian(const std::array<unsigned char, header_size>& header, std::size_t at) {
  return static_cast<std::uint32_t>(header.at(at)) << 24U | static_cast<std::uint32_t>(header.at(at + 1)) << 16U |
         static_cast<std::uint32_t>(header.at(at + 2)) << 8U | static_cast<std::uint32_t>(header.at(at + 3));
}

/// False when there is no file, or an empty one. A file that may not be written is refused.
bool has_content(const std::filesystem::path& file) {
  const int descriptor = open(file.c_str(), O_RDWR | O_CLOEXEC);
  if (descriptor < 0 && errno == ENOENT) return false;
  if (descriptor < 0) refuse_to_write(file);
  struct stat status{};
  const bool is_empty = fstat(descriptor, &status) == 0 && status.st_size == 0;
  close(descriptor);
  return !is_empty;
}

/// Makes an empty file of the right mode, whatever the umask says.
void make_file(const std::filesystem::path& file) {
  const int descriptor = open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, file_mode);
  if (descriptor < 0) refuse_to_write(file);
  fchmod(descriptor, file_mode);
  close(descriptor);
}

[[noreturn]] void refuse_newer(const std::filesystem::path& file, std::int64_t version) {
  refuse(file,
         fmt::format("made by a newer tallyd (schema {}, this one knows {}); run that version or newer", version,
                     schema_migrations.size()),
         EX_DATAERR);
}

/// "ok", or what is wrong with the first page that is. Reads every page.
std::string damage_of(sqlite::Connection& connection) {
  try {
    sqlite::Statement check(connection.handle(), "PRAGMA quick_check(1)");
    return check.step() ? check.text(0) : "no answer";
  } catch (const StoreError& error) {
    if (error.exit_code() != EX_DATAERR) throw;
    return error.what();
  }
}

/// Refuses a damaged file, and a newer one of which only the write-ahead log tells. Changes nothing, the folder
/// included: where there is no log, opening the file as immutable keeps SQLite from making one.
void check_content(const std::filesystem::path& file) {
  std::error_code no_log;
  const auto log_size = std::filesystem::file_size(file.string() + "-wal", no_log);
  const bool has_log = !no_log && log_size > 0;
  sqlite::Connection reader(sqlite::file_uri(file, has_log ? "mode=ro" : "immutable=1"), SQLITE_OPEN_READONLY);
  sqlite3_busy_timeout(reader.handle(), busy_timeout_ms);
  const std::string damage = damage_of(reader);
  if (damage != "ok") {
    refuse(file,
           fmt::format("the catalog is damaged ({}); move it away and start again: the next polls fill a new one, "
                       "history is in your backup",
                       damage),
           EX_DATAERR);
  }
  const std::int64_t version = reader.integer("PRAGMA user_version");
  if (version > static_cast<std::int64_t>(schema_migrations.size())) refuse_newer(file, version);
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

/// Made beside and moved into place whole: a kill leaves no half of a catalog, and every file found under the name was
/// complete once.
void make_catalog(const std::filesystem::path& file) {
  const std::string fresh = file.string() + ".new";
  std::error_code failure;
  for (const char* suffix : {"", "-journal"}) std::filesystem::remove(fresh + suffix, failure);
  make_file(fresh);
  {
    sqlite::Connection connection(fresh, SQLITE_OPEN_READWRITE);
    migrate(connection);
  }
  // The logs of an earlier file of this name would be taken for the new one's.
  for (const char* suffix : {"-wal", "-shm", "-journal"}) std::filesystem::remove(file.string() + suffix, failure);
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

}  // namespace

void check_catalog_header(const std::filesystem::path& file) {
  std::array<unsigned char, header_size> header{};
  std::ifstream in(file, std::ios::binary);
  if (!in) {
    const int error = errno;
    refuse(file, fmt::format("cannot read: {}", std::strerror(error)), error == EACCES ? EX_NOPERM : EX_UNAVAILABLE);
  }
  in.read(reinterpret_cast<char*>(header.data()), header.size());
  constexpr std::string_view magic("SQLite format 3\0", 16);
  if (in.gcount() < static_cast<std::streamsize>(header_size) || std::memcmp(header.data(), magic.data(), 16) != 0) {
    refuse(file, "not an SQLite file; name another state directory, or move it away", EX_DATAERR);
  }
  if (big_endian(header, application_id_at) != catalog_application_id) {
    refuse(file, "an SQLite file, but not a tallyd catalog; name another state directory, or move it away", EX_DATAERR);
  }
  const std::uint32_t version = big_endian(header, user_version_at);
  if (version > schema_migrations.size()) refuse_newer(file, version);
}

sqlite::Connection open_catalog_file(const std::filesystem::path& file) {
  if (has_content(file)) {
    check_catalog_header(file);
    check_content(file);
  } else {
    make_catalog(file);
  }
  sqlite::Connection connection(file.string(), SQLITE_OPEN_READWRITE);
  sqlite3_busy_timeout(connection.handle(), busy_timeout_ms);
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
  return connection;
}

}  // namespace tally
