#include <iostream>

#include "cli/commands.hpp"
#include "cli/format.hpp"

namespace tally::cli {
namespace {

std::string to_table(const Context& context, const Reader::Rows& rows) {
  std::vector<Column> columns;
  for (const std::string& name : rows.columns) columns.push_back({plain(name), false, true});
  std::vector<TableRow> lines;
  for (const auto& values : rows.rows) {
    TableRow& line = lines.emplace_back();
    for (const SqlValue& value : values) line.cells.push_back(plain(value));
  }
  return render(columns, lines, context.table_style());
}

}  // namespace

void add_sql(CLI::App& app, Context& context) {
  auto sql = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("sql", "any one SQL query over the views");
  command->add_option("query", *sql, "SQL")->required();
  command->callback([sql, &context] {
    const Reader::Rows rows = context.open().query(*sql);
    std::cout << (context.is_for_people() ? to_table(context, rows) : to_text(context.format, rows));
  });
}

}  // namespace tally::cli
