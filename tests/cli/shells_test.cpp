// The completion scripts in the shells that load them. A shell that is not installed is skipped with a word.
#include <CLI/CLI.hpp>
#include <array>
#include <catch2/catch.hpp>
#include <cstdio>
#include <fstream>

#include "cli/describe/completion.hpp"
#include "tests/cli/program.hpp"

namespace tally::shells_test {
using namespace tally::cli_tests;

namespace {

cli::CommandDescription described() {
  cli::Context context;
  CLI::App app;
  cli::describe(app, context);
  return cli::description_of(app);
}

std::string output_of(const std::string& command) {
  FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  std::string output;
  std::array<char, 4096> buffer{};
  while (fgets(buffer.data(), buffer.size(), pipe) != nullptr) output += buffer.data();
  pclose(pipe);
  return output;
}

bool is_installed(const std::string& shell) {
  if (!output_of("command -v " + shell).empty()) return true;
  WARN(shell << " is not installed: its completion is not tried");
  return false;
}

/// The script in a file of the name that the shell expects, and what the shell's own lines say about it.
struct ShellSite {
  TemporaryDirectory directory;
  std::string script;

  ShellSite(const std::string& name, const std::string& text) : script((directory / name).string()) {
    std::ofstream(script) << text;
  }
  [[nodiscard]] std::string run(const std::string& shell, const std::string& lines) const {
    const std::string file = (directory / "lines").string();
    std::ofstream(file) << lines;
    return output_of("cd " + directory.path().string() + " && HOME=" + directory.path().string() + " " + shell + " " +
                     file);
  }
};

}  // namespace

TEST_CASE("bash sources its completion without a word", "[cli]") {
  const ShellSite site("tallyctl", cli::bash_completion(described()));
  CHECK(site.run("bash --norc", "source " + site.script + "\ncomplete -p tallyctl\n") ==
        "complete -F _tallyctl tallyctl\n");
}

TEST_CASE("zsh loads its completion by source and from its path", "[cli]") {
  if (!is_installed("zsh")) return;
  const ShellSite site("_tallyctl", cli::zsh_completion(described()));
  const std::string start = "autoload -Uz compinit\ncompinit -D -u\n";
  CHECK(site.run("zsh -f", start + "source " + site.script + "\nprint $_comps[tallyctl]\n") == "_tallyctl\n");
  CHECK(site.run("zsh -f", "fpath=(" + site.directory.path().string() + " $fpath)\n" + start +
                               "autoload +X _tallyctl && print $_comps[tallyctl]\n") == "_tallyctl\n");
}

TEST_CASE("fish sources its completion and completes by it", "[cli]") {
  if (!is_installed("fish")) return;
  const ShellSite site("tallyctl.fish", cli::fish_completion(described()));
  const auto completed = [&site](const std::string& words) {
    return site.run("fish --no-config", "source " + site.script + "\ncomplete -C '" + words + "'\n");
  };
  CHECK(completed("tallyctl off") == "offers\twhat can be bought, where, at what price\n");
  CHECK(completed("tallyctl credential add --st").find("--stdin\t") != std::string::npos);
  CHECK(completed("tallyctl credential li").starts_with("list\t"));
}

}  // namespace tally::shells_test
