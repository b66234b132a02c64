#include <CLI/CLI.hpp>

#include "cli/commands/commands.hpp"
#include "cli/filters.hpp"
#include "cli/show/format.hpp"
#include "cli/show/ground.hpp"
#include "cli/show/words.hpp"

namespace tally::cli {
namespace {

const std::map<std::string, std::string> orders = {
    {"age", "seen_at_ms DESC"},
    {"gpu", "gpu_name, gpu_count"},
    {"gpu-price", "price_per_gpu_hour IS NULL, price_per_gpu_hour"},
    {"location", "location"},
    {"price", "price_nanos IS NULL, price_nanos"},
};

const std::vector<Field> offer_fields = {
    {{"GPUS"}, gpus_sql()},
    {{"GB EACH", true}, "gpu_memory_gb"},
    {{"USAGE"}, "usage_class"},
    {{"PER HOUR", true}, price_sql()},
    {{"PER GPU", true}, "printf('%.2f', price_per_gpu_hour)"},
    {{"AVAILABLE"}, availability_sql()},
    {{"SINCE", true},
     "CASE WHEN available_since_ms IS NOT NULL THEN " + age_sql("available_since_ms") + " END",
     Shown::wide},
    {{"LOCATION", false, true}, "location"},
    {{"COUNTRY"}, "country", Shown::wide},
    {{"PROVIDER", false, true}, "provider"},
    {{"CLOUD"}, "cloud", Shown::wide},
    {{"TYPE", false, true}, "type"},
    {{"VCPU", true}, "vcpu", Shown::wide},
    {{"MEMORY GIB", true}, "memory_bytes / 1073741824", Shown::wide},
    {{"CREDENTIAL"}, "credential", Shown::wide},
    {{"INSTANCE TYPE ID"}, "instance_type_id", Shown::wide},
    {{"AGE", true}, age_sql("seen_at_ms", "is_stale")},
};

}  // namespace

void add_offers(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("offers", "what can be bought, where, at what price");
  auto where = add_filters(*command, "offers");
  auto sort = std::make_shared<std::string>("price");
  command->add_option("--sort", *sort, "order of the rows")->check(CLI::IsMember(orders))->capture_default_str();
  command->callback([where, sort, &context] {
    Reader reader = context.open();
    Query query;
    query.from = "FROM offers" + where->text() + " ORDER BY " + orders.at(*sort) +
                 ", provider, location, type, usage_class, credential";
    query.parameters = where->parameters();
    query.fields = offer_fields;
    query.is_dimmed = "is_stale";
    const std::string in_all = "; " + plain(reader.query("SELECT count(*) FROM offers").rows.at(0).at(0)) + " in all";
    query.when_empty = "no offer matches" + in_all;
    show(context, reader, query, ground_of(reader, "instance_types"), "no known offer matches" + in_all);
  });
}

}  // namespace tally::cli
