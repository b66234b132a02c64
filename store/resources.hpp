// The views that programs read row by row, and by what they may be filtered: one description for the control API
// (query parameters) and tallyctl (options). Pure data and functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "store/reader.hpp"

namespace tally {

enum class FilterKind {
  text,     // compared exactly
  integer,  // a whole number
  number,   // a decimal number
  flag,     // true or false
};

struct Filter {
  std::string_view name;  // "min_vram"; in tallyctl --min-vram
  FilterKind kind = FilterKind::text;
  std::string_view condition;  // SQL with one `?`; of a flag: the condition when it is true
  std::string_view help;       // what it means, for a person
};

struct Resource {
  std::string_view name;               // "instance-types", as in /v1/instance-types
  std::string_view view;               // "instance_types"
  std::vector<std::string_view> keys;  // columns that name a row; rows are in their order, NULL as ''
  std::vector<Filter> filters;
};

const std::vector<Resource>& resources();
const Resource* find_resource(std::string_view name);

/// Conditions that filters put on a view.
class Where {
 public:
  /// `value` has the filter's kind: text, int64 or double; ignored for a flag.
  void add(const Filter& filter, SqlValue value);
  void add(std::string_view condition) { text_.append(text_.empty() ? " WHERE " : " AND ").append(condition); }
  void add(std::string_view condition, SqlValue parameter);
  /// The next `?` of the condition that was added last.
  void add_parameter(SqlValue parameter) { parameters_.push_back(std::move(parameter)); }

  [[nodiscard]] const std::string& text() const { return text_; }  // "" or " WHERE a AND b"
  [[nodiscard]] const std::vector<SqlValue>& parameters() const { return parameters_; }

 private:
  std::string text_;
  std::vector<SqlValue> parameters_;
};

}  // namespace tally
