#include "cli/command.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "cli/format.hpp"
#include "config/config.hpp"

namespace tally::cli {
namespace {

TableStyle style_of(Format format) {
  TableStyle style;
  const bool is_terminal = isatty(STDOUT_FILENO) == 1;
  const char* no_colour = std::getenv("NO_COLOR");
  style.has_colour = is_terminal && (no_colour == nullptr || *no_colour == '\0');
  winsize size{};
  if (is_terminal && format == Format::table && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) style.width = size.ws_col;
  return style;
}

void show_table(const Context& context, const Reader::Rows& result, const std::vector<Column>& columns) {
  std::vector<TableRow> rows;
  for (const auto& values : result.rows) {
    TableRow row;
    for (std::size_t i = 0; i < columns.size(); ++i) row.cells.push_back(plain(values.at(i)));
    // The column after those that are shown says whether the row is stale.
    if (values.size() > columns.size()) row.is_dimmed = plain(values.at(columns.size())) == "1";
    rows.push_back(std::move(row));
  }
  std::cout << render(columns, rows, style_of(context.format));
}

}  // namespace

Places Context::places() const {
  return state_dir.empty() ? places_of(config) : places_in(std::filesystem::absolute(state_dir), config);
}

Reader Context::open() const { return Reader(places().state_dir / "catalog.db"); }

std::size_t show(const Context& context, Reader& reader, const Query& query) {
  const std::string sql = (context.is_for_people() ? "SELECT " + query.select : "SELECT *") + " " + query.from;
  const Reader::Rows rows = reader.query(sql, query.parameters);
  switch (context.format) {
    case Format::json: std::cout << to_json(rows); break;
    case Format::jsonl: std::cout << to_json_lines(rows); break;
    case Format::csv: std::cout << to_csv(rows); break;
    default:
      if (rows.rows.empty()) {
        std::cerr << query.when_empty << '\n';
      } else {
        show_table(context, rows, query.columns);
      }
  }
  return rows.rows.size();
}

void print(const Context& context, const Reader::Rows& rows) {
  switch (context.format) {
    case Format::json: std::cout << to_json(rows); return;
    case Format::jsonl: std::cout << to_json_lines(rows); return;
    case Format::csv: std::cout << to_csv(rows); return;
    default: break;
  }
  std::vector<Column> columns;
  for (const std::string& name : rows.columns) columns.push_back({name, false, true});
  std::vector<TableRow> lines;
  for (const auto& values : rows.rows) {
    TableRow& line = lines.emplace_back();
    for (const SqlValue& value : values) line.cells.push_back(plain(value));
  }
  std::cout << render(columns, lines, {});
}

}  // namespace tally::cli
