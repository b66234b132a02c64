// A change of the vault's key, killed at every step and beside other commands: the key that opens the vault is never
// lost, and whoever comes next goes on by itself.
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <list>

#include "store/vault.hpp"
#include "tests/daemon/killed_at.hpp"
#include "tests/daemon/programs.hpp"
#include "tests/fakes/await.hpp"
#include "tests/fakes/files.hpp"
#include "tests/fakes/temporary_directory.hpp"

namespace tally::rekey_test {
using namespace tally::fakes;
using namespace std::chrono_literals;

namespace {

struct RekeySite {
  TemporaryDirectory directory;
  std::filesystem::path config = directory / "tallyd.toml";
  std::filesystem::path state = directory / "state";
  std::filesystem::path key_file = directory / "vault.key";
  std::filesystem::path credential = directory / "credential.json";

  RekeySite() {
    std::ofstream(config) << "state_dir = \"" << state.string() << "\"\ncontrol_socket = \""
                          << (directory / "no.sock").string() << "\"\n[vault]\nkey_file = \"" << key_file.string()
                          << "\"\n";
    write_private(credential, R"({"api_key": "secret"})");
    REQUIRE(tallyctl({"vault", "init"}).exit_code == 0);
    REQUIRE(add("first").exit_code == 0);
  }

  [[nodiscard]] std::vector<std::string> command(const std::vector<std::string>& arguments) const {
    std::vector<std::string> words = {binary("tallyctl"), "--config", config.string()};
    words.insert(words.end(), arguments.begin(), arguments.end());
    return words;
  }
  [[nodiscard]] RunOutcome tallyctl(const std::vector<std::string>& arguments) const { return run(command(arguments)); }
  [[nodiscard]] std::vector<std::string> adding(const std::string& ref) const {
    return {"credential", "add", "lambda", "--ref", ref, "--file", credential.string()};
  }
  [[nodiscard]] RunOutcome add(const std::string& ref) const { return tallyctl(adding(ref)); }
  [[nodiscard]] RunOutcome check_config() const {
    return run({binary("tallyd"), "--config", config.string(), "--check-config"});
  }

  /// Kills the command at its n-th change of a file; what became of it.
  [[nodiscard]] RunOutcome killed_at(int step, const std::vector<std::string>& arguments) const {
    return run(fakes::killed_at(step, command(arguments)));
  }

  [[nodiscard]] VaultKey key() const { return VaultKey::parse(text_of(key_file), key_file); }
  [[nodiscard]] VaultContents contents() const { return Vault(VaultLock(state, 0ms), key()).open_all(); }
};

}  // namespace

TEST_CASE("a change of keys that is killed at any step is finished or taken back by whoever comes next",
          "[daemon][vault]") {
  const RekeySite site;
  int step = 1;
  for (;; ++step) {
    INFO("killed at step " << step);
    const RunOutcome killed = site.killed_at(step, {"credential", "rekey"});
    if (killed.exit_code != was_killed) {
      CHECK(killed.exit_code == 0);
      break;
    }
    const RunOutcome daemon = site.check_config();
    INFO(daemon.output);
    REQUIRE(daemon.exit_code == 0);
    REQUIRE(site.tallyctl({"credential", "list"}).exit_code == 0);
    const RunOutcome next = step % 2 == 0 ? site.add("first") : site.tallyctl({"credential", "rekey"});
    INFO(next.output);
    REQUIRE(next.exit_code == 0);
    REQUIRE(site.contents().faults.empty());
    REQUIRE(site.contents().credentials.size() == 1);
    CHECK_FALSE(std::filesystem::exists(site.key_file.string() + ".next"));
  }
  CHECK(step > 10);
}

TEST_CASE("a key or a credential whose making is killed at any step is made by the next command", "[daemon][vault]") {
  RekeySite site;
  const std::vector<std::string> adding = site.adding("first");
  for (const std::vector<std::string>& making : {std::vector<std::string>{"vault", "init"}, adding}) {
    for (int step = 1;; ++step) {
      INFO(making.front() << " killed at step " << step);
      std::filesystem::remove_all(site.state);
      if (making != adding) std::filesystem::remove(site.key_file);
      if (site.killed_at(step, making).exit_code != was_killed) break;
      if (!std::filesystem::exists(site.key_file)) REQUIRE(site.tallyctl({"vault", "init"}).exit_code == 0);
      const RunOutcome next = site.add("first");
      INFO(next.output);
      REQUIRE(next.exit_code == 0);
      REQUIRE(site.contents().credentials.size() == 1);
    }
  }
}

TEST_CASE("commands wait for each other, and tell who has the vault when that takes too long", "[daemon][vault]") {
  const RekeySite site;
  {
    const VaultLock held(site.state, 0ms);
    const RunOutcome waited = site.add("second");
    CHECK(waited.exit_code == 75);
    CHECK_THAT(waited.output, Catch::Contains("another vault command is running (daemon_tests, process " +
                                              std::to_string(getpid()) + ")"));
    const RunOutcome daemon = site.check_config();
    CHECK(daemon.exit_code == 75);
    CHECK_THAT(daemon.output, Catch::Contains("another vault command is running"));
  }
  CHECK(site.contents().credentials.size() == 1);
}

TEST_CASE("keys are changed while credentials are added, and nothing is lost", "[daemon][vault]") {
  const RekeySite site;
  for (int round = 0; round < 10; ++round) {
    const std::vector<std::vector<std::string>> commands = {
        {"credential", "rekey"}, site.adding("added-" + std::to_string(round)), {"credential", "list"}};
    std::list<Process> at_once;
    for (const std::vector<std::string>& words : commands) at_once.emplace_back(site.command(words));
    for (const std::vector<std::string>& words : commands) {
      RunOutcome outcome{0, at_once.front().read_all()};
      outcome.exit_code = at_once.front().wait();
      at_once.pop_front();
      // Where all is slow the others have the vault for longer than a command waits.
      await("the vault", [&] {
        if (outcome.exit_code != 75) return true;
        outcome = site.tallyctl(words);
        return false;
      });
      INFO(outcome.output);
      REQUIRE(outcome.exit_code == 0);
    }
    REQUIRE(site.contents().faults.empty());
    REQUIRE(site.contents().credentials.size() == static_cast<std::size_t>(round) + 2);
  }
}

TEST_CASE("a key that was handed over is not changed, and nothing else either", "[daemon][vault]") {
  const RekeySite site;
  const std::filesystem::path handed = site.directory / "credentials";
  std::filesystem::create_directory(handed);
  std::filesystem::rename(site.key_file, handed / "vault.key");
  const std::string key = text_of(handed / "vault.key");
  const std::string vault = text_of(site.state / "vault.db");
  std::vector<std::string> words = {"/usr/bin/env", "CREDENTIALS_DIRECTORY=" + handed.string()};
  for (const std::string& word : site.command({"credential", "rekey"})) words.push_back(word);
  const RunOutcome refused = run(words);
  CHECK(refused.exit_code == 78);
  CHECK_THAT(refused.output, Catch::Contains("$CREDENTIALS_DIRECTORY") && Catch::Contains("nothing was changed"));
  CHECK(text_of(handed / "vault.key") == key);
  CHECK(text_of(site.state / "vault.db") == vault);
  CHECK(std::distance(std::filesystem::directory_iterator(handed), {}) == 1);
}

TEST_CASE("a waiting key that cannot be read is an error of every command, and is never written over",
          "[daemon][vault]") {
  const RekeySite site;
  // What a kill leaves between the sealing and the renaming, put back from a copy with bits for the group.
  const std::string old_key = text_of(site.key_file);
  REQUIRE(site.tallyctl({"credential", "rekey"}).exit_code == 0);
  const std::string sealing_key = text_of(site.key_file);
  const std::filesystem::path next = site.key_file.string() + ".next";
  write_private(next, sealing_key);
  write_private(site.key_file, old_key);
  chmod(next.c_str(), 0640);
  for (const RunOutcome& refused : {site.tallyctl({"credential", "rekey"}), site.add("second"), site.check_config()}) {
    CHECK(refused.exit_code == 78);
    CHECK_THAT(refused.output,
               Catch::Contains(next.string()) && Catch::Contains("chmod 600") && !Catch::Contains("sealed under"));
  }
  CHECK(text_of(next) == sealing_key);
  CHECK(text_of(site.key_file) == old_key);
  chmod(next.c_str(), 0600);
  CHECK(site.tallyctl({"credential", "rekey"}).exit_code == 0);
  CHECK(site.contents().faults.empty());
}

TEST_CASE("keys are not changed while neither the key in force nor the waiting one opens the vault",
          "[daemon][vault]") {
  const RekeySite site;
  const std::string sealing_key = text_of(site.key_file);
  const std::filesystem::path next = site.key_file.string() + ".next";
  write_private(site.key_file, std::string(VaultKey::make().base64().reveal()));
  const std::string waiting = GENERATE(as<std::string>{}, "", "no key");
  if (!waiting.empty()) write_private(next, waiting);
  const RunOutcome refused = site.tallyctl({"credential", "rekey"});
  CHECK(refused.exit_code == 65);
  CHECK_THAT(refused.output, Catch::Contains("put that key back") && Catch::Contains("nothing was changed"));
  CHECK(std::filesystem::exists(next) == !waiting.empty());
  write_private(site.key_file, sealing_key);
  CHECK(site.tallyctl({"credential", "rekey"}).exit_code == 0);
  CHECK(site.contents().faults.empty());
}

TEST_CASE("a key behind a link is changed where it is", "[daemon][vault]") {
  const RekeySite site;
  std::filesystem::rename(site.key_file, site.directory / "real.key");
  std::filesystem::create_symlink(site.directory / "real.key", site.key_file);
  const std::string before = text_of(site.key_file);
  CHECK(site.tallyctl({"credential", "rekey"}).exit_code == 0);
  CHECK(std::filesystem::is_symlink(site.key_file));
  CHECK(text_of(site.key_file) != before);
  CHECK(site.contents().faults.empty());
}

}  // namespace tally::rekey_test
