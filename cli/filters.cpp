#include "cli/filters.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "cli/option_checks.hpp"

namespace tally::cli {
namespace {

void add_filter(CLI::App& command, const Filter& filter, const std::shared_ptr<Where>& where) {
  std::string name = "--" + std::string(filter.name);
  std::replace(name.begin(), name.end(), '_', '-');
  if (filter.name == "cloud_id") name = "--id," + name;
  const std::string help(filter.help);
  const auto add = [where, &filter](const auto& value) { where->add(filter, value); };
  switch (filter.kind) {
    case FilterKind::text: {
      CLI::Option* option = command.add_option_function<std::string>(name, add, help);
      if (filter.name == "tag") option->check(takes_tag());
      break;
    }
    // Numbers are of things and prices: below 0 there are none.
    case FilterKind::integer:
      command.add_option_function<std::int64_t>(name, add, help)->transform(takes_whole_number());
      break;
    case FilterKind::number: command.add_option_function<double>(name, add, help)->check(takes_number()); break;
    case FilterKind::flag: command.add_flag_callback(name, [where, &filter] { where->add(filter, {}); }, help);
  }
}

}  // namespace

std::shared_ptr<Where> add_filters(CLI::App& command, std::string_view resource, std::string_view without) {
  auto where = std::make_shared<Where>();
  for (const Filter& filter : find_resource(resource)->filters) {
    if (filter.name != without) add_filter(command, filter, where);
  }
  return where;
}

}  // namespace tally::cli
