#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/describe/completion.hpp"

namespace tally::cli {
namespace {

std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  return out + "'";
}

std::string value_of(const OptionDescription& option) {
  if (option.value.empty()) return "";
  if (option.is_file()) return " -r -F";
  if (option.is_directory()) return " -x -a '(__fish_complete_directories)'";
  return option.choices.empty() ? " -x" : fmt::format(" -x -a '{}'", fmt::join(option.choices, " "));
}

std::string line(const OptionDescription& option, const std::string& start) {
  if (option.is_positional()) {
    if (option.is_file()) return start + " -F\n";
    return option.choices.empty() ? "" : fmt::format("{} -a '{}'\n", start, fmt::join(option.choices, " "));
  }
  std::string text = start;
  for (const std::string& name : option.names) {
    text += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  }
  return text + value_of(option) + " -d " + quoted(option.help) + "\n";
}

/// `seen` is true where the command's path has been typed.
std::string lines(const CommandDescription& command, const std::string& program, const std::string& seen) {
  const std::string start = "complete -c " + program + (seen.empty() ? "" : " -n " + quoted(seen));
  std::string text;
  for (const OptionDescription& option : command.options) text += line(option, start);
  std::vector<std::string> names;
  for (const CommandDescription& next : command.commands) names.push_back(next.name);
  const std::string so_far = seen.empty() ? "" : seen + "; and ";
  for (const CommandDescription& next : command.commands) {
    const std::string here = fmt::format("{}not __fish_seen_subcommand_from {}", so_far, fmt::join(names, " "));
    text += fmt::format("complete -c {} -n {} -a {} -d {}\n", program, quoted(here), next.name, quoted(next.help));
    text += lines(next, program, so_far + "__fish_seen_subcommand_from " + next.name);
  }
  return text;
}

}  // namespace

std::string fish_completion(const CommandDescription& program) {
  return fmt::format("# fish completion of {0}: {0} completion fish | source\ncomplete -c {0} -f\n", program.name) +
         lines(program, program.name, "");
}

}  // namespace tally::cli
