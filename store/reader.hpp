// A reader of the catalog: SQL over the views through a connection that cannot write. Works while the daemon runs, is
// stopped, or was killed. One thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "store/error.hpp"
#include "store/sqlite.hpp"

namespace tally {

/// A connection that cannot write. Throws StoreError when there is no catalog, or none that this program can read.
sqlite::Connection open_catalog_reader(const std::filesystem::path& catalog);

using SqlValue = std::variant<std::monostate, std::int64_t, double, std::string>;  // monostate is NULL

class Reader {
 public:
  /// Throws StoreError when there is no catalog, or none that this program can read.
  explicit Reader(const std::filesystem::path& catalog);

  struct Rows {
    std::vector<std::string> columns;
    std::vector<std::vector<SqlValue>> rows;
  };

  /// All rows of one statement. Throws StoreError: 65 for SQL that is wrong, would write or open another file, or is
  /// more than one statement, 74 when the file cannot be read.
  [[nodiscard]] Rows query(std::string_view sql, const std::vector<SqlValue>& parameters = {});

 private:
  sqlite::Connection connection_;
};

/// The last ID that was given to an event, kept or not; 0 when there was none.
std::int64_t last_event_id(Reader& reader);

}  // namespace tally
