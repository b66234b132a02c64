#include "store/row_json.hpp"

#include <array>
#include <boost/json/parse.hpp>
#include <string_view>

#include "runtime/contains.hpp"

namespace tally {
namespace json = boost::json;
namespace {

// Columns of the views that hold JSON.
constexpr std::array json_columns = {std::string_view("available_azs"), std::string_view("architectures"),
                                     std::string_view("attributes"),    std::string_view("capabilities"),
                                     std::string_view("detail"),        std::string_view("aliases"),
                                     std::string_view("options"),       std::string_view("credential_fields")};

json::value value_of(const std::string& column, const SqlValue& value) {
  if (std::holds_alternative<std::monostate>(value)) return nullptr;
  if (const auto* number = std::get_if<std::int64_t>(&value)) return *number;
  if (const auto* number = std::get_if<double>(&value)) return *number;
  const auto& text = std::get<std::string>(value);
  const bool may_be_json = contains(json_columns, column);
  if (may_be_json && (text.starts_with('{') || text.starts_with('['))) {
    boost::system::error_code failure;
    json::value nested = json::parse(text, failure);
    if (!failure) return nested;
  }
  return json::value(text);
}

}  // namespace

json::object row_json(const std::vector<std::string>& columns, const std::vector<SqlValue>& row) {
  json::object object;
  for (std::size_t i = 0; i < row.size(); ++i) object[columns[i]] = value_of(columns[i], row[i]);
  return object;
}

}  // namespace tally
