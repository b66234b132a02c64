#include "store/reader.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sysexits.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "runtime/ascii.hpp"
#include "store/catalog_file.hpp"
#include "store/files.hpp"

namespace tally {
namespace {

constexpr int reader_busy_ms = 2000;

SqlValue value_of(const sqlite::Statement& row, int column) {
  switch (sqlite3_column_type(row.handle(), column)) {
    case SQLITE_NULL: return std::monostate();
    case SQLITE_INTEGER: return row.integer(column);
    case SQLITE_FLOAT: return row.real(column);
    default: return row.text(column);
  }
}

/// What would change files although the connection may not write: VACUUM INTO attaches the file that it makes, too.
int deny_changes(void* /*unused*/, int action, const char* name, const char* value, const char* /*database*/,
                 const char* /*trigger*/) {
  if (action == SQLITE_ATTACH) return SQLITE_DENY;
  if (action != SQLITE_PRAGMA) return SQLITE_OK;
  const std::string pragma = ascii::lower(name);
  return pragma == "wal_checkpoint" || (pragma == "journal_mode" && value != nullptr) ? SQLITE_DENY : SQLITE_OK;
}

/// SQLite would not say which of them it cannot open.
void require_readable(const std::filesystem::path& file) {
  require_regular(file);
  if (faccessat(AT_FDCWD, file.c_str(), R_OK, AT_EACCESS) == 0 || errno == ENOENT) return;
  const int error = errno;
  throw StoreError(fmt::format("{}: cannot read: {}", file.string(), std::strerror(error)),
                   error == EACCES ? EX_NOPERM : EX_UNAVAILABLE);
}

}  // namespace

sqlite::Connection open_catalog_reader(const std::filesystem::path& file) {
  std::error_code failure;
  if (!std::filesystem::exists(file, failure)) {
    if (failure) throw StoreError(fmt::format("{}: {}", file.string(), failure.message()), EX_NOPERM);
    throw StoreError(
        fmt::format("{}: there is no catalog; is tallyd running, with this state directory?", file.string()),
        EX_UNAVAILABLE);
  }
  require_readable(file);
  for (const char* suffix : {"-wal", "-shm", "-journal"}) require_readable(beside(behind_links(file), suffix));
  // SQLite would delete the log of an empty file.
  if (!has_bytes(file)) throw StoreError(file.string() + ": is empty, and no catalog", EX_DATAERR);
  try {
    // Never `immutable`, which would miss what is in the write-ahead log, and end the locks of a writer in this
    // process.
    sqlite::Connection connection(file, SQLITE_OPEN_READONLY);
    sqlite3_busy_timeout(connection.handle(), reader_busy_ms);
    check_catalog_header(connection, file);
    connection.execute("PRAGMA query_only = ON");
    return connection;
  } catch (const sqlite::Error& error) {
    throw StoreError(
        fmt::format("{}: {}: {}", file.string(), error.is_damage() ? "is damaged" : "cannot be read", error.what()),
        error.exit_code());
  }
}

Reader::Reader(const std::filesystem::path& catalog) : connection_(open_catalog_reader(catalog)) {
  sqlite3_set_authorizer(connection_.handle(), deny_changes, nullptr);
}

Reader::Rows Reader::query(std::string_view sql, const std::vector<SqlValue>& parameters) {
  try {
    sqlite::Statement statement(connection_.handle(), sql);
    if (statement.handle() == nullptr) throw StoreError("no SQL statement given", EX_DATAERR);
    int index = 0;
    for (const SqlValue& parameter : parameters) {
      ++index;
      std::visit(
          [&](const auto& value) {
            if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::monostate>) {
              statement.bind_one(index, nullptr);
            } else {
              statement.bind_one(index, value);
            }
          },
          parameter);
    }
    Rows result;
    const int columns = sqlite3_column_count(statement.handle());
    for (int i = 0; i < columns; ++i) result.columns.emplace_back(sqlite3_column_name(statement.handle(), i));
    while (statement.step()) {
      std::vector<SqlValue>& row = result.rows.emplace_back();
      row.reserve(static_cast<std::size_t>(columns));
      for (int i = 0; i < columns; ++i) row.push_back(value_of(statement, i));
    }
    return result;
  } catch (const sqlite::Error& error) {
    if (error.exit_code() == EX_NOPERM) {  // wrong SQL, not a lack of permission
      throw StoreError(fmt::format("{}; a query reads the catalog, and can do nothing else", error.what()), EX_DATAERR);
    }
    if (error.exit_code() == EX_DATAERR && !error.is_damage()) throw;  // wrong SQL
    throw StoreError(fmt::format("{}: {}", sqlite3_db_filename(connection_.handle(), "main"), error.what()),
                     error.exit_code());
  }
}

std::int64_t last_event_id(Reader& reader) {
  const Reader::Rows rows = reader.query("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'event'");
  return std::get<std::int64_t>(rows.rows.at(0).at(0));
}

}  // namespace tally
