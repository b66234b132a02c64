#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>

#include "cli/describe/completion.hpp"

namespace tally::cli {
namespace {

// Bash splits words at '=', too: "--sort=pr" comes as three.
constexpr const char* head = R"(# bash completion of {0}: source <({0} completion bash)
_{0}_files() {{ compopt -o filenames; mapfile -t COMPREPLY < <(compgen "$1" -- "$2"); }}
_{0}() {{
  local word=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD-1]}} command= i
  if [[ $word == = ]]; then
    word=
  elif [[ $previous == = ]]; then
    previous=${{COMP_WORDS[COMP_CWORD-2]}}
  fi
  for ((i = 1; i < COMP_CWORD; ++i)); do
    case "${{COMP_WORDS[i]}}" in
      {1}) ((++i)); [[ ${{COMP_WORDS[i]}} == = ]] && ((++i)); continue ;;
    esac
    case "$command ${{COMP_WORDS[i]}}" in
)";

std::string path_of(const std::string& path, const CommandDescription& next) {
  return path.empty() ? next.name : path + " " + next.name;
}

/// The names of all options that take a value.
void collect_takers(const CommandDescription& command, std::set<std::string>& names) {
  for (const OptionDescription& option : command.options) {
    if (!option.value.empty()) names.insert(option.names.begin(), option.names.end());
  }
  for (const CommandDescription& next : command.commands) collect_takers(next, names);
}

/// Adds to the path what leads to each command.
std::string path_cases(const CommandDescription& command, const std::string& path) {
  std::string text;
  for (const CommandDescription& next : command.commands) {
    const std::string longer = path_of(path, next);
    text += fmt::format("      \"{} {}\") command=\"{}\" ;;\n", path, next.name, longer);
    text += path_cases(next, longer);
  }
  return text;
}

std::string action(const OptionDescription& option, const std::string& program) {
  if (option.is_file()) return fmt::format("_{}_files -f \"$word\"", program);
  if (option.is_directory()) return fmt::format("_{}_files -d \"$word\"", program);
  if (option.choices.empty()) return "";
  return fmt::format("COMPREPLY=($(compgen -W \"{}\" -- \"$word\"))", fmt::join(option.choices, " "));
}

/// What follows the options whose values are known. The program's own may stand behind every command.
std::string value_cases(const CommandDescription& command, const std::string& path, const std::string& program) {
  std::string text;
  for (const OptionDescription& option : command.options) {
    const std::string values = action(option, program);
    if (option.is_positional() || values.empty()) continue;
    std::vector<std::string> patterns;
    for (const std::string& name : option.names) {
      patterns.push_back(path.empty() ? fmt::format("*\" {}\"", name) : fmt::format("\"{} {}\"", path, name));
    }
    text += fmt::format("    {}) {}; return ;;\n", fmt::join(patterns, "|"), values);
  }
  for (const CommandDescription& next : command.commands) text += value_cases(next, path_of(path, next), program);
  return text;
}

std::vector<std::string> words_of(const CommandDescription& command, const std::vector<std::string>& inherited) {
  std::vector<std::string> words;
  for (const CommandDescription& next : command.commands) words.push_back(next.name);
  for (const OptionDescription& option : command.options) {
    if (option.is_positional()) {
      words.insert(words.end(), option.choices.begin(), option.choices.end());
    } else {
      words.push_back(main_name(option));
    }
  }
  words.insert(words.end(), inherited.begin(), inherited.end());
  return words;
}

std::string word_cases(const CommandDescription& command, const std::string& path, const std::string& program,
                       const std::vector<std::string>& inherited) {
  std::string files;
  for (const OptionDescription& option : command.options) {
    if (option.is_positional() && option.is_file())
      files = fmt::format("; [[ $word == -* ]] || {}", action(option, program));
  }
  std::string text = fmt::format("    \"{}\") COMPREPLY=($(compgen -W \"{}\" -- \"$word\")){} ;;\n", path,
                                 fmt::join(words_of(command, inherited), " "), files);
  for (const CommandDescription& next : command.commands) {
    text += word_cases(next, path_of(path, next), program, inherited);
  }
  return text;
}

}  // namespace

std::string bash_completion(const CommandDescription& program) {
  std::vector<std::string> inherited;
  for (const OptionDescription& option : program.options) {
    if (!option.value.empty()) inherited.push_back(main_name(option));
  }
  std::set<std::string> takers;
  collect_takers(program, takers);
  const std::string any_taker = fmt::format("{}", fmt::join(takers, "|"));
  std::string text = fmt::format(head, program.name, any_taker);
  text += path_cases(program, "") + "    esac\n  done\n  case \"$command $previous\" in\n";
  text += value_cases(program, "", program.name) + "  esac\n";
  text += fmt::format("  case \"$previous\" in {}) return ;; esac\n  case \"$command\" in\n", any_taker);
  text += fmt::format("    \"\") COMPREPLY=($(compgen -W \"{}\" -- \"$word\")) ;;\n",
                      fmt::join(words_of(program, {}), " "));
  for (const CommandDescription& next : program.commands) text += word_cases(next, next.name, program.name, inherited);
  return text + fmt::format("  esac\n}}\ncomplete -F _{0} {0}\n", program.name);
}

}  // namespace tally::cli
