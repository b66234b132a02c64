#include "cli/describe/description.hpp"

#include <CLI/CLI.hpp>
#include <boost/algorithm/string/classification.hpp>
#include <boost/algorithm/string/split.hpp>

namespace tally::cli {
namespace {

/// CLI11 tells the choices of IsMember as "{a,b}" behind the type's name.
std::vector<std::string> choices_of(const std::string& type) {
  const auto begin = type.find('{');
  const auto end = type.rfind('}');
  std::vector<std::string> choices;
  if (begin == std::string::npos || end == std::string::npos) return choices;
  const std::string list = type.substr(begin + 1, end - begin - 1);
  boost::algorithm::split(choices, list, boost::algorithm::is_any_of(","));
  return choices;
}

OptionDescription describe_option(const CLI::Option& option) {
  OptionDescription description;
  for (const std::string& name : option.get_snames()) description.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) description.names.push_back("--" + name);
  const std::string type = option.get_type_name();
  if (option.get_type_size() != 0) {
    description.value = option.get_positional() ? option.get_name() : type.substr(0, type.find(':'));
    if (option.get_positional() && type == "FILE") description.value = type;
    description.choices = choices_of(type);
  }
  description.default_value = option.get_default_str();
  description.help = option.get_description();
  description.is_required = option.get_required();
  return description;
}

}  // namespace

CommandDescription description_of(const CLI::App& app) {
  CommandDescription description{app.get_name(), app.get_description(), {}, {}};
  for (const CLI::Option* option : app.get_options()) description.options.push_back(describe_option(*option));
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    CommandDescription next = description_of(*command);
    if (next.name.empty()) {  // a group of options, which CLI11 keeps as a command without a name
      description.options.insert(description.options.end(), next.options.begin(), next.options.end());
    } else {
      description.commands.push_back(std::move(next));
    }
  }
  return description;
}

const std::string& main_name(const OptionDescription& option) {
  return option.is_positional() ? option.value : option.names.back();
}

}  // namespace tally::cli
