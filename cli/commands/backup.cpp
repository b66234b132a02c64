#include "store/backup.hpp"

#include <sysexits.h>

#include <CLI/CLI.hpp>

#include "cli/commands/commands.hpp"
#include "store/error.hpp"

namespace tally::cli {
void add_backup(CLI::App& app, Context& context) {
  struct Arguments {
    std::filesystem::path target;
    bool may_replace = false;
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand("backup", "copy the catalog into one file, also while tallyd writes it");
  command->add_option("file", arguments->target, "where the copy goes")->required()->type_name("FILE");
  command->add_flag("--force", arguments->may_replace, "replace a file that exists");
  command->callback([arguments, &context] {
    if (arguments->target == "-") throw StoreError("a backup is a file; it cannot go to standard output", EX_USAGE);
    back_up_catalog(context.catalog(), arguments->target,
                    arguments->may_replace ? IfExists::replace : IfExists::refuse);
  });
}

}  // namespace tally::cli
