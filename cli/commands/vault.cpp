#include <CLI/CLI.hpp>

#include "cli/client/vault_access.hpp"
#include "cli/commands/commands.hpp"

namespace tally::cli {

void add_vault(CLI::App& app, Context& context) {
  CLI::App* group = app.add_subcommand("vault", "where credentials are sealed");
  group->require_subcommand(1);
  group->fallthrough();
  group->add_subcommand("init", "make the vault's key")->callback([&context] {
    const Places places = context.places();
    tell_vault_key(places, make_vault_key(places));
  });
}

}  // namespace tally::cli
