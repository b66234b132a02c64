// Rows of a query read back into the model, each column once, from left to right in the order of the SELECT.
#pragma once

#include <fmt/format.h>
#include <sysexits.h>

#include <array>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "cloud/bytes.hpp"
#include "cloud/money.hpp"
#include "runtime/timestamp.hpp"
#include "store/json_columns.hpp"
#include "store/sqlite.hpp"

namespace tally {

/// One row.
class Columns {
 public:
  explicit Columns(const sqlite::Statement& row) : row_(row) {}

  std::string text() { return row_.text(next_++); }
  std::int64_t integer() { return row_.integer(next_++); }
  bool flag() { return integer() != 0; }
  std::optional<std::int64_t> optional_integer() { return row_.optional_integer(next_++); }
  std::optional<std::int32_t> optional_int32() {
    const auto value = optional_integer();
    return value ? std::optional(static_cast<std::int32_t>(*value)) : std::nullopt;
  }
  std::optional<bool> optional_flag() {
    const auto value = optional_integer();
    return value ? std::optional(*value != 0) : std::nullopt;
  }
  std::optional<Bytes> optional_bytes() {
    const auto value = optional_integer();
    return value ? std::optional(Bytes(*value)) : std::nullopt;
  }
  Timestamp time() { return Timestamp(std::chrono::milliseconds(integer())); }
  std::optional<Timestamp> optional_time() {
    const auto value = optional_integer();
    return value ? std::optional(Timestamp(std::chrono::milliseconds(*value))) : std::nullopt;
  }
  std::optional<Money> optional_money() {
    const auto nanos = optional_integer();
    const std::string code = text();
    if (!nanos) return std::nullopt;
    const auto currency = Currency::from_code(code);
    if (!currency) throw std::invalid_argument("unknown currency " + code);
    return Money{*nanos, *currency};
  }
  template <class T>
  T json() {
    return from_json_text<T>(text());
  }

 private:
  const sqlite::Statement& row_;
  int next_ = 0;
};

/// The value whose name has the same place; throws for a name that is none of them.
template <class Enum, std::size_t count>
Enum enum_from(const std::array<std::string_view, count>& names, const std::string& name) {
  for (std::size_t i = 0; i < count; ++i) {
    if (names.at(i) == name) return static_cast<Enum>(i);
  }
  throw std::invalid_argument("unknown state " + name);
}

/// Reads every row of a query; a row that cannot be understood is a damaged catalog.
template <class F>
void for_each_row(sqlite::Statement& select, const char* table, F read) {
  while (select.step()) {
    try {
      read(Columns(select));
    } catch (const StoreError&) {
      throw;
    } catch (const std::exception& error) {
      select.reset();
      throw StoreError(fmt::format("the catalog's table {} holds a row that cannot be read: {}", table, error.what()),
                       EX_DATAERR);
    }
  }
  select.reset();
}

}  // namespace tally
