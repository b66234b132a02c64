// tallyctl as a process that becomes the system's ssh, against real sshds.
#include <sysexits.h>

#include <catch2/catch.hpp>
#include <sstream>

#include "cli/client/ssh_invocation.hpp"
#include "tests/cli/program.hpp"
#include "tests/daemon/process.hpp"
#include "tests/ssh/support/servers.hpp"

namespace tally::ssh_login_test {
using namespace tally::cli_tests;

namespace {

/// The n-th key of the server as a probe would have pinned it.
HostKeyRecord key_of(const Sshd& sshd, HostKeyState state = HostKeyState::pinned, std::size_t n = 0) {
  HostKeyRecord key;
  key.cloud_id = CloudId("i-1");
  std::istringstream(sshd.public_key(n)) >> key.key_type >> key.public_key;
  key.fingerprint = sshd.fingerprint(n);
  key.state = state;
  key.first_seen_at = now();
  return key;
}

cli::SshHop hop_of(const Sshd& sshd, const std::string& name, const HostKeyRecord& key) {
  const SshTarget target = sshd.target();
  return {name, target.host, target.port, target.user, {{key.key_type, key.fingerprint, key.public_key, ""}}};
}

/// A catalog whose one instance is the server.
struct LoginWorld : CliWorld {
  Home home;
  Sshd sshd{home, {{"ed25519", "rsa"}, ""}};

  LoginWorld() {
    const SshTarget target = sshd.target();
    instance.public_ip = target.host;
    instance.ssh_port = target.port;
    instance.ssh_user = target.user;
    catalog.apply(cred, addition(instance, now()), state(instances_listing, now()));
  }
  void put(const std::vector<HostKeyRecord>& keys) {
    SshChanges changes;
    changes.host_keys = keys;
    catalog.apply(cred, changes);
  }
  [[nodiscard]] std::string identity() const { return (home.directory / "client").string(); }
  [[nodiscard]] std::vector<std::string> words(const std::string& command) const {
    return {binary("tallyctl"),
            "--state-dir",
            directory.path().string(),
            "ssh",
            "i-1",
            "--identity",
            identity(),
            "--",
            command};
  }
};

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("ssh logs in where the pinned key answers, and ends as the command there does", "[cli]") {
  LoginWorld world;
  const std::size_t key = GENERATE(0U, 1U);
  world.put({key_of(world.sshd, HostKeyState::pinned, key)});
  const RunOutcome outcome = run(world.words("echo \"here: $((6 * 7))\"; exit 3"));
  INFO(outcome.output << world.sshd.log());
  CHECK(outcome.output == "here: 42\n");
  CHECK(outcome.exit_code == 3);
}

TEST_CASE("a printed ssh command works by itself", "[cli]") {
  LoginWorld world;
  world.put({key_of(world.sshd), key_of(world.sshd, HostKeyState::trusted, 1)});
  std::vector<std::string> words = world.words("echo here");
  words.insert(words.begin() + 4, "--print");
  const RunOutcome printed = run(words);
  const RunOutcome outcome = run({"/bin/sh", "-c", printed.output});
  INFO(outcome.output << world.sshd.log());
  CHECK(outcome.output == "here\n");
}

TEST_CASE("ssh does not log in where another key answers than the pinned one", "[cli]") {
  LoginWorld world;
  const Sshd other(world.home);
  world.put({key_of(other)});
  const RunOutcome outcome = run(world.words("echo here"));
  INFO(outcome.output);
  CHECK(outcome.exit_code == 255);
  CHECK(holds(outcome.output, "IDENTIFICATION HAS CHANGED"));
  CHECK_FALSE(holds(outcome.output, "here"));
  CHECK_FALSE(holds(world.sshd.log(), "Accepted"));
}

TEST_CASE("ssh does not even connect while the host key is known to have changed", "[cli]") {
  LoginWorld world;
  const Sshd other(world.home);
  world.put({key_of(other), key_of(world.sshd, HostKeyState::changed)});
  const RunOutcome outcome = run(world.words("echo here"));
  CHECK(outcome.exit_code == 1);
  CHECK(holds(outcome.output, "tallyctl host-key trust i-1"));
  CHECK(world.sshd.inetd().connections() == 0);
}

TEST_CASE("ssh goes through a bastion whose key is the pinned one, and through no other", "[cli]") {
  const LoginWorld world;
  const Sshd bastion(world.home);
  cli::SshInvocation invocation;
  invocation.target = hop_of(world.sshd, "i-1", key_of(world.sshd));
  invocation.identity = world.identity();
  invocation.command = {"echo", "here"};
  const auto log_in = [&invocation] {
    std::vector<std::string> command = cli::ssh_words(invocation);
    command.insert(command.begin(), "/usr/bin/env");
    return run(command);
  };
  invocation.bastion = hop_of(bastion, "bastion", key_of(bastion));
  const RunOutcome through = log_in();
  INFO(through.output << bastion.log());
  CHECK(through.output == "here\n");
  CHECK(holds(bastion.log(), "Accepted"));
  invocation.bastion->keys = invocation.target.keys;
  const RunOutcome refused = log_in();
  CHECK(refused.exit_code == 255);
  CHECK_FALSE(holds(refused.output, "here"));
}

TEST_CASE("nobody is asked about a host key where there is no terminal", "[cli]") {
  LoginWorld world;
  world.put({key_of(world.sshd), key_of(world.sshd, HostKeyState::changed, 1)});
  const std::string command =
      cli::to_shell({binary("tallyctl"), "--state-dir", world.directory.path().string(), "host-key", "trust", "i-1"});
  const RunOutcome outcome = run({"/bin/sh", "-c", command + " < /dev/null"});
  CHECK(outcome.exit_code == EX_USAGE);
  CHECK(holds(outcome.output, "--yes"));
}

}  // namespace tally::ssh_login_test
