// Against a real OpenSSH server: who answers, and what a command comes to.
#include <catch2/catch.hpp>

#include "ssh/authorized_key.hpp"
#include "ssh/ssh_prober.hpp"
#include "tests/fakes/await.hpp"
#include "tests/ssh/support/call.hpp"
#include "tests/ssh/support/servers.hpp"
#include "tests/ssh/support/strangers.hpp"

namespace tally::sshd_test {
using namespace tally::fakes;
using namespace std::chrono_literals;

namespace {

struct World {
  Home home;
  Sshd sshd{home};
  SshProber prober;

  SshRun run(const SshCommand& wanted) {
    SshRun done = call(prober.run(sshd.target(), wanted));
    INFO((done.report.failure ? done.report.failure->message : "") << sshd.log());
    REQUIRE_FALSE(done.report.failure);
    return done;
  }
};

HostKey host_key(const Sshd& sshd, std::size_t n) {
  std::string line = sshd.public_key(n);
  line.pop_back();
  return *read_authorized_key(line);
}

}  // namespace

TEST_CASE("a probe without a key goes as far as the host key", "[ssh]") {
  World world;
  SshTarget target = world.sshd.target();
  target.key = nullptr;
  const SshReport report = call(world.prober.probe(target, longest_wait));
  INFO((report.failure ? report.failure->message : "") << world.sshd.log());
  REQUIRE_FALSE(report.failure);
  CHECK(report.stage == SshStage::host_key);
  CHECK(report.server_version.rfind("SSH-2.0-OpenSSH", 0) == 0);
  CHECK(report.host_key == host_key(world.sshd, 0));
  CHECK(report.host_key->public_key == host_key(world.sshd, 0).public_key);
  CHECK(report.host_key->fingerprint == world.sshd.fingerprint());
  for (const SshStage stage : {SshStage::dns, SshStage::tcp, SshStage::banner, SshStage::kex, SshStage::host_key}) {
    CHECK(report.times[static_cast<std::size_t>(stage)]);
  }
  CHECK_FALSE(report.times[static_cast<std::size_t>(SshStage::auth)]);
  CHECK(report.total >= *report.times[static_cast<std::size_t>(SshStage::kex)]);
}

TEST_CASE("every type of host key is read and recognised", "[ssh]") {
  const std::string type =
      GENERATE(as<std::string>(), "ed25519", "rsa", "ecdsa -b 256", "ecdsa -b 384", "ecdsa -b 521");
  const Home home;
  Sshd sshd(home, {{type}, ""});
  SshProber prober;
  SshTarget target = sshd.target();
  target.expected = {host_key(sshd, 0)};
  const SshReport report = call(prober.probe(target, longest_wait));
  INFO((report.failure ? report.failure->message : ""));
  REQUIRE_FALSE(report.failure);
  CHECK(report.host_key == host_key(sshd, 0));
  CHECK(report.stage == SshStage::auth);
}

TEST_CASE("a server with several keys shows the one that is expected", "[ssh]") {
  const Home home;
  Sshd sshd(home, {{"ed25519", "rsa", "ecdsa"}, ""});
  SshProber prober;
  for (const std::size_t n : {0U, 1U, 2U}) {
    SshTarget target = sshd.target();
    target.expected = {host_key(sshd, n)};
    const SshReport report = call(prober.probe(target, longest_wait));
    REQUIRE_FALSE(report.failure);
    CHECK(report.host_key == host_key(sshd, n));
  }
}

TEST_CASE("a changed host key ends the contact before our key is shown", "[ssh]") {
  const Home home;
  Sshd before(home);
  Sshd after(home);
  SshProber prober;
  SshTarget target = after.target();
  target.expected = {host_key(before, 0)};
  const SshReport report = call(prober.probe(target, longest_wait));
  REQUIRE(report.failure);
  CHECK(report.failure->stage == SshStage::host_key);
  CHECK(report.failure->message.find(before.fingerprint()) != std::string::npos);
  CHECK(report.failure->message.find(after.fingerprint()) != std::string::npos);
  CHECK(report.host_key->fingerprint == after.fingerprint());
  CHECK(after.log().find("publickey") == std::string::npos);
}

TEST_CASE("a server without a key of the expected type fails at host_key", "[ssh]") {
  const Home home;
  Sshd before(home, {{"rsa"}, ""});
  Sshd after(home, {{"ed25519"}, ""});
  SshProber prober;
  SshTarget target = after.target();
  target.expected = {host_key(before, 0)};
  const SshReport report = call(prober.probe(target, longest_wait));
  REQUIRE(report.failure);
  CHECK(report.failure->stage == SshStage::host_key);
  CHECK(report.failure->message.find("no key of the pinned type") != std::string::npos);
}

TEST_CASE("somebody in the middle who has a key of his own is found out", "[ssh]") {
  const Home home;
  Sshd server(home);
  Sshd middle(home);
  // Who asks for the server is led to the other one.
  const Stranger way(proxy_to(middle.target().port, [] { return [](std::string&) { return true; }; }));
  SshProber prober;
  SshTarget target = server.target();
  target.expected = {host_key(server, 0)};
  target.port = way.port();
  const SshRun run = call(prober.run(target, command("true")));
  REQUIRE(run.report.failure);
  CHECK(run.report.failure->stage == SshStage::host_key);
  CHECK(middle.log().find("publickey") == std::string::npos);
}

TEST_CASE("a command gives its output, errors and exit status", "[ssh]") {
  World world;
  const SshRun run = world.run(command("cat; echo bad >&2; exit 7", "hello"));
  CHECK(run.output.out == "hello");
  CHECK(run.output.err == "bad\n");
  CHECK(run.output.exit_status == 7);
  CHECK_FALSE(run.output.is_cut);
  CHECK(run.report.stage == SshStage::exec);
}

TEST_CASE("input and output of megabytes pass through whole", "[ssh]") {
  World world;
  std::string large;
  for (int i = 0; large.size() < 5'000'000; ++i) large += std::to_string(i) + "\n";
  SshCommand wanted = command("cat", large);
  wanted.output_limit = large.size();
  const SshRun run = world.run(wanted);
  CHECK(run.output.out == large);
  CHECK_FALSE(run.output.is_cut);
}

TEST_CASE("output beyond the limit is dropped, and the command still ends by itself", "[ssh]") {
  World world;
  SshCommand wanted = command("head -c 3000000 /dev/zero; head -c 2000 /dev/zero >&2; exit 2");
  wanted.output_limit = 1000;
  const SshRun run = world.run(wanted);
  CHECK(run.output.out.size() == 1000);
  CHECK(run.output.err.size() == 1000);
  CHECK(run.output.is_cut);
  CHECK(run.output.exit_status == 2);
}

TEST_CASE("a command that does not read its input is no failure", "[ssh]") {
  World world;
  CHECK(world.run(command("exit 4", std::string(4'000'000, 'x'))).output.exit_status == 4);
}

TEST_CASE("a command that a signal ended has the shell's exit status for it", "[ssh]") {
  World world;
  CHECK(world.run(command("kill -TERM $$")).output.exit_status == 143);
  CHECK(world.run(command("kill -KILL $$")).output.exit_status == 137);
}

TEST_CASE("an exit status that comes before the end of the output waits for it", "[ssh]") {
  World world;
  const SshRun run = world.run(command("(sleep 0.3; echo late) & exit 6"));
  CHECK(run.output.out == "late\n");
  CHECK(run.output.exit_status == 6);
}

TEST_CASE("a command that takes too long is a failure of exec, with what it printed", "[ssh]") {
  World world;
  SshCommand wanted = command("echo begun; exec sleep 1000");
  SshRun run;
  for (const Patience& time : growing_from(2s)) {
    wanted.deadline = time.deadline;
    run = call(world.prober.run(world.sshd.target(), wanted));
    REQUIRE(run.report.failure);
    CHECK(run.report.failure->message.find(time.words) != std::string::npos);
    if (run.output.out == "begun\n") break;
  }
  CHECK(run.report.failure->stage == SshStage::exec);
  CHECK(run.output.out == "begun\n");
}

TEST_CASE("a server that allows no commands is told apart", "[ssh]") {
  const Home home;
  Sshd sshd(home, {{"ed25519"}, "MaxSessions 0\n"});
  SshProber prober;
  const SshRun run = call(prober.run(sshd.target(), command("true")));
  REQUIRE(run.report.failure);
  CHECK(run.report.failure->stage == SshStage::exec);
  CHECK(run.report.failure->message.find("no session") == 0);
}

TEST_CASE("a server that dies during a command is a failure of exec", "[ssh]") {
  World world;
  // The command itself ends the server: it kills its own session.
  const SshRun run = call(world.prober.run(world.sshd.target(), command("kill -9 $PPID; sleep 1000")));
  REQUIRE(run.report.failure);
  CHECK(run.report.failure->stage == SshStage::exec);
}

TEST_CASE("a file is uploaded whole, below the home directory or anywhere", "[ssh]") {
  World world;
  SshFile file;
  file.content = std::string(1'000'000, '\0') + "end";
  file.mode = 0640;
  for (const std::string& path : {std::string("some file"), (world.home.directory / "elsewhere").string()}) {
    file.path = path;
    const SshReport report = call(world.prober.upload(world.sshd.target(), file, longest_wait));
    INFO((report.failure ? report.failure->message : "") << world.sshd.log());
    REQUIRE_FALSE(report.failure);
    const std::filesystem::path full = path[0] == '/' ? std::filesystem::path(path) : world.home.home() / path;
    CHECK(text_of(full) == file.content);
    CHECK(std::filesystem::status(full).permissions() == std::filesystem::perms(0640));
  }
  file.path = "no/such/directory/file";
  const SshReport report = call(world.prober.upload(world.sshd.target(), file, longest_wait));
  REQUIRE(report.failure);
  CHECK(report.failure->stage == SshStage::exec);
}

}  // namespace tally::sshd_test
