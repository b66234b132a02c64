// A thin RAII layer over SQLite: connections, prepared statements, transactions. A failure is an Error. One thread at a
// time uses a connection (interrupt() excepted). Of a file that a connection of this process may have open, nobody
// in the process opens a descriptor past SQLite (store/files.hpp says why), nor a connection with `immutable` or
// `nolock`, which SQLite does not keep track of; any other second connection is fine, whatever path it comes by.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "store/error.hpp"

namespace tally::sqlite {

/// What SQLite says of a file or of a statement; names no file. 65 for a file that is damaged or no database and for
/// wrong SQL or too large a value, 77 without permission to write, else 74.
class Error : public StoreError {
 public:
  Error(const std::string& what, int code, int exit_code) : StoreError(what, exit_code), code_(code) {}
  /// SQLite's primary result code, such as SQLITE_CORRUPT.
  [[nodiscard]] int code() const { return code_; }
  /// The bytes of the file are wrong, not the statement.
  [[nodiscard]] bool is_damage() const { return code_ == SQLITE_CORRUPT || code_ == SQLITE_NOTADB; }

 private:
  int code_;
};

/// Bytes to be stored as they are.
struct Blob {
  std::string_view bytes;
};

/// A prepared statement with its parameters bound in order and its columns read in order.
class Statement {
 public:
  /// Throws StoreError when the text is wrong or holds more than one statement; handle() is nullptr when it holds none.
  Statement(sqlite3* connection, std::string_view sql);

  /// Binds the parameters from the first one on: integers, text, bytes, NULL (nullptr or an empty optional).
  /// Text is bound storable (storable.hpp).
  template <class... Values>
  Statement& bind(const Values&... values) {
    reset();
    int index = 0;
    (bind_one(++index, values), ...);
    return *this;
  }

  /// True while there is a row to read.
  bool step();

  /// Runs a statement that answers no rows.
  void run();
  void reset();

  [[nodiscard]] bool is_null(int column) const;
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] double real(int column) const;
  [[nodiscard]] std::string text(int column) const;  // "" for NULL
  [[nodiscard]] std::string blob(int column) const;
  [[nodiscard]] std::optional<std::int64_t> optional_integer(int column) const;
  [[nodiscard]] sqlite3_stmt* handle() const { return statement_.get(); }

  void bind_one(int index, std::nullptr_t);
  void bind_one(int index, std::int64_t value);
  void bind_one(int index, int value) { bind_one(index, static_cast<std::int64_t>(value)); }
  void bind_one(int index, bool value) { bind_one(index, static_cast<std::int64_t>(value)); }
  void bind_one(int index, double value);
  void bind_one(int index, std::string_view value);
  void bind_one(int index, Blob value);
  void bind_one(int index, const std::string& value) { bind_one(index, std::string_view(value)); }
  void bind_one(int index, const char* value) { bind_one(index, std::string_view(value)); }
  template <class T>
  void bind_one(int index, const std::optional<T>& value) {
    value ? bind_one(index, *value) : bind_one(index, nullptr);
  }

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

class Connection {
 public:
  /// `flags` as sqlite3_open_v2 takes them, `parameter` as a URI of SQLite does, such as "immutable=1". The path is
  /// one, whatever is in it.
  Connection(const std::filesystem::path& file, int flags, std::string_view parameter = "");

  [[nodiscard]] sqlite3* handle() const { return connection_.get(); }
  void execute(const std::string& sql);
  [[nodiscard]] std::int64_t integer(const std::string& sql);

  /// Moves the write-ahead log into the file, as sqlite3_wal_checkpoint_v2 understands `mode`. False when readers, or a
  /// writer, keep some of it where it is; throws StoreError when the file cannot take it.
  bool checkpoint(int mode);

  /// A statement kept for the life of the connection; `sql` is a literal.
  Statement& statement(const char* sql);

 private:
  struct Close {
    void operator()(sqlite3* connection) const { sqlite3_close_v2(connection); }
  };
  std::unique_ptr<sqlite3, Close> connection_;
  std::map<const char*, Statement> statements_;
};

/// BEGIN IMMEDIATE; rolled back unless committed.
class Transaction {
 public:
  explicit Transaction(Connection& connection);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit();

 private:
  Connection& connection_;
  bool is_open_ = true;
};

}  // namespace tally::sqlite
