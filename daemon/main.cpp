// tallyd: keeps a true tally of GPU clouds in one SQLite file.
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "daemon/configuration.hpp"
#include "daemon/daemon.hpp"
#include "daemon/demo.hpp"
#include "daemon/demo_order.hpp"
#include "daemon/logging.hpp"
#include "daemon/signals.hpp"
#include "daemon/storyteller.hpp"
#include "providers/descriptions.hpp"
#include "runtime/descriptors.hpp"
#include "store/error.hpp"

namespace {

using namespace tally;

struct Arguments {
  std::filesystem::path config = "/etc/tallyd/tallyd.toml";
  std::filesystem::path state_dir;
  bool is_config_given = false;
  bool is_check = false;
  bool is_demo = false;
};

/// Credentials are in memory: no core file of this process, and no other process of the user may look in.
void forbid_core_dumps() {
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  prctl(PR_SET_DUMPABLE, 0);
}

/// What is opened later must not take the number of a standard stream that we were started without: the log's lines
/// would go into the catalog. Libraries open descriptors when they are loaded: this comes before.
void open_standard_streams() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(stream, F_GETFD) < 0 && open("/dev/null", O_RDWR) < 0) std::_Exit(EX_OSERR);
  }
}
[[gnu::section(".preinit_array"), gnu::used]] void (*const before_libraries)() = &open_standard_streams;

/// What a demo takes over from a configuration that is named to it: who may ask, who is told, and how it logs. False
/// when the configuration has problems, which are told.
bool take_over(const std::filesystem::path& file, Config& config) {
  LoadedConfig loaded = load_config(file, provider_descriptions());
  for (const ConfigProblem& problem : loaded.problems) std::cerr << to_text(problem) << '\n';
  config.http = std::move(loaded.config.http);
  config.notify = std::move(loaded.config.notify);
  config.operator_group = std::move(loaded.config.operator_group);
  if (loaded.config.origins.contains("log.level")) config.log.level = loaded.config.log.level;
  config.log.format = loaded.config.log.format;
  return loaded.problems.empty();
}

int run_demo(const Arguments& arguments, Signals& signals) {
  Demo demo(arguments.state_dir);
  Config config = demo.config();
  if (arguments.is_config_given && !take_over(arguments.config, config)) return EX_CONFIG;
  const Log log(config.log);
  Daemon daemon(config);
  Storyteller storyteller(config.state_dir / "catalog.db", demo.introduction());
  const DemoOrder order(config.state_dir, demo.public_key(),
                        [&storyteller](const std::string& line) { storyteller.say(line); });
  daemon.run(signals);
  return EX_OK;
}

int run(const Arguments& arguments, Signals& signals) {
  if (arguments.is_demo) return run_demo(arguments, signals);
  const ConfigSource source{arguments.config, arguments.state_dir};
  ReadConfig read = read_configuration(source);
  for (const std::string& problem : read.problems) std::cerr << problem << '\n';
  if (!read.problems.empty()) return read.exit_code;
  if (arguments.is_check) {
    std::cout << to_toml(read.config);
    return EX_OK;
  }
  const Log log(read.config.log);
  Daemon(std::move(read.config), source).run(signals);
  return EX_OK;
}

}  // namespace

int main(int argc, char** argv) {
  Signals signals;
  Arguments arguments;
  CLI::App app(
      "tallyd keeps a true tally of GPU clouds: what each account can buy and what it runs, in one SQLite file.");
  app.set_version_flag("--version", "tallyd " TALLY_VERSION);
  const CLI::Validator is_path([](const std::string& text) { return text.empty() ? "takes a path" : ""; }, "");
  const CLI::Option* config =
      app.add_option("--config", arguments.config, "configuration file")->check(is_path)->capture_default_str();
  app.add_option("--state-dir", arguments.state_dir, "state directory, instead of the configured one")->check(is_path);
  app.add_flag("--check-config", arguments.is_check, "print what is in force, or every problem, and exit");
  app.add_flag(
      "--demo", arguments.is_demo,
      "sync simulated clouds that run in this process, one for each provider but aws and nebius; no account needed");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? EX_OK : EX_USAGE;
  }
  arguments.is_config_given = config->count() > 0;
  try {
    forbid_core_dumps();
    allow_many_descriptors();  // thousands of contacts over SSH at once take a few each
    return run(arguments, signals);
  } catch (const StoreError& error) {
    std::cerr << "tallyd: " << error.what() << '\n';
    return error.exit_code();
  } catch (const std::exception& error) {
    std::cerr << "tallyd: " << error.what() << '\n';
    return EX_SOFTWARE;
  }
}
