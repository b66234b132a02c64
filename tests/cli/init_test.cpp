// What a first start needs, made by one command, and where tallyctl looks when only the environment says it.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>

#include "config/config.hpp"
#include "providers/descriptions.hpp"
#include "tests/cli/program.hpp"
#include "tests/fakes/files.hpp"

namespace tally::init_test {
using namespace tally::cli_tests;
using tally::fakes::text_of;

namespace {

/// In the environment while it lives.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) { setenv(name, value.c_str(), 1); }
  ~Variable() { unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
};

std::filesystem::perms mode_of(const std::filesystem::path& file) {
  return std::filesystem::status(file).permissions();
}

}  // namespace

TEST_CASE("init makes a configuration, a vault and its key below a directory", "[cli]") {
  const TemporaryDirectory directory;
  const std::filesystem::path below = directory / "a \"quoted\" place";
  const Ran made = run_words({"init", below.string()});
  INFO(made.err);
  REQUIRE(made.exit_code == 0);
  CHECK(mode_of(below / "tallyd.toml") == std::filesystem::perms(0640));
  CHECK(mode_of(below / "vault.key") == std::filesystem::perms(0600));
  CHECK(std::filesystem::exists(below / "state" / "vault.db"));

  const LoadedConfig loaded = load_config(below / "tallyd.toml", provider_descriptions());
  CHECK(loaded.problems.empty());
  CHECK(loaded.config.state_dir == below / "state");
  CHECK(loaded.config.control_socket == below / "tallyd.sock");
  CHECK(loaded.config.vault_key_file == below / "vault.key");
  CHECK(run_words({"--config", (below / "tallyd.toml").string(), "credential", "list"}).exit_code == 0);
}

TEST_CASE("init keeps what is there", "[cli]") {
  const TemporaryDirectory directory;
  REQUIRE(run_words({"init", directory.path().string()}).exit_code == 0);
  const std::string config = text_of(directory / "tallyd.toml");
  const std::string key = text_of(directory / "vault.key");
  const Ran again = run_words({"init", directory.path().string()});
  CHECK(again.exit_code == 0);
  CHECK(again.err.find("kept as it is") != std::string::npos);
  CHECK(text_of(directory / "tallyd.toml") == config);
  CHECK(text_of(directory / "vault.key") == key);
}

TEST_CASE("init makes no second key where one was handed over", "[cli]") {
  const TemporaryDirectory directory;
  const TemporaryDirectory handed;
  REQUIRE(run_words({"init", directory.path().string()}).exit_code == 0);
  std::filesystem::rename(directory / "vault.key", handed / "vault.key");
  const Variable credentials("CREDENTIALS_DIRECTORY", handed.path().string());
  const Ran again = run_words({"init", directory.path().string()});
  CHECK(again.exit_code == 0);
  CHECK(again.err.find((handed / "vault.key").string() + ": is there already") != std::string::npos);
  CHECK(run_words({"--config", (directory / "tallyd.toml").string(), "vault", "init"}).exit_code == 73);
  CHECK_FALSE(std::filesystem::exists(directory / "vault.key"));
}

TEST_CASE("the environment says where the catalog is when no option does", "[cli]") {
  const CliWorld world;
  const TemporaryDirectory empty;
  const Variable state_dir("TALLYD_STATE_DIR", world.directory.path().string());
  CHECK(run_words({"instances"}).exit_code == 0);
  CHECK(run(empty.path(), {"instances"}).exit_code == 69);
}

TEST_CASE("a configuration that is given says where the catalog is, whatever the environment says", "[cli]") {
  const CliWorld world;
  const TemporaryDirectory other;
  REQUIRE(run_words({"init", other.path().string()}).exit_code == 0);
  const std::string config = (other / "tallyd.toml").string();
  const Variable state_dir("TALLYD_STATE_DIR", world.directory.path().string());
  CHECK(run_words({"--config", config, "instances"}).exit_code == 69);
  const Variable variable("TALLYD_CONFIG", config);
  CHECK(run_words({"instances"}).exit_code == 0);  // the state directory is said more exactly
}

}  // namespace tally::init_test
