#include "cli/show/output.hpp"

#include "store/plain_json.hpp"
#include "store/row_json.hpp"

namespace tally::cli {
namespace {

std::string csv_cell(const SqlValue& value) {
  if (std::holds_alternative<std::monostate>(value)) return "";
  if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
  if (const auto* number = std::get_if<double>(&value)) return plain_decimal(*number);
  const auto& text = std::get<std::string>(value);
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted.push_back('"');
    quoted.push_back(c);
  }
  return quoted + "\"";
}

std::string to_json(const Reader::Rows& rows) {
  std::string text = "[";
  for (std::size_t i = 0; i < rows.rows.size(); ++i) {
    text += (i == 0 ? "\n" : ",\n") + plain_json(row_json(rows.columns, rows.rows[i]));
  }
  return text + (rows.rows.empty() ? "]\n" : "\n]\n");
}

std::string to_json_lines(const Reader::Rows& rows) {
  std::string text;
  for (const auto& row : rows.rows) text += plain_json(row_json(rows.columns, row)) + "\n";
  return text;
}

std::string to_csv(const Reader::Rows& rows, bool has_titles) {
  std::string text;
  const auto add = [&text](const auto& cells, auto cell_of) {
    for (std::size_t i = 0; i < cells.size(); ++i) text += (i == 0 ? "" : ",") + cell_of(cells[i]);
    text += "\n";
  };
  if (has_titles) add(rows.columns, [](const std::string& name) { return csv_cell(name); });
  for (const auto& row : rows.rows) add(row, csv_cell);
  return text;
}

}  // namespace

std::string to_text(Format format, const Reader::Rows& rows, bool has_titles) {
  if (format == Format::csv) return to_csv(rows, has_titles);
  return format == Format::jsonl ? to_json_lines(rows) : to_json(rows);
}

}  // namespace tally::cli
