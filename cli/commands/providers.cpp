#include <CLI/CLI.hpp>

#include "cli/commands/commands.hpp"
namespace tally::cli {
namespace {

// One row a provider, as people and programs see it; what an account can do, any account of the provider can do.
constexpr const char* providers_so_far = R"(FROM (
SELECT c.provider, count(*) AS credentials, sum(c.health = 'failing') AS failing_credentials,
       (SELECT count(*) FROM instance_types t WHERE t.provider = c.provider AND t.is_listed = 1) AS instance_types,
       (SELECT count(*) FROM instances i WHERE i.provider = c.provider AND i.is_ended = 0) AS instances,
       (SELECT json_group_array(value) FROM (SELECT DISTINCT j.value FROM credentials k, json_each(k.capabilities) j
          WHERE k.provider = c.provider ORDER BY 1)) AS capabilities
FROM credentials c WHERE c.removed_at_ms IS NULL GROUP BY c.provider) ORDER BY provider)";

const std::vector<Field> provider_fields = {
    {{"PROVIDER"}, "provider"},
    {{"CREDENTIALS", true}, "credentials"},
    {{"FAILING", true}, "failing_credentials"},
    {{"TYPES", true}, "instance_types"},
    {{"INSTANCES", true}, "instances"},
    {{"CAN", false, true}, "(SELECT group_concat(value, ', ') FROM json_each(capabilities))"},
};

}  // namespace

void add_providers(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("providers", "the vendors that are synced, and what can be done there");
  command->callback([&context] {
    Reader reader = context.open();
    Query query;
    query.from = providers_so_far;
    query.fields = provider_fields;
    query.when_empty = "no credential is configured, or tallyd has not run";
    show(context, reader, query);
  });
}

}  // namespace tally::cli
