#include <CLI/CLI.hpp>

#include "cli/commands/commands.hpp"
namespace tally::cli {

void add_sql(CLI::App& app, Context& context) {
  auto sql = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("sql", "any one SQL query over the views");
  command->add_option("query", *sql, "SQL")->required();
  command->callback([sql, &context] { print(context, context.open().query(*sql)); });
}

}  // namespace tally::cli
