#include "store/sqlite.hpp"

#include <fmt/format.h>
#include <sysexits.h>

#include "store/storable.hpp"

namespace tally::sqlite {
namespace {

/// `doing` is what failed, where SQLite's own words do not say it.
[[noreturn]] void fail(sqlite3* connection, const std::string& doing = "") {
  const int code = sqlite3_extended_errcode(connection) & 0xff;
  int exit_code = EX_IOERR;
  switch (code) {
    case SQLITE_ERROR:  // the SQL is wrong
    case SQLITE_TOOBIG:
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT: exit_code = EX_DATAERR; break;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH: exit_code = EX_NOPERM; break;
    default: break;
  }
  const std::string context = doing.empty() && code == SQLITE_ERROR ? "SQL error" : doing;
  throw Error(context + (context.empty() ? "" : ": ") + sqlite3_errmsg(connection), code, exit_code);
}

/// Takes the first statement off the text; nullptr when only blanks and comments came before its ';'.
sqlite3_stmt* take_statement(sqlite3* connection, std::string_view& sql) {
  sqlite3_stmt* statement = nullptr;
  const char* rest = nullptr;
  if (sqlite3_prepare_v3(connection, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &statement,
                         &rest) != SQLITE_OK) {
    fail(connection);
  }
  sql.remove_prefix(static_cast<std::size_t>(rest - sql.data()));
  return statement;
}

/// With an authority, though an empty one: a path may begin with two slashes.
std::string uri_of(const std::filesystem::path& file, std::string_view parameter) {
  std::string uri = "file://";
  for (const char c : std::filesystem::absolute(file).string()) {
    if (c == '%' || c == '?' || c == '#') {
      uri += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    } else {
      uri.push_back(c);
    }
  }
  return uri.append("?").append(parameter);
}

}  // namespace

Statement::Statement(sqlite3* connection, std::string_view sql) {
  if (sql.find('\0') != std::string_view::npos) throw StoreError("SQL error: a zero byte", EX_DATAERR);
  statement_.reset(take_statement(connection, sql));
  // Blanks and comments may follow; another statement would silently not run.
  while (!sql.empty()) {
    const std::unique_ptr<sqlite3_stmt, Finalize> second(take_statement(connection, sql));
    if (second != nullptr) throw StoreError("SQL error: more than one statement", EX_DATAERR);
  }
}

bool Statement::step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  sqlite3* connection = sqlite3_db_handle(statement_.get());
  try {
    fail(connection);
  } catch (...) {
    sqlite3_reset(statement_.get());
    throw;
  }
}

void Statement::run() {
  while (step()) {
  }
  reset();
}

void Statement::reset() { sqlite3_reset(statement_.get()); }

bool Statement::is_null(int column) const { return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL; }
std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(statement_.get(), column); }
double Statement::real(int column) const { return sqlite3_column_double(statement_.get(), column); }

std::string Statement::blob(int column) const {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(handle(), column));
  return {bytes == nullptr ? "" : bytes, static_cast<std::size_t>(sqlite3_column_bytes(handle(), column))};
}

std::string Statement::text(int column) const {
  const auto* text = sqlite3_column_text(statement_.get(), column);
  if (text == nullptr) return {};
  const int size = sqlite3_column_bytes(statement_.get(), column);
  return {reinterpret_cast<const char*>(text), static_cast<std::size_t>(size)};
}

std::optional<std::int64_t> Statement::optional_integer(int column) const {
  return is_null(column) ? std::nullopt : std::optional(integer(column));
}

void Statement::bind_one(int index, std::nullptr_t) { sqlite3_bind_null(statement_.get(), index); }
void Statement::bind_one(int index, std::int64_t value) { sqlite3_bind_int64(statement_.get(), index, value); }
void Statement::bind_one(int index, double value) { sqlite3_bind_double(statement_.get(), index, value); }
void Statement::bind_one(int index, Blob value) {
  sqlite3_bind_blob64(statement_.get(), index, value.bytes.data(), value.bytes.size(), SQLITE_TRANSIENT);
}

void Statement::bind_one(int index, std::string_view value) {
  if (!is_storable(value)) return bind_one(index, std::string_view(storable(value)));
  sqlite3_bind_text64(statement_.get(), index, value.data(), value.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
}

Connection::Connection(const std::filesystem::path& file, int flags, std::string_view parameter) {
  sqlite3* connection = nullptr;
  const int code = sqlite3_open_v2(uri_of(file, parameter).c_str(), &connection,
                                   flags | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, nullptr);
  connection_.reset(connection);
  if (code != SQLITE_OK) fail(connection, "cannot be opened");
  sqlite3_extended_result_codes(connection, 1);
}

void Connection::execute(const std::string& sql) {
  if (sqlite3_exec(handle(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) fail(handle());
}

std::int64_t Connection::integer(const std::string& sql) {
  Statement statement(handle(), sql);
  return statement.step() ? statement.integer(0) : 0;
}

bool Connection::checkpoint(int mode) {
  int pages = 0;
  int moved = 0;
  const int code = sqlite3_wal_checkpoint_v2(handle(), "main", mode, &pages, &moved);
  if (code != SQLITE_OK && (code & 0xff) != SQLITE_BUSY) fail(handle(), "moving the log into the file");
  return code == SQLITE_OK && moved == pages;
}

Statement& Connection::statement(const char* sql) {
  const auto at = statements_.find(sql);
  if (at != statements_.end()) return at->second;
  return statements_.try_emplace(sql, handle(), std::string_view(sql)).first->second;
}

Transaction::Transaction(Connection& connection) : connection_(connection) { connection.execute("BEGIN IMMEDIATE"); }

Transaction::~Transaction() {
  if (!is_open_ || sqlite3_get_autocommit(connection_.handle()) != 0) return;
  // An interrupt can hit the rollback as well.
  while (sqlite3_exec(connection_.handle(), "ROLLBACK", nullptr, nullptr, nullptr) == SQLITE_INTERRUPT) {
  }
}

void Transaction::commit() {
  connection_.execute("COMMIT");
  is_open_ = false;
}

}  // namespace tally::sqlite
