// Completion scripts and the manual, made of the real command line.
#include "cli/describe/completion.hpp"

#include <CLI/CLI.hpp>
#include <array>
#include <boost/algorithm/string/replace.hpp>
#include <catch2/catch.hpp>
#include <cstdio>
#include <fstream>

#include "cli/describe/manual.hpp"
#include "tests/cli/program.hpp"

namespace tally::completion_test {
using namespace tally::cli_tests;

namespace {

cli::CommandDescription program() {
  cli::Context context;
  CLI::App app;
  cli::describe(app, context);
  return cli::description_of(app);
}

/// What bash offers for the last of the words.
std::string completed_by_bash(const std::string& words) {
  const TemporaryDirectory directory;
  const auto script = directory / "script";
  std::ofstream(script) << cli::bash_completion(program()) << "compopt() { :; }\nCOMP_WORDS=(" << words
                        << ")\nCOMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n_tallyctl\necho \"${COMPREPLY[*]}\"\n";
  FILE* bash = popen(("bash " + script.string() + " 2>&1").c_str(), "r");
  std::string output;
  std::array<char, 4096> buffer{};
  while (fgets(buffer.data(), buffer.size(), bash) != nullptr) output += buffer.data();
  pclose(bash);
  return output;
}

}  // namespace

TEST_CASE("bash completes commands, options and choices", "[cli]") {
  CHECK(completed_by_bash("tallyctl off") == "offers\n");
  CHECK(completed_by_bash("tallyctl --config offers his") == "history\n");
  CHECK(completed_by_bash("tallyctl offers --min") == "--min-vram\n");
  CHECK(completed_by_bash("tallyctl offers --sort ''") == "age gpu gpu-price location price\n");
  CHECK(completed_by_bash("tallyctl offers --sort = gpu-") == "gpu-price\n");
  CHECK(completed_by_bash("tallyctl burn -o js") == "json jsonl\n");
  CHECK(completed_by_bash("tallyctl completion z") == "zsh\n");
  CHECK(completed_by_bash("tallyctl host-key tr") == "trust\n");
  CHECK(completed_by_bash("tallyctl host-key trust --y") == "--yes\n");
  CHECK(completed_by_bash("tallyctl offers --gpu ''") == "\n");
}

TEST_CASE("every script and the manual name every command and its options", "[cli]") {
  const cli::CommandDescription description = program();
  std::string manual = cli::manual_page(description, "1");
  CHECK(manual.find("\\fB\\-\\-min\\-vram\\fR \\fIINT\\fR") != std::string::npos);
  boost::algorithm::replace_all(manual, "\\-", "-");
  for (const std::string& text : {cli::bash_completion(description), cli::zsh_completion(description),
                                  cli::fish_completion(description), manual}) {
    for (const cli::CommandDescription& command : description.commands) {
      CAPTURE(command.name);
      CHECK(text.find(command.name) != std::string::npos);
    }
  }
}

TEST_CASE("a command of commands is completed and described on each level", "[cli]") {
  CLI::App app("a.b", "tool");
  CLI::App* outer = app.add_subcommand("outer", "it's outer");
  CLI::App* inner = outer->add_subcommand("inner", "'inner'");
  inner->add_flag("--flag")->description(".x");
  inner->add_option_group("of CLI11 alone")->add_flag("--grouped");
  const cli::CommandDescription description = cli::description_of(app);
  CHECK(cli::bash_completion(description).find("\"outer inner\") COMPREPLY") != std::string::npos);
  CHECK(cli::zsh_completion(description).find("_tool_outer_inner()") != std::string::npos);
  CHECK(cli::fish_completion(description).find("__fish_seen_subcommand_from inner' -l flag") != std::string::npos);
  CHECK(description.commands.at(0).commands.at(0).commands.empty());
  CHECK(cli::bash_completion(description).find("--grouped") != std::string::npos);
  CHECK(cli::manual_page(description, "1").find(".SS \\fBouter inner\\fR\n\\&'inner'.") != std::string::npos);
}

}  // namespace tally::completion_test
