#include <CLI/CLI.hpp>

#include "cli/commands/commands.hpp"
#include "cli/filters.hpp"
#include "cli/show/ground.hpp"
#include "cli/show/words.hpp"

namespace tally::cli {
namespace {

const std::vector<Field> instance_fields = {
    {{"ID", false, true}, "cloud_id"},
    {{"NAME", false, true}, "name"},
    {{"STATUS"}, "status"},
    {{"IN IT", true}, age_sql("status_since_ms"), Shown::wide},
    {{"GPUS"}, gpus_sql()},
    {{"TYPE"}, "type", Shown::wide},
    {{"LOCATION", false, true}, "location"},
    {{"ADDRESS"}, "public_ip"},
    {{"REACHABLE"}, yes_sql("is_reachable")},
    {{"PRIVATE"}, "private_ip", Shown::wide},
    {{"SSH"}, "ssh_user || coalesce(':' || ssh_port, '')", Shown::wide},
    {{"PER HOUR", true}, price_sql()},
    {{"SPOT"}, yes_sql("is_spot"), Shown::wide},
    {{"UP", true},
     duration_sql("coalesce(ended_at_ms, (SELECT ms FROM now_ms)) - coalesce(created_at_ms, first_seen_at_ms)")},
    {{"OURS"}, yes_sql("is_ours")},
    {{"REF ID"}, "ref_id", Shown::wide},
    {{"MADE BY"}, "cloud_cred_ref_id", Shown::wide},
    {{"IMAGE"}, "image_id", Shown::wide},
    {{"DISK GIB", true}, "disk_size_bytes / 1073741824", Shown::wide},
    {{"CREDENTIAL", false, true}, "credential"},
    {{"ENDED"}, time_sql("ended_at_ms"), Shown::wide},
    {{"AGE", true}, age_sql("seen_at_ms", "is_stale")},
};

}  // namespace

void add_instances(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("instances", "what runs, since when, at what price");
  auto where = add_filters(*command, "instances", "live");
  auto with_ended = std::make_shared<bool>(false);
  command->add_flag("--all", *with_ended, "ended ones, too");
  command->callback([where, with_ended, &context] {
    if (!*with_ended) where->add("is_ended = 0");
    Reader reader = context.open();
    Query query;
    query.from = "FROM instances" + where->text() +
                 " ORDER BY is_ended, credential, coalesce(created_at_ms, first_seen_at_ms), cloud_id";
    query.parameters = where->parameters();
    query.fields = instance_fields;
    query.is_dimmed = "is_stale";
    query.when_empty = *with_ended ? "no instance matches" : "no live instance matches; --all shows ended ones";
    show(context, reader, query, ground_of(reader, "instances"),
         *with_ended ? "no known instance matches" : "no known live instance matches; --all shows ended ones");
  });
}

}  // namespace tally::cli
