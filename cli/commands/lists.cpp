#include <CLI/CLI.hpp>
#include <iostream>

#include "cli/commands/commands.hpp"
#include "cli/filters.hpp"
#include "cli/show/format.hpp"
#include "cli/show/words.hpp"

namespace tally::cli {
namespace {

const std::vector<Field> quota_fields = {
    {{"QUOTA", false, true}, "coalesce(name, quota_id)"},
    {{"ID", false, true}, "quota_id", Shown::wide},
    {{"LOCATION", false, true}, "coalesce(location, 'all')"},
    {{"USED", true}, "current"},
    {{"MAXIMUM", true}, "maximum"},
    {{"UNIT"}, "unit"},
    {{"CREDENTIAL", false, true}, "credential"},
    {{"AGE", true}, age_sql("seen_at_ms", "is_stale")},
};

const std::vector<Field> image_fields = {
    {{"IMAGE", false, true}, "image_id"},
    {{"NAME", false, true}, "name"},
    {{"LOCATION", false, true}, "coalesce(location, 'all')"},
    {{"ARCHITECTURE"}, "architecture"},
    {{"DEFAULT"}, yes_sql("is_default")},
    {{"CREATED"}, time_sql("created_at_ms"), Shown::wide},
    {{"DESCRIPTION", false, true}, "description", Shown::wide},
    {{"CREDENTIAL", false, true}, "credential"},
    {{"AGE", true}, age_sql("seen_at_ms", "is_stale")},
};

/// Which lists are old or were never read, told on standard error to whoever asks.
void tell_gaps(Reader& reader, const std::string& syncer) {
  const auto gaps = reader.query(
      "SELECT credential || CASE location WHEN '' THEN '' ELSE ' in ' || location END || ': ' "
      "|| CASE WHEN failing_since_ms IS NOT NULL THEN 'failing for ' || " +
          age_sql("failing_since_ms") + " || ', ' ELSE '' END || 'last listed ' || " + age_sql("last_success_at_ms") +
          " || CASE WHEN last_success_at_ms IS NULL THEN '' ELSE ' ago' END FROM "
          "list_states WHERE syncer = ? AND is_stale = 1 ORDER BY 1 LIMIT 5",
      {syncer});
  for (const auto& gap : gaps.rows) std::cerr << "not all is known: " << plain(gap.front()) << '\n';
}

void add_list(CLI::App& app, Context& context, const std::string& view, const std::string& help,
              const std::vector<Field>& fields, const std::string& order) {
  CLI::App* command = app.add_subcommand(view, help);
  auto where = add_filters(*command, view);
  command->callback([where, view, &fields, order, &context] {
    Reader reader = context.open();
    Query query;
    query.from = "FROM " + view + where->text() + " ORDER BY " + order;
    query.parameters = where->parameters();
    query.fields = fields;
    query.is_dimmed = "is_stale";
    query.when_empty = "nothing matches; `tallyctl providers` says who lists " + view;
    show(context, reader, query);
    tell_gaps(reader, view);
  });
}

}  // namespace

void add_quotas(CLI::App& app, Context& context) {
  add_list(app, context, "quotas", "how much of what each account may have, and has", quota_fields,
           "credential, location, quota_id");
}

void add_images(CLI::App& app, Context& context) {
  add_list(app, context, "images", "the images that machines can be made from", image_fields,
           "credential, location, name, image_id");
}

}  // namespace tally::cli
