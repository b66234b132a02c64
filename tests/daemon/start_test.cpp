// Starts that go wrong in ways that take a process of its own: its user, its signals and its end are the process's.
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <functional>

#include "daemon/daemon.hpp"
#include "store/error.hpp"
#include "tests/fakes/files.hpp"
#include "tests/fakes/temporary_directory.hpp"

namespace tally::start_test {
using namespace tally::fakes;

namespace {

/// What a process that does this leaves with.
int exit_code_of(const std::function<int()>& body) {
  const pid_t child = fork();
  if (child == 0) {
    try {
      _exit(body());
    } catch (const StoreError& error) {
      _exit(error.exit_code());
    } catch (...) {
      _exit(EX_SOFTWARE);
    }
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

TEST_CASE("a state directory that may not be looked into is a lack of permission", "[daemon]") {
  if (geteuid() != 0) return;  // takes another user to be
  const TemporaryDirectory directory;
  const auto state = directory / "state";
  std::filesystem::create_directory(state);
  chmod(state.c_str(), 0700);
  chmod(directory.path().c_str(), 0755);
  write_private(directory / "tallyd.toml", "");
  chmod((directory / "tallyd.toml").c_str(), 0644);
  const ConfigSource source{directory / "tallyd.toml", state};
  CHECK(exit_code_of([&source] {
          constexpr uid_t nobody = 65534;
          if (setuid(nobody) != 0) return EX_OSERR;
          const ReadConfig read = read_configuration(source);
          return read.problems.size() == 1 ? read.exit_code : EX_SOFTWARE;
        }) == EX_NOPERM);
}

TEST_CASE("a catalog that the API cannot read does not end the start, and one that is lost then ends it with 74",
          "[daemon]") {
  const TemporaryDirectory directory;
  CHECK(exit_code_of([&directory] {
          Signals signals;
          Config config;
          config.state_dir = directory / "state";
          config.control_socket = config.state_dir / "tallyd.sock";
          Daemon daemon(config);
          std::filesystem::rename(config.state_dir / "catalog.db", directory / "elsewhere.db");
          daemon.run(signals);
          return EX_OK;
        }) == EX_IOERR);
}

TEST_CASE("a reload with another state directory reads the vault of the one in force", "[daemon]") {
  const TemporaryDirectory directory;
  const auto file = directory / "tallyd.toml";
  const VaultKey key = VaultKey::make();
  write_private(directory / "vault.key", std::string(key.base64().reveal()));
  StoredCredential record;
  record.ref = CredentialRef("one");
  record.provider = "lambda";
  record.fields.emplace("api_key", Secret("x"));
  Vault(VaultLock(directory.path(), std::chrono::seconds(1)), key).put(record, Timestamp());
  write_private(file, "state_dir = \"" + (directory / "other").string() + "\"\n[vault]\nkey_file = \"" +
                          (directory / "vault.key").string() + "\"\n");
  const ConfigSource source{file, {}};
  CHECK(read_configuration(source).config.credentials.empty());
  const ReadConfig again = read_configuration(source, directory.path());
  REQUIRE(again.config.credentials.size() == 1);
  CHECK(again.config.state_dir == directory / "other");
}

}  // namespace tally::start_test
