#include <CLI/CLI.hpp>

#include "cli/commands/commands.hpp"
#include "cli/filters.hpp"
#include "cli/option_checks.hpp"
#include "cli/show/words.hpp"

namespace tally::cli {
namespace {

const std::vector<Field> operation_fields = {
    {{"TIME"}, time_sql("created_at_ms")},
    {{"WHAT"}, "kind"},
    {{"STATE"}, "state"},
    {{"TOOK", true}, duration_sql("coalesce(finished_at_ms, (SELECT ms FROM now_ms)) - created_at_ms")},
    {{"REF ID", false, true}, "coalesce(ref_id, '')"},
    {{"INSTANCE", false, true}, "coalesce(cloud_id, '')"},
    {{"TYPE", false, true}, "coalesce(type, '')", Shown::wide},
    {{"LOCATION", false, true}, "coalesce(location, '')", Shown::wide},
    {{"PER HOUR", true}, price_sql(), Shown::wide},
    {{"CREDENTIAL", false, true}, "credential"},
    {{"ERROR", false, true}, "coalesce(error_kind || ': ', '') || coalesce(error, '')"},
    {{"OPERATION"}, "id"},
};

}  // namespace

void add_operations(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("operations", "what was asked for that changes something, newest last");
  auto where = add_filters(*command, "operations");
  auto limit = std::make_shared<std::int64_t>(50);
  command->add_option("--limit", *limit, "at most so many")
      ->transform(takes_whole_number())
      ->type_name("N")
      ->capture_default_str();
  command->callback([where, limit, &context] {
    Reader reader = context.open();
    Query query;
    query.from = "FROM (SELECT * FROM operations" + where->text() + " ORDER BY created_at_ms DESC, id LIMIT " +
                 std::to_string(*limit) + ") ORDER BY created_at_ms, id";
    query.parameters = where->parameters();
    query.fields = operation_fields;
    if (*limit > 0) query.when_empty = "no operation matches";
    show(context, reader, query);
  });
}

}  // namespace tally::cli
