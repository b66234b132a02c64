#include <CLI/CLI.hpp>

#include "cli/commands/commands.hpp"
#include "cli/show/ground.hpp"
#include "cli/show/words.hpp"

namespace tally::cli {
namespace {

const std::vector<Field> burn_fields = {
    {{"NAME", false, true}, "coalesce(name, 'unknown')"},
    {{"INSTANCES", true}, "instances"},
    {{"PER HOUR", true}, price_sql()},
    {{"PER DAY", true}, price_sql("price_per_hour * 24")},
    {{"PER 30 DAYS", true}, price_sql("price_per_hour * 720"), Shown::wide},
    {{"SO FAR", true}, price_sql("cost_to_date")},
    {{"AGE", true}, age_sql("seen_at_ms", "is_stale")},
};

}  // namespace

void add_burn(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("burn", "what costs money now, added up");
  auto scope = std::make_shared<std::string>("credential");
  command->add_option("--by", *scope, "what is added up")
      ->check(CLI::IsMember(std::vector<std::string>{"credential", "gpu", "tag", "tenant"}))
      ->capture_default_str();
  command->callback([scope, &context] {
    Reader reader = context.open();
    Query query;
    query.from = "FROM burns WHERE scope = ? ORDER BY currency, price_nanos DESC, name";
    query.parameters = {*scope};
    query.fields = burn_fields;
    query.is_dimmed = "is_stale";
    const bool is_by_tag = *scope == "tag";
    query.when_empty = is_by_tag ? "no instance that costs money has a tag" : "nothing costs money now";
    show(context, reader, query, ground_of(reader, "instances"),
         is_by_tag ? "no instance that is known to cost money has a tag" : "nothing is known to cost money now");
  });
}

}  // namespace tally::cli
