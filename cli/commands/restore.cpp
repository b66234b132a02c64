#include "store/restore.hpp"

#include <CLI/CLI.hpp>
#include <iostream>

#include "cli/commands/commands.hpp"
#include "cli/show/format.hpp"
#include "store/state_lock.hpp"

namespace tally::cli {
void add_restore(CLI::App& app, Context& context) {
  auto backup = std::make_shared<std::filesystem::path>();
  CLI::App* command = app.add_subcommand("restore", "put a backup in the catalog's place, while tallyd is stopped");
  command->add_option("file", *backup, "a copy that backup made")->required()->type_name("FILE");
  command->callback([backup, &context] {
    const std::filesystem::path catalog = context.catalog();
    const StateLock lock(catalog.parent_path());
    const Restored was = restore_catalog(*backup, catalog);
    if (!was.catalog.empty())
      std::cout << "The catalog that was there is kept: " << plain(was.catalog.string()) << '\n';
    if (!was.log.empty()) {
      std::cout << "The log of a catalog that is not there any more is kept: " << plain(was.log.string()) << '\n';
    }
  });
}

}  // namespace tally::cli
