#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "cli/client/control_client.hpp"
#include "cli/commands/commands.hpp"
#include "cli/show/format.hpp"
#include "cli/show/words.hpp"
#include "store/error.hpp"

namespace tally::cli {
namespace {

constexpr std::chrono::seconds healthy_within{5};

// The oldest listing that is still asked counts: as fresh as that is the whole account.
constexpr const char* credentials = R"(FROM (
SELECT c.*, (SELECT min(coalesce(s.last_success_at_ms, 0)) FROM listing_states s
        WHERE s.credential = c.credential AND s.is_asked = 1)
         AS oldest_success_at_ms,
       (SELECT count(*) FROM problems p WHERE p.credential = c.credential AND p.ended_at_ms IS NULL)
         AS lasting_problems,
       coalesce(u.unreachable_instances, 0) AS unreachable_instances
FROM credentials c LEFT JOIN (SELECT credential, count(*) AS unreachable_instances FROM running_instances
                              WHERE is_reachable = 0 GROUP BY credential) u USING (credential)) ORDER BY credential)";

const std::vector<Field> credential_fields = {
    {{"CREDENTIAL", false, true}, "credential"},
    {{"PROVIDER"}, "provider"},
    {{"HEALTH"},
     "CASE WHEN listings_failing > 0 AND listings_failing < listings THEN health || ' (' || listings_failing "
     "|| ' of ' || listings || ')' ELSE health END"},
    {{"OLDEST LISTING", true}, age_sql("nullif(oldest_success_at_ms, 0)")},
    {{"PROBLEMS", true}, "lasting_problems"},
    {{"UNREACHABLE", true}, "unreachable_instances"},
    {{"READ-ONLY"}, yes_sql("is_read_only"), Shown::wide},
    {{"FIRST SEEN"}, time_sql("first_seen_at_ms"), Shown::wide},
    {{"REMOVED"}, time_sql("removed_at_ms"), Shown::wide},
};

const std::vector<Field> problem_fields = {
    {{"PROBLEM"}, "kind"},
    {{"SUBJECT", false, true}, "subject_id"},
    {{"FOR", true}, age_sql("started_at_ms")},
    {{"CREDENTIAL", false, true}, "credential"},
    {{"DETAIL", false, true}, "detail"},
};

/// What is wrong with the daemon; "" when it answers that it is well.
std::string fault_of_daemon(const Context& context) {
  try {
    const ControlReply reply = ask_daemon(context.places().control_socket, "GET", "/-/healthy", healthy_within);
    return reply.is_ok() ? "" : plain(reply.detail());
  } catch (const StoreError& error) {
    return error.what();
  }
}

void run_health(Context& context) {
  Reader reader = context.open();
  Query query;
  query.from = credentials;
  query.fields = credential_fields;
  query.is_dimmed = "health = 'removed'";
  query.when_empty = "no credential is configured, or tallyd has not run";
  show(context, reader, query);
  if (context.is_for_people()) {
    Query problems;
    problems.from = "FROM problems WHERE ended_at_ms IS NULL ORDER BY started_at_ms, credential, subject_id";
    problems.fields = problem_fields;
    const std::vector<TableRow> rows = read_for_people(context, reader, problems);
    if (!rows.empty()) {
      std::cout << '\n' << render(columns_for(context, problems), rows, context.table_style());
    }
  }
  const std::string fault = fault_of_daemon(context);
  // Programs read rows only; the daemon's word is no row.
  (context.is_for_people() ? std::cout << '\n' : std::cerr)
      << "daemon: " << (fault.empty() ? "answers, and is healthy" : fault) << '\n';
  if (has_failing_credential(reader) || !fault.empty()) context.exit_code = 1;
}

/// Of the daemon alone: what a container's health check asks, so that no vendor's outage restarts anything.
void run_daemon_health(Context& context) {
  const std::string fault = fault_of_daemon(context);
  if (fault.empty()) return;
  std::cerr << "daemon: " << fault << '\n';
  context.exit_code = 1;
}

}  // namespace

void add_health(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand(
      "health", "the credentials, problems that last, and the daemon; exit code 1 when one of them fails");
  const auto is_daemon_only = std::make_shared<bool>(false);
  command->add_flag("--daemon", *is_daemon_only, "the daemon alone, whatever vendors do");
  command->callback([&context, is_daemon_only] { *is_daemon_only ? run_daemon_health(context) : run_health(context); });
}

}  // namespace tally::cli
