// What the README says under "With an account", line by line, on a machine that has nothing of ours yet.
#include <catch2/catch.hpp>
#include <fstream>
#include <memory>
#include <sstream>

#include "tests/daemon/programs.hpp"
#include "tests/fakes/files.hpp"
#include "tests/fakes/temporary_directory.hpp"

namespace tally::first_steps_test {
using namespace tally::fakes;

namespace {

const std::filesystem::path source = std::filesystem::path(TALLY_TESTS_DIR).parent_path();

/// The lines of the first block of code below a heading.
std::vector<std::string> lines_below(const std::string& heading) {
  const std::string text = text_of(source / "README.md");
  const std::size_t begin = text.find("```\n", text.find(heading)) + 4;
  std::istringstream block(text.substr(begin, text.find("```", begin) - begin));
  std::vector<std::string> lines;
  for (std::string line; std::getline(block, line);) lines.push_back(line.substr(0, line.find("  #")));
  return lines;
}

/// The machine: a root of its own, and a shell in which the paths and programs are those below it.
struct Machine {
  TemporaryDirectory root;
  std::string setup = "set -e\ncd " + source.string() + "\n";

  Machine() {
    for (const char* program : {"tallyctl", "tallyd"}) {
      setup += std::string(program) + "() { " + binary(program) + " --config " + in_root("/etc/tallyd/tallyd.toml") +
               " \"$@\"; }\n";
    }
  }
  [[nodiscard]] std::string in_root(std::string text) const {
    for (const std::string folder : {"/etc/", "/var/", "/run/"}) {
      for (std::size_t at = 0; (at = text.find(folder, at)) != std::string::npos;) {
        text.insert(at, root.path().string());
        at += root.path().string().size() + folder.size();
      }
    }
    return text;
  }
  [[nodiscard]] std::vector<std::string> shell(const std::string& line) const {
    return {"/bin/bash", "-c", setup + in_root(line)};
  }
};

}  // namespace

TEST_CASE("what the README says about the first account works to the letter", "[daemon]") {
  Cloud cloud({"--provider", "lambda", "--api-key", "first-key", "--instances", "0", "--step", "0"});
  const Machine machine;
  const std::vector<std::string> lines = lines_below("## With an account");
  REQUIRE(lines.size() == 6);
  // Only where the vendor is, and that all is below this root.
  std::filesystem::create_directories(machine.in_root("/etc/tallyd/conf.d"));
  std::ofstream(machine.in_root("/etc/tallyd/conf.d/test.toml"))
      << "state_dir = \"" << machine.in_root("/var/lib/tallyd") << "\"\ncontrol_socket = \""
      << machine.in_root("/run/tallyd/tallyd.sock") << "\"\n[vault]\nkey_file = \""
      << machine.in_root("/etc/tallyd/vault.key")
      << "\"\n[[credential]]\nref = \"lambda-prod\"\nprovider = \"lambda\"\nendpoint = \"" << cloud.endpoint()
      << "\"\n";
  std::unique_ptr<Process> daemon;
  for (const std::string& line : lines) {
    INFO(line);
    if (line.starts_with("cmake --install")) continue;  // a test of its own
    if (line.find("&") != std::string::npos) {
      daemon = std::make_unique<Process>(
          std::vector<std::string>{binary("tallyd"), "--config", machine.in_root("/etc/tallyd/tallyd.toml")});
      await_catalog(machine.in_root("/var/lib/tallyd"), "EXISTS (SELECT 1 FROM credentials WHERE health = 'fresh')");
      continue;
    }
    const bool asks = line.find("--stdin") != std::string::npos;
    const RunOutcome outcome = run(machine.shell(asks ? "echo '{\"api_key\": \"first-key\"}' | " + line : line));
    INFO(outcome.output);
    REQUIRE(outcome.exit_code == 0);
  }
  REQUIRE(daemon != nullptr);
  daemon->signal(SIGTERM);
  daemon->read_all();
  CHECK(daemon->wait() == 0);
}

}  // namespace tally::first_steps_test
