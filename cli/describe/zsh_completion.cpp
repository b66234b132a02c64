#include <fmt/format.h>
#include <fmt/ranges.h>

#include <boost/algorithm/string/replace.hpp>

#include "cli/describe/completion.hpp"

namespace tally::cli {
namespace {

/// Text within '...' of which zsh takes `specials` for something else.
std::string escaped(const std::string& text, const std::string& specials) {
  std::string out;
  for (const char c : text) {
    if (specials.find(c) != std::string::npos) out.push_back('\\');
    out += c == '\'' ? "'\\''" : std::string(1, c);
  }
  return out;
}

std::string action(const OptionDescription& option) {
  if (option.is_file()) return "_files";
  if (option.is_directory()) return "_files -/";
  return option.choices.empty() ? " " : fmt::format("({})", fmt::join(option.choices, " "));
}

std::string argument(const OptionDescription& option) {
  const std::string value =
      option.value.empty() ? "" : fmt::format(":{}:{}", escaped(option.value, ":"), action(option));
  if (option.is_positional()) return fmt::format("    '1{}' \\\n", value);
  const std::string help = escaped(option.help, "[]:");
  if (option.names.size() == 1) return fmt::format("    '{}[{}]{}' \\\n", option.names.front(), help, value);
  return fmt::format("    '({})'{{{}}}'[{}]{}' \\\n", fmt::join(option.names, " "), fmt::join(option.names, ","), help,
                     value);
}

std::string function_of(const CommandDescription& command, const std::string& name,
                        const std::vector<OptionDescription>& inherited) {
  std::string text;
  std::string commands;
  std::string cases;
  for (const CommandDescription& next : command.commands) {
    text += function_of(next, name + "_" + next.name, inherited);
    commands += fmt::format("      '{}:{}'\n", next.name, escaped(next.help, ":"));
    cases += fmt::format("        {0}) {1}_{0} ;;\n", next.name, name);
  }
  text += name + "() {\n  local context state state_descr line\n  typeset -A opt_args\n  _arguments -C \\\n";
  for (const OptionDescription& option : command.options) text += argument(option);
  for (const OptionDescription& option : inherited) text += argument(option);
  if (command.commands.empty()) return text + "    && return\n}\n\n";
  text += "    '1:command:->command' '*::argument:->argument' && return\n  case $state in\n    command)\n";
  text += "      local -a commands=(\n" + commands + "      )\n      _describe command commands ;;\n";
  return text + "    argument)\n      case $words[1] in\n" + cases + "      esac ;;\n  esac\n}\n\n";
}

}  // namespace

std::string zsh_completion(const CommandDescription& program) {
  std::vector<OptionDescription> inherited;
  for (const OptionDescription& option : program.options) {
    if (!option.value.empty()) inherited.push_back(option);
  }
  const std::string name = "_" + program.name;
  CommandDescription root = program;
  root.options.clear();
  // The program's own options stand on every level but are named once.
  for (const OptionDescription& option : program.options) {
    if (option.value.empty()) root.options.push_back(option);
  }
  return fmt::format(
             "#compdef {0}\n# zsh completion of {0}: as _{0} in a directory of $fpath, or source <({0} completion "
             "zsh)\n\n",
             program.name) +
         function_of(root, name, inherited) +
         fmt::format("if [ \"$funcstack[1]\" = \"{0}\" ]; then {0} \"$@\"; else compdef {0} {1}; fi\n", name,
                     program.name);
}

}  // namespace tally::cli
