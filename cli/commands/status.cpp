#include <CLI/CLI.hpp>

#include "cli/commands/commands.hpp"
#include "cli/show/words.hpp"

namespace tally::cli {
namespace {

const std::vector<Field> status_fields = {
    {{"CREDENTIAL", false, true}, "credential"},
    {{"SYNCER"}, "syncer"},
    {{"WHERE"}, "CASE location WHEN '' THEN 'everywhere' ELSE location END"},
    {{"STATE"},
     "CASE WHEN is_asked = 0 THEN 'not asked any more' WHEN failing_since_ms IS NOT NULL THEN 'failing for ' || " +
         age_sql("failing_since_ms") + " WHEN is_stale = 1 THEN 'stale' ELSE 'fresh' END"},
    {{"LAST SUCCESS", true}, age_sql("last_success_at_ms")},
    {{"LAST ATTEMPT", true}, age_sql("last_attempt_at_ms"), Shown::wide},
    {{"ROWS", true}, "items"},
    {{"TOOK", true}, "duration_ms || ' ms'"},
    {{"SKIPPED", true}, "skipped_ticks"},
    {{"KIND"}, "last_error_kind", Shown::wide},
    {{"ERROR", false, true}, "last_error"},
};

}  // namespace

void add_status(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("status", "how each listing is doing; exit code 1 when one fails");
  command->callback([&context] {
    Reader reader = context.open();
    Query query;
    query.from =
        "FROM (SELECT s.*, l.is_stale, l.is_asked FROM sync_states s JOIN listing_states l USING (credential, syncer, "
        "location)) "
        "ORDER BY credential, syncer, location";
    query.fields = status_fields;
    query.is_dimmed = "is_stale";
    query.when_empty = "nothing has been synced yet: no credential is configured, or tallyd has not run";
    show(context, reader, query);
    if (has_failing_credential(reader)) context.exit_code = 1;
  });
}

}  // namespace tally::cli
