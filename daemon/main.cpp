// tallyd: keeps a true tally of GPU clouds in one SQLite file.
#include <spdlog/spdlog.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sysexits.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>

#include "daemon/configuration.hpp"
#include "daemon/daemon.hpp"
#include "daemon/demo.hpp"
#include "daemon/logging.hpp"
#include "daemon/storyteller.hpp"
#include "store/error.hpp"

namespace {

using namespace tally;

struct Arguments {
  std::filesystem::path config = "/etc/tallyd/tallyd.toml";
  std::filesystem::path state_dir;
  bool is_check = false;
  bool is_demo = false;
};

/// Credentials are in memory: no core file of this process, and no other process of the user may look in.
void forbid_core_dumps() {
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  prctl(PR_SET_DUMPABLE, 0);
}

/// Thousands of contacts over SSH at once take a few descriptors each; what nobody uses costs nothing.
void allow_many_descriptors() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

int run_demo(const Arguments& arguments) {
  Demo demo(arguments.state_dir);
  const Config config = demo.config();
  set_up_logging(config.log);
  Daemon daemon(config);
  std::cout << demo.introduction() << std::endl;
  Storyteller storyteller(config.state_dir / "catalog.db", std::cout);
  daemon.run();
  return EX_OK;
}

int run(const Arguments& arguments) {
  if (arguments.is_demo) return run_demo(arguments);
  const ConfigSource source{arguments.config, arguments.state_dir};
  ReadConfig read = read_configuration(source);
  for (const std::string& problem : read.problems) std::cerr << problem << '\n';
  if (!read.problems.empty()) return read.exit_code;
  if (arguments.is_check) {
    std::cout << to_toml(read.config);
    return EX_OK;
  }
  set_up_logging(read.config.log);
  Daemon(std::move(read.config), source).run();
  return EX_OK;
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  CLI::App app(
      "tallyd keeps a true tally of GPU clouds: what each account can buy and what it runs, in one SQLite file.");
  app.set_version_flag("--version", "tallyd " TALLY_VERSION);
  app.add_option("--config", arguments.config, "configuration file")->capture_default_str();
  app.add_option("--state-dir", arguments.state_dir, "state directory, instead of the configured one");
  app.add_flag("--check-config", arguments.is_check, "print what is in force, or every problem, and exit");
  app.add_flag("--demo", arguments.is_demo, "sync a simulated cloud that runs in this process; no account needed");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? EX_OK : EX_USAGE;
  }
  try {
    forbid_core_dumps();
    allow_many_descriptors();
    return run(arguments);
  } catch (const StoreError& error) {
    std::cerr << "tallyd: " << error.what() << '\n';
    return error.exit_code();
  } catch (const std::exception& error) {
    std::cerr << "tallyd: " << error.what() << '\n';
    return EX_SOFTWARE;
  }
}
