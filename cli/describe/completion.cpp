#include "cli/describe/completion.hpp"

#include <CLI/CLI.hpp>
#include <iostream>

#include "cli/commands/commands.hpp"

namespace tally::cli {

void add_completion(CLI::App& app) {
  static const std::map<std::string, std::string (*)(const CommandDescription&)> scripts = {
      {"bash", bash_completion}, {"fish", fish_completion}, {"zsh", zsh_completion}};
  auto shell = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("completion", "a script that completes this command line in a shell");
  command->add_option("shell", *shell, "for which shell")->required()->check(CLI::IsMember(scripts));
  command->callback([shell, &app] { std::cout << scripts.at(*shell)(description_of(app)); });
}

}  // namespace tally::cli
