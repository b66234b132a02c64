#include <sysexits.h>

#include <CLI/CLI.hpp>
#include <iostream>

#include "cli/commands/commands.hpp"
#include "cli/option_checks.hpp"
#include "cli/show/event_follower.hpp"
#include "cli/show/words.hpp"
#include "store/error.hpp"
#include "store/resources.hpp"

namespace tally::cli {
namespace {

struct EventsArguments {
  std::int64_t limit = 50;
  bool is_following = false;
  Where where;
};

void run_events(const Context& context, const EventsArguments& arguments) {
  if (arguments.is_following && context.format == Format::json) {
    throw StoreError("-o json is one whole array; follow with -o jsonl", EX_USAGE);
  }
  Reader reader = context.open();
  const std::int64_t last = last_event_id(reader);
  Where where = arguments.where;
  where.add("id <= ?", last);
  Query query = events_query();
  query.from = "FROM (SELECT * FROM events" + where.text() + " ORDER BY id DESC LIMIT " +
               std::to_string(arguments.limit) + ") ORDER BY id";
  query.parameters = where.parameters();
  if (arguments.limit > 0) query.when_empty = "no event matches";
  if (!arguments.is_following) return show(context, reader, query);
  EventFollower follower(context, arguments.where, last);
  follower.print(reader, query);
  follower.run();
}

}  // namespace

void add_events(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<EventsArguments>();
  CLI::App* command = app.add_subcommand("events", "what changed, newest last");
  command->add_option("--limit", arguments->limit, "at most so many of those that were")
      ->transform(takes_whole_number())
      ->type_name("N")
      ->capture_default_str();
  const auto add_filter = [&](const char* name, const char* condition, const char* help) {
    command->add_option_function<std::string>(
        name, [arguments, condition](const std::string& value) { arguments->where.add(condition, value); }, help);
  };
  add_filter("--credential", "credential = ?", "RefID of a credential");
  add_filter("--kind", "kind = ?", "such as type_changed");
  add_filter("--subject", "subject_id = ?", "ID of a type or an instance, or a location");
  command->add_flag("-f,--follow", arguments->is_following, "go on with those that come, until interrupted");
  command->callback([arguments, &context] { run_events(context, *arguments); });
}

}  // namespace tally::cli
