#include <CLI/CLI.hpp>
#include <iostream>

#include "cli/client/vault_access.hpp"
#include "cli/commands/commands.hpp"

namespace tally::cli {

void add_vault(CLI::App& app, Context& context) {
  CLI::App* group = app.add_subcommand("vault", "where credentials are sealed");
  group->require_subcommand(1);
  group->fallthrough();
  group->add_subcommand("init", "make the vault's key")->callback([&context] {
    const std::string id = make_vault_key(context.places());
    std::cerr << context.places().vault_key_file.string() << ": key " << id
              << "; keep a copy of the file elsewhere: without it the vault cannot be opened\n";
  });
}

}  // namespace tally::cli
