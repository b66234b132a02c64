#include <CLI/CLI.hpp>

#include "cli/commands/commands.hpp"
#include "cli/filters.hpp"
#include "cli/show/ground.hpp"
#include "cli/show/words.hpp"

namespace tally::cli {
namespace {

const std::vector<Field> location_fields = {
    {{"LOCATION", false, true}, "name"},
    {{"COUNTRY"}, "country"},
    {{"DESCRIPTION", false, true}, "description"},
    {{"USABLE"}, "CASE is_listed WHEN 0 THEN 'no: gone' ELSE " + yes_sql("is_available") + " END"},
    {{"PRIORITY", true}, "priority", Shown::wide},
    {{"ENDPOINT"}, "endpoint", Shown::wide},
    {{"CREDENTIAL", false, true}, "credential"},
    {{"FIRST SEEN"}, time_sql("first_seen_at_ms"), Shown::wide},
    {{"AGE", true}, age_sql("seen_at_ms", "is_stale")},
};

}  // namespace

void add_locations(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("locations", "the regions of each account");
  auto where = add_filters(*command, "locations");
  command->callback([where, &context] {
    Reader reader = context.open();
    Query query;
    query.from = "FROM locations" + where->text() + " ORDER BY credential, priority IS NULL, priority, name";
    query.parameters = where->parameters();
    query.fields = location_fields;
    query.is_dimmed = "is_stale";
    query.when_empty = "no location matches";
    show(context, reader, query, ground_of(reader, "instance_types"), "no known location matches");
  });
}

}  // namespace tally::cli
