// Through a jump host: two real servers.
#include <catch2/catch.hpp>

#include "ssh/ssh_prober.hpp"
#include "tests/fakes/await.hpp"
#include "tests/ssh/support/call.hpp"
#include "tests/ssh/support/servers.hpp"
#include "tests/ssh/support/strangers.hpp"

namespace tally::bastion_test {
using namespace tally::fakes;
using namespace std::chrono_literals;

namespace {

struct World {
  Home home;
  Sshd inner{home};
  Sshd bastion{home};
  SshProber prober;

  [[nodiscard]] SshTarget target(SshTarget through) const {
    SshTarget whole = inner.target();
    whole.bastion = std::make_shared<const SshTarget>(std::move(through));
    return whole;
  }
  SshFailure failure(const SshTarget& whole, std::chrono::milliseconds deadline = longest_wait) {
    const SshReport report = call(prober.probe(whole, deadline));
    REQUIRE(report.failure);
    return *report.failure;
  }
};

}  // namespace

TEST_CASE("a command runs on a machine behind a bastion", "[ssh]") {
  World world;
  std::string large;
  for (int i = 0; large.size() < 2'000'000; ++i) large += std::to_string(i) + "\n";
  SshCommand wanted = command("cat; exit 3", large);
  wanted.output_limit = large.size();
  const SshRun run = call(world.prober.run(world.target(world.bastion.target()), wanted));
  INFO((run.report.failure ? run.report.failure->message : "") << world.inner.log() << world.bastion.log());
  REQUIRE_FALSE(run.report.failure);
  CHECK(run.output.out == large);
  CHECK(run.output.exit_status == 3);
  CHECK(run.report.host_key->fingerprint == world.inner.fingerprint());
  CHECK(world.bastion.inetd().connections() == 1);
}

TEST_CASE("a probe through a bastion pins both host keys", "[ssh]") {
  World world;
  SshTarget bastion = world.bastion.target();
  bastion.expected = {{"ssh-ed25519", world.bastion.fingerprint(), ""}};
  SshTarget whole = world.target(bastion);
  whole.expected = {{"ssh-ed25519", world.inner.fingerprint(), ""}};
  CHECK_FALSE(call(world.prober.probe(whole, longest_wait)).failure);

  whole.expected[0].fingerprint = world.bastion.fingerprint();
  const SshFailure inner = world.failure(whole);
  CHECK(inner.stage == SshStage::host_key);
  CHECK(inner.message.find("bastion") == std::string::npos);

  bastion.expected[0].fingerprint = world.inner.fingerprint();
  const SshFailure outer = world.failure(world.target(bastion));
  CHECK(outer.stage == SshStage::tcp);
  CHECK(outer.message.find("bastion 127.0.0.1: host_key: ") == 0);
}

TEST_CASE("failures of the bastion say so", "[ssh]") {
  World world;
  SshTarget bastion = world.bastion.target();
  bastion.key = load_key(make_key(world.home.directory, "stranger", "ed25519"));
  CHECK(world.failure(world.target(bastion)).message.find("bastion 127.0.0.1: auth: key refused") == 0);
  bastion.key = nullptr;
  CHECK(world.failure(world.target(bastion)).message.find("bastion 127.0.0.1: auth: no key") == 0);

  const Stranger silent([](StrangerSocket socket) { return listen_for_ever(std::move(socket)); });
  bastion.port = silent.port();
  std::string words;
  std::string expected;
  for (const Patience& time : growing_from(300ms)) {
    words = world.failure(world.target(bastion), time.deadline).message;
    expected = "bastion 127.0.0.1: banner: connected, but the server did not tell its version " + time.words;
    if (words == expected) break;
  }
  CHECK(words == expected);
}

TEST_CASE("a machine that its bastion cannot reach fails at tcp", "[ssh]") {
  World world;
  SshTarget whole = world.target(world.bastion.target());
  whole.port = 1;
  const SshFailure failure = world.failure(whole);
  CHECK(failure.stage == SshStage::tcp);
  CHECK(failure.message.find("bastion 127.0.0.1 cannot connect to 127.0.0.1:1") == 0);
}

TEST_CASE("a machine behind a bastion that says nothing fails at banner", "[ssh]") {
  World world;
  const Stranger silent([](StrangerSocket socket) { return listen_for_ever(std::move(socket)); });
  SshTarget whole = world.target(world.bastion.target());
  whole.port = silent.port();
  SshFailure failure;
  for (const Patience& time : growing_from(2s)) {
    failure = world.failure(whole, time.deadline);
    if (failure.stage == SshStage::banner) break;
  }
  CHECK(failure.stage == SshStage::banner);
  CHECK(failure.message.find("bastion") == std::string::npos);
}

TEST_CASE("a bastion that dies during a command ends it", "[ssh]") {
  World world;
  const Stranger watched(proxy_to(world.inner.target().port, [&] {
    // The bastion goes down as soon as the inner server speaks for the fifth time.
    return [&, turn = 0](std::string&) mutable {
      if (++turn == 5) world.bastion.inetd().kill_connections();
      return true;
    };
  }));
  SshTarget whole = world.target(world.bastion.target());
  whole.port = watched.port();
  const SshRun run = call(world.prober.run(whole, command("exec sleep 1000")));
  REQUIRE(run.report.failure);
  CHECK(run.report.failure->message.find("within") == std::string::npos);
}

TEST_CASE("a bastion behind a bastion is refused", "[ssh]") {
  World world;
  SshTarget outer = world.bastion.target();
  outer.bastion = std::make_shared<const SshTarget>(world.bastion.target());
  CHECK(world.failure(world.target(outer)).message.find("not supported") != std::string::npos);
}

}  // namespace tally::bastion_test
