// Against a real OpenSSH server.
#include <catch2/catch.hpp>

#include "ssh/ssh_prober.hpp"
#include "tests/ssh/support/call.hpp"
#include "tests/ssh/support/servers.hpp"

using namespace tally;
using namespace tally::fakes;
using namespace std::chrono_literals;

TEST_CASE("a probe without a key goes as far as the host key", "[ssh]") {
  const Home home;
  Sshd sshd(home);
  SshProber prober;
  SshTarget target = sshd.target();
  target.key = nullptr;
  const SshReport report = call(prober.probe(target, 30s));
  INFO((report.failure ? report.failure->message : "") << sshd.log());
  REQUIRE_FALSE(report.failure);
  CHECK(report.stage == SshStage::host_key);
  CHECK(report.server_version.rfind("SSH-2.0-OpenSSH", 0) == 0);
  CHECK(report.host_key->fingerprint == sshd.fingerprint());
  CHECK(report.host_key->type == "ssh-ed25519");
  CHECK(report.times[static_cast<std::size_t>(SshStage::kex)]);
  CHECK_FALSE(report.times[static_cast<std::size_t>(SshStage::auth)]);
}

TEST_CASE("a command gives its output, errors and exit status", "[ssh]") {
  const Home home;
  Sshd sshd(home);
  SshProber prober;
  const SshRun run = call(prober.run(sshd.target(), command("cat; echo bad >&2; exit 7", "hello")));
  INFO((run.report.failure ? run.report.failure->message : "") << sshd.log());
  REQUIRE_FALSE(run.report.failure);
  CHECK(run.output.out == "hello");
  CHECK(run.output.err == "bad\n");
  CHECK(run.output.exit_status == 7);
  CHECK(run.report.stage == SshStage::exec);
}
