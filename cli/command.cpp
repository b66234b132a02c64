#include "cli/command.hpp"

#include <sysexits.h>

#include <iostream>

#include "cli/show/format.hpp"
#include "cli/show/terminal.hpp"
#include "store/error.hpp"

namespace tally::cli {
namespace {

std::vector<Field> fields_for(const Context& context, const Query& query) {
  std::vector<Field> fields;
  for (const Field& field : query.fields) {
    if (field.shown == Shown::always || context.format == Format::wide) fields.push_back(field);
  }
  return fields;
}

}  // namespace

Places Context::places() const {
  const ReadPlaces said = places_of(config_file());
  std::error_code failure;
  const bool may_be_without =
      config.empty() && (!state_dir.empty() || !std::filesystem::exists(config_file(), failure));
  if (!said.problems.empty() && !may_be_without) throw StoreError(to_text(said.problems.front()), EX_CONFIG);
  return state_dir.empty() ? said.places : in_state_dir(said.places, state_dir);
}

TableStyle Context::table_style() const {
  TableStyle style = standard_output_style();
  if (format == Format::wide) style.width = 0;
  return style;
}

Reader::Rows read(Reader& reader, const Query& query) {
  return reader.query("SELECT * " + query.from, query.parameters);
}

std::vector<Column> columns_for(const Context& context, const Query& query) {
  std::vector<Column> columns;
  for (const Field& field : fields_for(context, query)) columns.push_back(field.column);
  return columns;
}

std::vector<TableRow> read_for_people(const Context& context, Reader& reader, const Query& query) {
  std::string sql = "SELECT " + query.is_dimmed;
  for (const Field& field : fields_for(context, query)) sql += ", " + field.sql;
  std::vector<TableRow> rows;
  for (const auto& values : reader.query(sql + " " + query.from, query.parameters).rows) {
    TableRow& row = rows.emplace_back();
    row.is_dimmed = values.front() == SqlValue(std::int64_t{1});
    for (std::size_t i = 1; i < values.size(); ++i) row.cells.push_back(plain(values[i]));
  }
  return rows;
}

void show(const Context& context, Reader& reader, const Query& query) {
  if (!context.is_for_people()) {
    std::cout << to_text(context.format, read(reader, query));
    return;
  }
  const std::vector<TableRow> rows = read_for_people(context, reader, query);
  if (!rows.empty()) {
    std::cout << render(columns_for(context, query), rows, context.table_style());
  } else if (!query.when_empty.empty()) {
    std::cerr << query.when_empty << '\n';
  }
}

bool has_failing_credential(Reader& reader) {
  return !reader.query("SELECT 1 FROM credentials WHERE health NOT IN ('fresh', 'removed') LIMIT 1").rows.empty();
}

void print(const Context& context, const Reader::Rows& rows) {
  if (!context.is_for_people()) {
    std::cout << to_text(context.format, rows);
    return;
  }
  std::vector<Column> columns;
  for (const std::string& name : rows.columns) columns.push_back({plain(name), false, true});
  std::vector<TableRow> lines;
  for (const auto& values : rows.rows) {
    TableRow& line = lines.emplace_back();
    for (const SqlValue& value : values) line.cells.push_back(plain(value));
  }
  std::cout << render(columns, lines, context.table_style());
}

}  // namespace tally::cli
