#include "cli/output.hpp"

#include <algorithm>
#include <array>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <string_view>

namespace tally::cli {
namespace json = boost::json;
namespace {

// Columns of the views that hold JSON.
constexpr std::array<std::string_view, 5> json_columns = {"available_azs", "architectures", "attributes",
                                                          "capabilities", "detail"};

json::value value_of(const std::string& column, const SqlValue& value) {
  if (std::holds_alternative<std::monostate>(value)) return nullptr;
  if (const auto* number = std::get_if<std::int64_t>(&value)) return *number;
  if (const auto* number = std::get_if<double>(&value)) return *number;
  const auto& text = std::get<std::string>(value);
  const bool may_be_json = std::find(json_columns.begin(), json_columns.end(), column) != json_columns.end();
  if (may_be_json && (text.starts_with('{') || text.starts_with('['))) {
    boost::system::error_code failure;
    json::value nested = json::parse(text, failure);
    if (!failure) return nested;
  }
  return json::value(text);
}

json::object object_of(const Reader::Rows& rows, const std::vector<SqlValue>& row) {
  json::object object;
  for (std::size_t i = 0; i < row.size(); ++i) object[rows.columns[i]] = value_of(rows.columns[i], row[i]);
  return object;
}

std::string csv_cell(const SqlValue& value) {
  if (std::holds_alternative<std::monostate>(value)) return "";
  if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
  if (const auto* number = std::get_if<double>(&value)) return json::serialize(json::value(*number));
  const auto& text = std::get<std::string>(value);
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted.push_back('"');
    quoted.push_back(c);
  }
  return quoted + "\"";
}

}  // namespace

std::string to_json(const Reader::Rows& rows) {
  std::string text = "[";
  for (std::size_t i = 0; i < rows.rows.size(); ++i) {
    text += (i == 0 ? "\n" : ",\n") + json::serialize(object_of(rows, rows.rows[i]));
  }
  return text + (rows.rows.empty() ? "]\n" : "\n]\n");
}

std::string to_json_lines(const Reader::Rows& rows) {
  std::string text;
  for (const auto& row : rows.rows) text += json::serialize(object_of(rows, row)) + "\n";
  return text;
}

std::string to_csv(const Reader::Rows& rows) {
  std::string text;
  const auto add = [&text](const auto& cells, auto cell_of) {
    for (std::size_t i = 0; i < cells.size(); ++i) text += (i == 0 ? "" : ",") + cell_of(cells[i]);
    text += "\r\n";
  };
  add(rows.columns, [](const std::string& name) { return csv_cell(name); });
  for (const auto& row : rows.rows) add(row, csv_cell);
  return text;
}

}  // namespace tally::cli
