// tallyctl: reads the catalog, for people and for programs.
#include <sysexits.h>

#include <CLI/CLI.hpp>
#include <clocale>
#include <csignal>
#include <iostream>

#include "cli/command.hpp"
#include "store/error.hpp"

int main(int argc, char** argv) {
  using namespace tally;
  std::setlocale(LC_CTYPE, "C.UTF-8");
  std::signal(SIGPIPE, SIG_DFL);  // `tallyctl events | head` ends quietly
  cli::Context context;
  CLI::App app("tallyctl reads the tally of GPU clouds that tallyd keeps; it works while the daemon is down, too.");
  app.set_version_flag("--version", "tallyctl " TALLY_VERSION);
  app.require_subcommand(1);
  app.fallthrough();
  app.add_option("--state-dir", context.state_dir, "where the catalog is, instead of what the configuration says");
  app.add_option("--config", context.config, "configuration that names the state directory")->capture_default_str();
  const std::map<std::string, cli::Format> formats = {{"table", cli::Format::table},
                                                      {"wide", cli::Format::wide},
                                                      {"json", cli::Format::json},
                                                      {"jsonl", cli::Format::jsonl},
                                                      {"csv", cli::Format::csv}};
  app.add_option("-o,--output", context.format, "table, wide, json, jsonl or csv")
      ->transform(CLI::CheckedTransformer(formats).description(""));
  cli::add_offers(app, context);
  cli::add_instances(app, context);
  cli::add_events(app, context);
  cli::add_status(app, context);
  cli::add_sql(app, context);
  cli::add_credential(app, context);
  cli::add_vault(app, context);
  try {
    app.parse(argc, argv);
    return context.exit_code;
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? EX_OK : EX_USAGE;
  } catch (const StoreError& error) {
    std::cerr << "tallyctl: " << error.what() << '\n';
    return error.exit_code();
  } catch (const std::exception& error) {
    std::cerr << "tallyctl: " << error.what() << '\n';
    return EX_SOFTWARE;
  }
}
