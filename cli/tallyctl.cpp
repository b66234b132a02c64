#include "cli/tallyctl.hpp"

#include <sysexits.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <iostream>

#include "cli/commands/commands.hpp"
#include "cli/option_checks.hpp"
#include "cli/show/format.hpp"
#include "cli/subject.hpp"
#include "store/error.hpp"

namespace tally::cli {
namespace {

constexpr int not_found = 1;

std::string from_environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

/// Where things are, when no option says it: a configuration that is given says where the state directory is, too.
void take_environment(Context& context) {
  if (context.config.empty() && context.state_dir.empty()) context.state_dir = from_environment("TALLYD_STATE_DIR");
  if (context.config.empty()) context.config = from_environment("TALLYD_CONFIG");
}

int fail(const std::exception& error, int exit_code) {
  std::cerr << "tallyctl: " << error.what() << '\n';
  return exit_code;
}

int parse_and_run(int argc, const char* const* argv) {
  Context context;
  CLI::App app;
  describe(app, context);
  try {
    app.parse(argc, argv);
    return context.exit_code;
  } catch (const CLI::ParseError& error) {
    // CLI11 would only say that a command is missing.
    if (const auto words = app.remaining(); app.get_subcommands().empty() && !words.empty()) {
      std::cerr << "tallyctl: there is no command \"" << plain(words.front()) << "\"; --help lists them\n";
      return EX_USAGE;
    }
    return app.exit(error) == 0 ? EX_OK : EX_USAGE;
  } catch (const NoSubject& error) {
    return fail(error, not_found);
  } catch (const StoreError& error) {
    return fail(error, error.exit_code());
  } catch (const std::exception& error) {
    return fail(error, EX_SOFTWARE);
  }
}

}  // namespace

void describe(CLI::App& app, Context& context) {
  app.name("tallyctl");
  app.description("tallyctl reads the tally of GPU clouds that tallyd keeps; it works while the daemon is down, too.");
  app.set_help_flag("-h,--help", "say how it is used");
  app.set_version_flag("--version", "tallyctl " TALLY_VERSION, "say which version this is");
  app.require_subcommand(1);
  app.fallthrough();
  app.add_option("--state-dir", context.state_dir, "where the catalog is, instead of what the configuration says")
      ->type_name("DIR")
      ->check(takes_path());
  app.add_option("--config", context.config, "configuration that names the state directory")
      ->type_name("FILE")
      ->check(takes_path())
      ->default_str(context.config_file().string());
  app.parse_complete_callback([&context] { take_environment(context); });
  static const std::map<std::string, Format> formats = {{"table", Format::table},
                                                        {"wide", Format::wide},
                                                        {"json", Format::json},
                                                        {"jsonl", Format::jsonl},
                                                        {"csv", Format::csv}};
  app.add_option_function<std::string>(
         "-o,--output", [&context](const std::string& name) { context.format = formats.at(name); },
         "how rows are shown; json, jsonl and csv are for programs")
      ->check(CLI::IsMember(formats))
      ->default_str("table");
  add_offers(app, context);
  add_locations(app, context);
  add_providers(app, context);
  add_history(app, context);
  add_instances(app, context);
  add_burn(app, context);
  add_orphans(app, context);
  add_events(app, context);
  add_explain(app, context);
  add_create(app, context);
  add_terminate(app, context);
  add_stop(app, context);
  add_start(app, context);
  add_reboot(app, context);
  add_resize(app, context);
  add_tag(app, context);
  add_change_type(app, context);
  add_retire(app, context);
  add_firewall(app, context);
  add_operations(app, context);
  add_quotas(app, context);
  add_images(app, context);
  add_probe(app, context);
  add_ssh(app, context);
  add_host_key(app, context);
  add_status(app, context);
  add_health(app, context);
  add_notify(app, context);
  add_sql(app, context);
  add_init(app, context);
  add_credential(app, context);
  add_vault(app, context);
  add_backup(app, context);
  add_restore(app, context);
  add_completion(app);
  add_man(app);
}

int run(int argc, const char* const* argv) {
  const int exit_code = parse_and_run(argc, argv);
  if (std::cout.flush()) return exit_code;
  std::cerr << "tallyctl: cannot write to standard output\n";
  return EX_IOERR;
}

}  // namespace tally::cli
