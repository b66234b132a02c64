// The command line as data, read from the one description that parses it. Completion scripts and the manual are made
// of it. Pure.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace tally::cli {

struct OptionDescription {
  std::vector<std::string> names;    // "-o", "--output"; none for a positional
  std::string value;                 // what it takes, such as "FILE"; "" for a flag
  std::vector<std::string> choices;  // the values there are, if they are few
  std::string default_value;
  std::string help;
  bool is_required = false;

  [[nodiscard]] bool is_positional() const { return names.empty(); }
  [[nodiscard]] bool is_file() const { return value == "FILE"; }
  [[nodiscard]] bool is_directory() const { return value == "DIR"; }
};

struct CommandDescription {
  std::string name;
  std::string help;
  std::vector<OptionDescription> options;
  std::vector<CommandDescription> commands;
};

CommandDescription description_of(const CLI::App& app);

/// The name that people learn: the long one if there is one.
const std::string& main_name(const OptionDescription& option);

}  // namespace tally::cli
