#include <CLI/CLI.hpp>

#include "cli/commands/commands.hpp"
#include "cli/filters.hpp"
#include "cli/show/ground.hpp"
#include "cli/show/words.hpp"

namespace tally::cli {
namespace {

const std::vector<Field> orphan_fields = {
    {{"ID", false, true}, "cloud_id"},
    {{"NAME", false, true},
     "(SELECT name FROM instances i WHERE i.credential = orphans.credential AND i.cloud_id = orphans.cloud_id)"},
    {{"WHY"},
     "CASE reason WHEN 'unknown_type' THEN 'its type is not in the catalog' WHEN 'no_ref_id' THEN 'not made by us' "
     "WHEN 'unknown_credential' THEN 'its maker is not in force' "
     "WHEN 'not_in_journal' THEN 'no create of ours in the journal' ELSE reason END"},
    {{"REASON"}, "reason", Shown::wide},
    {{"FOR", true}, age_sql("since_ms")},
    {{"SINCE"}, time_sql("since_ms"), Shown::wide},
    {{"PER HOUR", true}, price_sql()},
    {{"CREDENTIAL", false, true}, "credential"},
    {{"AGE", true}, age_sql("seen_at_ms", "is_stale")},
};

}  // namespace

void add_orphans(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("orphans", "machines that run without anybody answering for them");
  auto where = add_filters(*command, "orphans");
  command->callback([where, &context] {
    Reader reader = context.open();
    Query query;
    query.from = "FROM orphans" + where->text() + " ORDER BY credential, cloud_id, reason";
    query.parameters = where->parameters();
    query.fields = orphan_fields;
    query.is_dimmed = "is_stale";
    query.when_empty = "no orphan: every machine has somebody who answers for it";
    show(context, reader, query, ground_of(reader, "instances"), "no orphan is known");
  });
}

}  // namespace tally::cli
