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

std::uint32_t big_endian(const std::array<unsigned char, header_size>& header, std::size_t at) {
  return static_cast<std::uint32_t>(header.at(at)) << 24U | static_cast<std::uint32_t>(header.at(at + 1)) << 16U |
         static_cast<std::uint32_t>(header.at(at + 2)) << 8U | static_cast<std::uint32_t>(header.at(at + 3));
}

/// Makes an empty file of the right mode, whatever the umask says. True when there is something in the file already.
bool prepare_file(const std::filesystem::path& file) {
  const int descriptor = open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, file_mode);
  if (descriptor < 0) {
    refuse(file, fmt::format("cannot open for writing: {}", std::strerror(errno)),
           errno == EACCES || errno == EROFS || errno == EPERM ? EX_NOPERM : EX_IOERR);
  }
  struct stat status{};
  const bool is_known = fstat(descriptor, &status) == 0;
  const bool is_empty = is_known && status.st_size == 0;
  if (is_empty) fchmod(descriptor, file_mode);
  close(descriptor);
  return !is_empty;
}

/// Reads every page once; a read-only connection changes nothing of what it finds.
void check_integrity(const std::filesystem::path& file) {
  std::string finding = "ok";
  try {
    sqlite::Connection reader(file.string(), SQLITE_OPEN_READONLY);
    sqlite::Statement check(reader.handle(), "PRAGMA quick_check(1)");
    if (check.step()) finding = check.text(0);
  } catch (const StoreError& error) {
    finding = error.what();
  }
  if (finding == "ok") return;
  refuse(
      file,
      fmt::format("the catalog is damaged ({}); move it away and start again: the next polls fill a new one, history "
                  "is in your backup",
                  finding),
      EX_DATAERR);
}

void migrate(sqlite::Connection& connection, const std::filesystem::path& file) {
  const std::int64_t version = connection.integer("PRAGMA user_version");
  const auto latest = static_cast<std::int64_t>(schema_migrations.size());
  if (version > latest) {
    refuse(file,
           fmt::format("made by a newer tallyd (schema {}, this one knows {}); run that version or newer", version,
                       latest),
           EX_DATAERR);
  }
  if (version == latest) return;
  sqlite::Transaction transaction(connection);
  for (std::int64_t next = version; next < latest; ++next) {
    connection.execute(std::string(schema_migrations.at(static_cast<std::size_t>(next))));
  }
  connection.execute(fmt::format("PRAGMA application_id = {}", catalog_application_id));
  connection.execute(fmt::format("PRAGMA user_version = {}", latest));
  transaction.commit();
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
  if (version > schema_migrations.size()) {
    refuse(file,
           fmt::format("made by a newer tallyd (schema {}, this one knows {}); run that version or newer", version,
                       schema_migrations.size()),
           EX_DATAERR);
  }
}

sqlite::Connection open_catalog_file(const std::filesystem::path& file) {
  const bool has_content = prepare_file(file);
  // A journal beside it means that its making was cut off: SQLite first undoes that.
  const bool is_half_made = std::filesystem::exists(file.string() + "-journal");
  if (has_content && !is_half_made) {
    check_catalog_header(file);
    check_integrity(file);
  }
  sqlite::Connection connection(file.string(), SQLITE_OPEN_READWRITE);
  sqlite3_busy_timeout(connection.handle(), busy_timeout_ms);
  connection.execute("PRAGMA foreign_keys = ON");
  // The first transaction goes through a rollback journal, so that the file's header says what it is from then on.
  migrate(connection, file);
  connection.execute("PRAGMA journal_mode = WAL");
  connection.execute("PRAGMA synchronous = NORMAL");
  int persist = 1;
  sqlite3_file_control(connection.handle(), "main", SQLITE_FCNTL_PERSIST_WAL, &persist);
  refresh_views(connection);
  connection.execute("PRAGMA wal_checkpoint(PASSIVE)");
  return connection;
}

}  // namespace tally
